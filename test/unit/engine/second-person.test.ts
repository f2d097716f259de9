import { expect, test } from 'vitest';
import { planDigest } from '../../../src/domain/plan/digest.ts';
import { overrideName } from '../../../src/domain/plan/override.ts';
import { report } from '../../../src/domain/report/report.ts';
import type { RunStep } from '../../../src/domain/run/events.ts';
import type { EngineEnv } from '../../../src/engine/env.ts';
import { resume, run } from '../../../src/engine/execute.ts';
import { preview } from '../../../src/engine/preview.ts';
import { at, type Estate, eastToWest, estate, processOf, produce, request, shipped } from '../../support/estate.ts';
import { operator } from '../../support/toy.ts';

const steps: RunStep[] = [{ id: 'second-person', kind: 'second-person', params: {} }, ...(await shipped('switchover'))];
const asked = (here: Estate, changes: Partial<EngineEnv> = {}) => processOf(here, eastToWest, changes);

function ready(): Estate {
	const here = estate();
	produce(here.east, 20);
	here.east.commitAs('billing', at(), 7n);
	here.world.pump();
	return here;
}

/** The token as the approver's own kdr computes it from what it sees. */
async function tokenSeen(here: Estate): Promise<string> {
	const plan = await preview(asked(here), { move: eastToWest, steps, consent: {} });
	return planDigest({ move: eastToWest, clusterIds: {}, consent: {}, plan });
}

const approve = (here: Estate, plan: string, user = 'bo') =>
	here.world.side('west').journal.signal('r1', { type: 'approve', by: operator(user, 2), plan });

/** Does something once when the run has waited a little. */
const meanwhile = (here: Estate, what: () => void): void => {
	let waits = 0;
	here.world.clock.onAdvance(() => void (++waits === 3 && what()));
};

test('a move waits until another user approved its plan, and tells who it was in journal and report', async () => {
	const here = ready();
	const token = await tokenSeen(here);
	meanwhile(here, () => void approve(here, token));
	const told: string[] = [];
	const env = asked(here, { listener: (event) => void (event.type === 'progress' && told.push(event.text)) });
	const outcome = await run(env, request('r1', eastToWest, steps));
	expect(outcome.error?.message).toBeUndefined();
	expect(outcome.result).toBe('done');
	expect(told[0]).toContain(`kdr runs approve r1 --confirm ${token}`);
	const written = report(await env.journal.read(), env.registry);
	expect(written?.steps[0]?.checks[0]).toMatchObject({ status: 'pass', observed: `bo@bastion approved plan ${token}` });
});

test('traffic does not change the token; what was approved stays approved while records flow', async () => {
	const here = ready();
	const token = await tokenSeen(here);
	produce(here.east, 50);
	here.east.commitAs('billing', at(), 19n);
	expect(await tokenSeen(here)).toBe(token);
});

test('an approval is void once what the plan rests on has changed, and another one of the new plan counts', async () => {
	const here = ready();
	const token = await tokenSeen(here);
	const told: string[] = [];
	meanwhile(here, () => {
		void here.connect.stop('east-to-west-checkpoint');
		void approve(here, token);
	});
	const env = asked(here, { listener: (event) => void (event.type === 'progress' && told.push(event.text)) });
	const outcome = await run(env, request('r1', eastToWest, steps));
	expect(outcome).toMatchObject({ result: 'halted', exit: 8, error: { code: 'KDR_SECOND_PERSON' } });
	expect(told.join()).toContain(`void: bo@bastion approved plan ${token}`);
	await approve(here, await tokenSeen(here));
	expect(await resume(asked(here), { run: 'r1', clusterIds: {} })).toMatchObject({ result: 'done' });
});

test('whoever started the run cannot approve it, nor can a token of another plan', async () => {
	for (const [user, token] of [
		['ana', undefined],
		['bo', 'feedfeedfeedfeed'],
	] as const) {
		const here = ready();
		await approve(here, token ?? (await tokenSeen(here)), user);
		const outcome = await run(asked(here), request('r1', eastToWest, steps));
		expect(outcome).toMatchObject({ result: 'halted', exit: 8, error: { code: 'KDR_SECOND_PERSON' } });
		expect(here.east.acls.filter(({ permission }) => permission === 'deny')).toEqual([]);
	}
});

test('with nobody else awake it is overridden by its id and a reason, which is part of the plan', async () => {
	const here = ready();
	const consent = { [overrideName('KDR_SECOND_PERSON')]: 'alone on call' };
	expect(await run(asked(here), request('r1', eastToWest, steps, consent))).toMatchObject({ result: 'done' });
	const plan = await preview(asked(here), { move: eastToWest, steps, consent });
	const token = (given: Record<string, string>) => planDigest({ move: eastToWest, clusterIds: {}, consent: given, plan });
	expect(token(consent)).not.toBe(token({}));
	expect(token({ confirm: 'west' })).toBe(token({}));
});
