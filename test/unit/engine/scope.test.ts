import { expect, test } from 'vitest';
import type { LinkConfig } from '../../../src/domain/config/link.ts';
import { KdrError } from '../../../src/domain/errors/kdr-error.ts';
import { planDigest } from '../../../src/domain/plan/digest.ts';
import { overrideName } from '../../../src/domain/plan/override.ts';
import { scopeOf } from '../../../src/domain/run/scope.ts';
import type { EngineEnv, RunOutcome } from '../../../src/engine/env.ts';
import { resume, run, undo } from '../../../src/engine/execute.ts';
import { preview } from '../../../src/engine/preview.ts';
import type { AnyKind, StepContext, StepIo } from '../../../src/steps/kind.ts';
import {
	at,
	committed,
	denialsOn,
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

/** A switchover that halts when it reads the last commits, its writers and readers fenced. */
async function halted(asked: Partial<LinkConfig> = {}): Promise<Estate> {
	const here = estate();
	produce(here.east, 10);
	here.east.group('billing').committed.set(at(), { offset: 7n, metadata: '' });
	here.world.pump();
	const env = processOf(here, eastToWest, { link: { ...link, ...asked } });
	const read = env.registry.get('read-commits');
	if (!read) throw new Error('no such kind');
	const observe = async (params: object, io: StepIo, ctx: StepContext): Promise<unknown> => {
		if (!ctx.preview) throw new KdrError('KDR_NOT_PERMITTED', 'no');
		return read.observe(params, io, ctx);
	};
	const registry = new Map([...env.registry, ['read-commits', { ...read, observe } as AnyKind]]);
	expect(await run({ ...env, registry }, request('5a0a', eastToWest, await shipped('switchover')))).toMatchObject({
		result: 'halted',
	});
	return here;
}

const elsewhere = (here: Estate, changes: Partial<LinkConfig>, env: Partial<EngineEnv> = {}): EngineEnv =>
	processOf(here, eastToWest, { link: { ...link, ...changes }, operator: operator('bo', 2), ...env });

const resumed = (env: EngineEnv, consent: Record<string, string> = {}): Promise<RunOutcome> =>
	resume(env, { run: '5a0a', clusterIds: {}, consent });

const recordOf = async ({ dns }: Estate) => (await dns.read('kafka.example.com.', 'A'))?.values;
const stranger = { ...link.dns, values: { east: ['127.0.1.1'], west: ['203.0.113.66'] } };

const others: [string, Partial<LinkConfig>, string][] = [
	['topics', { topics: ['payments?'] }, 'topics'],
	['groups', { groups: { ...link.groups, include: ['shipping'] } }, 'groups.include'],
	['the record', { dns: stranger }, 'dns.values.west'],
	['principals', { fence: { ...link.fence, principals: ['User:nobody'] } }, 'fence.principals'],
	['the mirror', { mirror: { ...link.mirror, policy: 'default' } }, 'mirror.policy'],
	['rules', { rules: { approval: 'second-person' } }, 'rules.approval'],
];

test.each(others)(
	'a resume with other %s in kdr.yaml is refused before it does anything, and says what differs',
	async (_, changes, what) => {
		const here = await halted();
		const before = (await here.world.side('west').journal.read('orders')).length;
		const error = await resumed(elsewhere(here, changes)).catch((thrown: unknown) => thrown);
		expect(error).toMatchObject({ code: 'KDR_CONFIG_CHANGED', exit: 4 });
		expect((error as KdrError).details.checks).toMatchObject([{ code: 'config-changed', what }]);
		expect((error as KdrError).hint).toContain('--override config-changed=');
		expect((await here.world.side('west').journal.read('orders')).length).toBe(before);
	},
);

test.each(others)(
	'a resume that may continue despite other %s works on what the run was started with, and records why',
	async (_, changes) => {
		const here = await halted();
		const agreed = { [overrideName('config-changed')]: 'kdr.yaml is already that of next week' };
		const outcome = await resumed(elsewhere(here, changes), agreed);
		expect(outcome).toMatchObject({ result: 'done', exit: 0 });
		expect(await recordOf(here)).toEqual(['127.0.2.1']);
		expect(committed(here.west, 'billing')).toEqual({ 'orders:0': 7n });
		expect(outcome.state?.consent).toMatchObject(agreed);
	},
);

test('what does not decide what is changed may differ: servers, logins, objectives, waits', async () => {
	const here = await halted();
	const changes = {
		dns: { ...link.dns, servers: ['192.0.2.1:53'], region: 'eu-west-1' },
		fence: { ...link.fence, still: 1_000 },
		objectives: { rpo: 1, rto: 1 },
	};
	expect(await resumed(elsewhere(here, changes))).toMatchObject({ result: 'done' });
});

test('an undo lifts the fence that the run set, whatever principals kdr.yaml names by then', async () => {
	const here = await halted();
	const changes = { fence: { ...link.fence, principals: ['User:nobody'] } };
	const asked = { run: 'u1', undoes: '5a0a', command: 'kdr runs undo 5a0a', clusterIds: {}, whole: true };
	await expect(undo(elsewhere(here, changes), { ...asked, consent: {} })).rejects.toMatchObject({
		code: 'KDR_CONFIG_CHANGED',
	});
	const consent = { [overrideName('config-changed')]: 'somebody edits it' };
	const outcome = await undo(elsewhere(here, changes), { ...asked, consent });
	expect(outcome).toMatchObject({ result: 'done', exit: 0 });
	expect(denialsOn(here.east)).toEqual([]);
	expect(outcome.state?.scope?.fence).toEqual(scopeOf(link).fence);
});

test('a run of an older kdr, which froze nothing, is resumed with kdr.yaml as it is now, and that is said', async () => {
	const here = await halted();
	const progress: string[] = [];
	const env = elsewhere(
		here,
		{},
		{ listener: (event) => void (event.type === 'progress' && progress.push(event.text)) },
	);
	const { read } = env.journal;
	const journal: EngineEnv['journal'] = {
		...env.journal,
		read: async (name) =>
			(await read(name)).map((entry) => {
				if (entry.event.type !== 'run.started') return entry;
				const { scope: _, ...event } = entry.event;
				return { ...entry, event };
			}),
	};
	expect(await resumed({ ...env, journal })).toMatchObject({ result: 'done' });
	expect(progress).toContainEqual(expect.stringContaining('older kdr'));
});

test('the token that a second person approves covers the record, the principals and every other part of the scope', async () => {
	const here = estate();
	produce(here.east, 3);
	here.world.pump();
	const steps = await shipped('switchover');
	const token = async (changes: Partial<LinkConfig>): Promise<string> => {
		const env = elsewhere(here, changes);
		const plan = await preview(env, { move: eastToWest, steps, consent: {} });
		return planDigest({ move: eastToWest, clusterIds: {}, consent: {}, plan, scope: scopeOf(env.link) });
	};
	const tokens = await Promise.all([{}, ...others.map(([, changes]) => changes)].map(token));
	expect(new Set(tokens).size).toBe(tokens.length);
	expect(await token({ objectives: { rpo: 1, rto: 1 } })).toBe(tokens[0]);
});
