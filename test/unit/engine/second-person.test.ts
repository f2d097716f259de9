import { expect, test } from 'vitest';
import { parseOverrides } from '../../../src/cli/override-flag.ts';
import { planDigest } from '../../../src/domain/plan/digest.ts';
import { overrideName } from '../../../src/domain/plan/override.ts';
import { report } from '../../../src/domain/report/report.ts';
import type { RunStep } from '../../../src/domain/run/events.ts';
import { foldRuns } from '../../../src/domain/run/fold.ts';
import { scopeOf } from '../../../src/domain/run/scope.ts';
import type { EngineEnv } from '../../../src/engine/env.ts';
import { resume, run, undo } from '../../../src/engine/execute.ts';
import { preview } from '../../../src/engine/preview.ts';
import {
	at,
	type Estate,
	eastToWest,
	estate,
	link,
	processOf,
	produce,
	request,
	shipped,
} from '../../support/estate.ts';
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
	return planDigest({ move: eastToWest, clusterIds: {}, consent: {}, plan, scope: scopeOf(link) });
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
	const progress: string[] = [];
	const env = asked(here, { listener: (event) => void (event.type === 'progress' && progress.push(event.text)) });
	const outcome = await run(env, request('r1', eastToWest, steps));
	expect(outcome.error?.message).toBeUndefined();
	expect(outcome.result).toBe('done');
	expect(progress[0]).toContain(`kdr runs approve r1 --confirm ${token}`);
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
	const progress: string[] = [];
	meanwhile(here, () => {
		void here.connect.stop('east-to-west-checkpoint');
		void approve(here, token);
	});
	const env = asked(here, { listener: (event) => void (event.type === 'progress' && progress.push(event.text)) });
	const outcome = await run(env, request('r1', eastToWest, steps));
	expect(outcome).toMatchObject({ result: 'halted', exit: 8, error: { code: 'KDR_SECOND_PERSON' } });
	expect(progress.join()).toContain(`void: bo@bastion approved plan ${token}`);
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
	const token = (given: Record<string, string>) =>
		planDigest({ move: eastToWest, clusterIds: {}, consent: given, plan, scope: scopeOf(link) });
	expect(token(consent)).not.toBe(token({}));
	expect(token({ confirm: 'west' })).toBe(token({}));
});

/** What the approver's own kdr computes of a run it finds in the journal. */
async function tokenOf(here: Estate, env: EngineEnv, id: string): Promise<string> {
	const state = foldRuns(await here.world.side('west').journal.read()).runs.find(({ run }) => run === id);
	if (!state) throw new Error(`no run ${id}`);
	const { move, consent, clusterIds } = state;
	return planDigest({
		move,
		consent,
		clusterIds,
		scope: scopeOf(env.link),
		plan: await preview(env, { move, consent, steps: state.steps.map(({ step }) => step) }),
	});
}

const undoRequest = { run: 'u1', undoes: 'r1', command: 'kdr runs undo r1', consent: {}, clusterIds: {}, whole: false };

test('undoing a move past its point of no return waits for a second person too, if the move did or the rules now ask for one', async () => {
	for (const way of ['asked for by the move', 'asked for by the rules'] as const) {
		const here = ready();
		const byRule = way === 'asked for by the rules';
		const rules = { ...link, rules: { approval: 'second-person' as const } };
		const consent = { [overrideName('KDR_SECOND_PERSON')]: 'alone on call' };
		const moved = byRule ? request('r1', eastToWest, steps.slice(1)) : request('r1', eastToWest, steps, consent);
		expect(await run(asked(here), moved), way).toMatchObject({ result: 'done' });
		const env = asked(here, byRule ? { link: rules } : {});
		expect(await undo(env, undoRequest), way).toMatchObject({
			result: 'halted',
			exit: 8,
			error: { code: 'KDR_SECOND_PERSON' },
		});
		expect(here.dns.written.at(-1)?.values, way).toEqual(['127.0.2.1']);
		const plan = await tokenOf(here, env, 'u1');
		await here.world.side('west').journal.signal('u1', { type: 'approve', by: operator('bo', 2), plan });
		expect(await resume(env, { run: 'u1', clusterIds: {} }), way).toMatchObject({ result: 'done' });
		expect(here.dns.written.at(-1)?.values, way).toEqual(['127.0.1.1']);
	}
});

test('undoing a move before its point of no return waits for nobody: its clients are without service meanwhile', async () => {
	const here = ready();
	const abort = new AbortController();
	const listener: EngineEnv['listener'] = (event) =>
		void (event.type === 'step.done' && event.step === 'fence-writers' && abort.abort('SIGINT'));
	await run(asked(here, { signal: abort.signal, listener }), request('r1', eastToWest, steps.slice(1)));
	const rules = { ...link, rules: { approval: 'second-person' as const } };
	expect(await undo(asked(here, { link: rules }), { ...undoRequest, whole: true })).toMatchObject({ result: 'done' });
});

test('one person alone undoes a move with a reason why there is no second one, and no other finding is overridden', async () => {
	const here = ready();
	const rules = { ...link, rules: { approval: 'second-person' as const } };
	await run(asked(here), request('r1', eastToWest, steps.slice(1)));
	const consent = parseOverrides(['KDR_SECOND_PERSON=alone on call'], ['KDR_SECOND_PERSON']);
	expect(await undo(asked(here, { link: rules }), { ...undoRequest, consent })).toMatchObject({ result: 'done' });
	expect(() => parseOverrides(['KDR_GROUP_ACTIVE=in a hurry'], ['KDR_SECOND_PERSON'])).toThrow(
		/cannot be overridden here/,
	);
});
