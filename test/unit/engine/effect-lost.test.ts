import { expect, test } from 'vitest';
import { undoIfStillWritten } from '../../../src/cli/undo-if-still-written.ts';
import { KdrError } from '../../../src/domain/errors/kdr-error.ts';
import { foldRuns } from '../../../src/domain/run/fold.ts';
import type { EngineEnv, RunOutcome } from '../../../src/engine/env.ts';
import { resume, run } from '../../../src/engine/execute.ts';
import type { AnyKind, StepContext, StepIo } from '../../../src/steps/kind.ts';
import {
	at,
	committed,
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

const ready = (): Estate => {
	const here = estate();
	produce(here.east, 5);
	here.east.group('billing').committed.set(at(), { offset: 3n, metadata: '' });
	here.world.pump();
	return here;
};

/** The process of a run in which `before` is called when it begins to look at a step. */
function watched(here: Estate, step: string, before: (ctx: StepContext) => void): EngineEnv {
	const env = processOf(here, eastToWest);
	const kind = env.registry.get(step);
	if (!kind) throw new Error(`no kind ${step}`);
	const observe = async (params: object, io: StepIo, ctx: StepContext): Promise<unknown> => {
		if (!ctx.preview) before(ctx);
		return kind.observe(params, io, ctx);
	};
	return { ...env, registry: new Map([...env.registry, [step, { ...kind, observe } as AnyKind]]) };
}

const refuse = (): never => {
	throw new KdrError('KDR_NOT_PERMITTED', 'no');
};

const liftAll = ({ east }: Estate): void => {
	east.acls = east.acls.filter(({ permission }) => permission !== 'deny');
};

const resumed = (here: Estate): Promise<RunOutcome> => {
	here.world.clock.advance(60_000);
	return resume(processOf(here, eastToWest, { operator: operator('bo', 2) }), { run: 'r1', clusterIds: {} });
};

const recordOf = async ({ dns }: Estate) => (await dns.read('kafka.example.com.', 'A'))?.values;

test('a fence that somebody removed while the run was halted is set again on resume, and everything after it is asked again', async () => {
	const here = ready();
	await run(watched(here, 'read-commits', refuse), request('r1', eastToWest, await shipped('switchover')));
	const set = denialsOn(here.east).length;
	liftAll(here);
	produce(here.east, 100, at(), 'late');
	here.east.commitAs('billing', at(), 60n);
	here.world.pump();
	const outcome = await resumed(here);
	expect(outcome).toMatchObject({ result: 'done', exit: 0 });
	expect(denialsOn(here.east).length).toBe(set);
	expect(here.west.log(at()).edges().end).toBe(here.east.log(at()).edges().end);
	expect(committed(here.west, 'billing')).toEqual({ 'orders:0': 60n });
	const fence = outcome.state?.steps.find(({ step }) => step.kind === 'fence-writers');
	expect(fence?.checks).toContainEqual(
		expect.objectContaining({ code: 'KDR_FENCE_REMOVED', status: 'warn', what: 'WRITE denied on east' }),
	);
});

test('what was written after the cut while the fence was gone halts the run, which names the fence as removed', async () => {
	const here = ready();
	await run(watched(here, 'record-cuts', refuse), request('r1', eastToWest, await shipped('switchover')));
	liftAll(here);
	produce(here.east, 100, at(), 'late');
	const outcome = await resumed(here);
	expect(outcome).toMatchObject({ result: 'halted' });
	expect(await recordOf(here)).toEqual(['127.0.1.1']);
	expect(denialsOn(here.east).length).toBeGreaterThan(0);
});

test('a fence removed right before the point of no return is set again before anybody is let in', async () => {
	const here = ready();
	let once = true;
	const env = watched(here, 'cuts-unchanged', () => {
		if (once) liftAll(here);
		once = false;
	});
	const outcome = await run(env, request('r1', eastToWest, await shipped('switchover')));
	expect(outcome).toMatchObject({ result: 'done' });
	expect(denialsOn(here.east).length).toBeGreaterThan(0);
	expect(outcome.state?.steps.find(({ step }) => step.kind === 'evict-readers')?.checks).toContainEqual(
		expect.objectContaining({ code: 'KDR_FENCE_REMOVED', status: 'warn' }),
	);
});

test('a robot that keeps removing the fence halts the run soon, before the point of no return, and is named', async () => {
	const here = ready();
	here.east.acls.push({
		resourceType: 'cluster',
		resourceName: 'kafka-cluster',
		patternType: 'literal',
		principal: 'User:user-operator',
		host: '*',
		operation: 'alter',
		permission: 'allow',
	});
	const env = watched(here, 'writers-still', () => {
		liftAll(here);
		produce(here.east, 1, at(), 'robot');
	});
	const begun = here.world.clock.now();
	const outcome = await run(env, request('r1', eastToWest, await shipped('switchover')));
	expect(outcome).toMatchObject({ result: 'halted', error: { details: { code: 'KDR_FENCE_REMOVED' } } });
	expect(outcome.error?.message).toContain('User:user-operator');
	expect(here.world.clock.now() - begun).toBeLessThan(60_000);
	expect(await recordOf(here)).toEqual(['127.0.1.1']);
	// Nobody stays fenced now and then: the run is undone, unless somebody asked to keep it.
	const back = { command: 'kdr switchover --to west', clusterIds: {} };
	const calm = processOf(here, eastToWest);
	expect(await undoIfStillWritten(calm, outcome, back, 'keep')).toBe(outcome);
	const end = await undoIfStillWritten(calm, outcome, back, undefined);
	expect(end).toMatchObject({ result: 'refused', exit: 3, error: { code: 'KDR_FENCE_REMOVED' } });
	expect(denialsOn(here.east)).toEqual([]);
	expect((await here.connect.connectors()).map(({ state }) => state)).toEqual(['RUNNING', 'RUNNING', 'RUNNING']);
});

test('a process killed after it has set the fence again leaves nothing for done that the removed fence made void', async () => {
	const here = ready();
	await run(watched(here, 'read-commits', refuse), request('r1', eastToWest, await shipped('switchover')));
	liftAll(here);
	produce(here.east, 100, at(), 'late');
	here.world.clock.advance(60_000);
	const env = watched(here, 'writers-still', refuse);
	await resume(env, { run: 'r1', clusterIds: {} });
	const [state] = foldRuns(await here.world.side('west').journal.read('orders')).runs;
	expect(state?.steps.find(({ step }) => step.kind === 'drain')?.status).not.toBe('done');
	here.world.pump();
	expect(await resumed(here)).toMatchObject({ result: 'done' });
	expect(here.west.log(at()).edges().end).toBe(here.east.log(at()).edges().end);
});
