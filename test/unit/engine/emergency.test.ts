import { expect, test } from 'vitest';
import { KdrError } from '../../../src/domain/errors/kdr-error.ts';
import { fenceDebts } from '../../../src/domain/fence/debt.ts';
import type { Move } from '../../../src/domain/run/events.ts';
import { foldRuns } from '../../../src/domain/run/fold.ts';
import type { EngineEnv, RunOutcome } from '../../../src/engine/env.ts';
import { resume, run, undo } from '../../../src/engine/execute.ts';
import {
	at,
	denialsOn,
	type Estate,
	eastToWest,
	estate,
	processOf,
	produce,
	request,
	shipped,
} from '../../support/estate.ts';
import { operator } from '../../support/toy.ts';

/** A switchover whose process is killed when it begins a step; then its cluster dies. */
async function diedAt(step: string, kill = true): Promise<Estate> {
	const here = estate();
	produce(here.east, 3);
	here.east.group('billing').committed.set(at(0), { offset: 2n, metadata: '' });
	here.world.pump();
	// Its first commit came too late for a checkpoint: only a reading of the cluster that dies knows it.
	here.east.group('late').committed.set(at(0), { offset: 2n, metadata: '' });
	const env = processOf(here, eastToWest);
	const reached = Promise.withResolvers<void>();
	const journal: EngineEnv['journal'] = {
		...env.journal,
		open: async (link) => {
			const writer = await env.journal.open(link);
			return {
				close: () => writer.close(),
				async append(id, events) {
					await writer.append(id, events);
					if (!events.some((event) => event.type === 'step.started' && event.step === step)) return;
					reached.resolve();
					await new Promise(() => {});
				},
			};
		},
	};
	void run({ ...env, journal }, request('5a0a', eastToWest, await shipped('switchover')));
	await reached.promise;
	here.world.clock.advance(60_000);
	if (kill) here.world.kill('east');
	return here;
}

const failover: Move = { ...eastToWest, mode: 'failover' };
const other = operator('bo', 2);

const failOver = async (here: Estate, run_: string, supersede?: string): Promise<RunOutcome> =>
	run(processOf(here, failover, { operator: other }), {
		...request(run_, failover, await shipped('failover'), { 'accept-loss': '10h' }),
		...(supersede !== undefined && { supersede }),
	});

const back = (here: Estate, id: string, whole: boolean): Promise<RunOutcome> =>
	undo(processOf(here, { ...eastToWest, mode: 'change' }, { operator: other }), {
		...{ run: id, undoes: '5a0a', command: 'kdr runs undo 5a0a', consent: {}, clusterIds: {}, whole },
	});

const recordOf = async ({ dns }: Estate) => (await dns.read('kafka.example.com.', 'A'))?.values;

const stepIds = (await shipped('switchover')).map(({ id }) => id);
const beforeReturn = stepIds.slice(0, stepIds.indexOf('open-target') + 1);

test.each(beforeReturn)(
	'a switchover killed at %s, then its cluster dead: a failover refuses, names the way, and supersedes it',
	async (step) => {
		const here = await diedAt(step);
		const refused = await failOver(here, 'f1').then(
			() => undefined,
			(thrown: unknown) => thrown as KdrError,
		);
		expect(refused?.code).toBe('KDR_LOCKED');
		expect(refused?.hint).toContain('kdr failover --to west --supersede');
		const outcome = await failOver(here, 'f2', 'east burns');
		expect(outcome).toMatchObject({ result: 'done', exit: 0 });
		expect(await recordOf(here)).toEqual(['127.0.2.1']);
		const entries = await here.world.side('west').journal.read('orders');
		expect(entries.find(({ run: id, event }) => id === '5a0a' && event.type === 'run.ended')?.event).toMatchObject({
			error: { message: 'ended for run f2: east burns' },
		});
		expect(outcome.state?.supersedes).toEqual({ run: '5a0a', reason: 'east burns' });
	},
);

test('the commits a superseded run read after it evicted the readers are used, also by whoever resumes the failover', async () => {
	const here = await diedAt('record-cuts');
	const halted = await run(processOf(here, failover, { operator: other }), {
		...request('f1', failover, await shipped('failover'), { 'accept-loss': '1s' }),
		supersede: 'east burns',
	}).catch((thrown: unknown) => thrown);
	if (halted instanceof KdrError) expect(halted.code).toBe('KDR_LOSS_NOT_ACCEPTED');
	const outcome = await failOver(here, 'f2', 'east burns');
	expect(outcome).toMatchObject({ result: 'done' });
	expect(outcome.state?.carried.map(({ name }) => name)).toContain('sourceCommits');
	const set = (where: Estate) => where.west.groups.get('late')?.committed.get(at(0))?.offset;
	expect(set(here)).toBeGreaterThan(0n);
	// What nobody has read before cannot be carried over: the control.
	const early = await diedAt('fence-writers');
	await failOver(early, 'f1', 'east burns');
	expect(set(early)).toBeUndefined();
});

test('a fence that the superseded run set is not owed again', async () => {
	const here = await diedAt('record-cuts');
	const { state } = await failOver(here, 'f1', 'east burns');
	expect(state?.steps.find(({ step }) => step.id === 'fence-writers')?.outcome).toBe('skipped');
	expect(fenceDebts(foldRuns(await here.world.side('west').journal.read('orders')).runs)).toEqual([]);
	const early = await diedAt('fence-writers');
	await failOver(early, 'f1', 'east burns');
	expect(fenceDebts(foldRuns(await early.world.side('west').journal.read('orders')).runs)).toMatchObject([
		{ cluster: 'east', owes: ['writers', 'readers'] },
	]);
});

test('a failover that halted because its loss was not accepted is superseded by one that accepts it', async () => {
	const here = await diedAt('drain');
	const refused = await run(processOf(here, failover, { operator: other }), {
		...request('f1', failover, await shipped('failover')),
		supersede: 'east burns',
	}).then(
		(outcome) => outcome.error?.code,
		(thrown: unknown) => (thrown as KdrError).code,
	);
	expect(refused).toBe('KDR_STEP_FAILED');
	expect(await failOver(here, 'f2', 'east burns')).toMatchObject({ result: 'done' });
});

test.each([
	['abort', true],
	['undo', false],
] as const)(
	'%s of a run whose cluster died undoes what the living side holds, names the rest, and ends when it is back',
	async (_, whole) => {
		const here = await diedAt('record-cuts');
		const owed = await back(here, 'u1', whole);
		expect(owed).toMatchObject({ result: 'incomplete', exit: 5, error: { code: 'KDR_INCOMPLETE' } });
		expect(owed.error?.message).toContain('fence-writers (east does not answer)');
		expect((await here.connect.connectors()).map(({ state }) => state)).toEqual(['RUNNING', 'RUNNING', 'RUNNING']);
		expect(denialsOn(here.east).length).toBeGreaterThan(0);
		here.world.revive('east');
		here.world.clock.advance(60_000);
		const done = await resume(processOf(here, { ...eastToWest, mode: 'change' }, { operator: other }), {
			...{ run: 'u1', clusterIds: {} },
		});
		expect(done).toMatchObject({ result: 'done', exit: 0 });
		expect(denialsOn(here.east)).toEqual([]);
	},
);

test('undoing a run past its point of no return refuses while the cluster it would send clients to is dead', async () => {
	const here = await diedAt('mirror-resume');
	await expect(back(here, 'u1', false)).rejects.toMatchObject({ code: 'KDR_CLUSTER_UNREACHABLE' });
	expect(await recordOf(here)).toEqual(['127.0.2.1']);
});
