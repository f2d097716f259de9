import { expect, test } from 'vitest';
import { KdrError } from '../../../src/domain/errors/kdr-error.ts';
import { report } from '../../../src/domain/report/report.ts';
import type { RunStep } from '../../../src/domain/run/events.ts';
import { resume, run } from '../../../src/engine/execute.ts';
import { setStep, ToyWorld, toyEnv, toyRequest } from '../../support/toy.ts';

const both = [setStep('a', { group: 'g' }), setStep('b', { group: 'g' })];
const inGroup = [setStep('first'), ...both, setStep('last')];

test('steps of a group are under way at the same time, the next begins when all are done', async () => {
	const world = new ToyWorld();
	const arrived = Promise.withResolvers<void>();
	let waiting = 0;
	const onApply = async (key: string) => {
		if (key !== 'a' && key !== 'b') return;
		if (++waiting === 2) arrived.resolve();
		await arrived.promise;
	};
	expect(await run(toyEnv(world, {}, { onApply }).env, toyRequest(inGroup))).toMatchObject({ result: 'done' });
	expect(world.effects).toEqual(['first=1', 'a=1', 'b=1', 'last=1']);
	expect(world.eventNames().indexOf('step.started last')).toBeGreaterThan(world.eventNames().indexOf('step.done b'));
});

test('when one of a group fails the others come to their end, each failure is journalled, and a resume does only what is left', async () => {
	const world = new ToyWorld();
	for (const key of ['a', 'c']) world.deaf.add(key);
	const steps = [
		setStep('a', { group: 'g' }),
		setStep('b', { group: 'g' }),
		setStep('c', { group: 'g' }),
		setStep('last'),
	];
	const outcome = await run(toyEnv(world).env, toyRequest(steps));
	expect(outcome).toMatchObject({ result: 'halted', exit: 5, error: { details: { step: 'a' } } });
	expect(world.effects).toEqual(['b=1']);
	expect(world.eventNames().filter((name) => name.startsWith('step.failed'))).toEqual([
		'step.failed c',
		'step.failed a',
	]);
	world.deaf.clear();
	expect(await resume(toyEnv(world).env, { run: '7f3a', clusterIds: {} })).toMatchObject({ result: 'done' });
	expect(world.effects).toEqual(['b=1', 'a=1', 'c=1', 'last=1']);
});

test('an interrupt within a group lets the writes under way finish and ends as an interrupt', async () => {
	const world = new ToyWorld();
	const toy = toyEnv(world, {}, { onApply: (key) => void (key === 'b' && toy.abort.abort('SIGINT')) });
	expect(await run(toy.env, toyRequest(inGroup))).toMatchObject({ result: 'interrupted', exit: 130 });
	expect(world.eventNames().filter((name) => name.startsWith('step.failed'))).toEqual([]);
	expect(await resume(toyEnv(world).env, { run: '7f3a', clusterIds: {} })).toMatchObject({ result: 'done' });
	expect(world.effects).toEqual(['first=1', 'a=1', 'b=1', 'last=1']);
});

/** Fails the first `times` attempts at `b`. */
const failing = (times: number, code: 'KDR_TIMEOUT' | 'KDR_AUTH_FAILED' | 'KDR_OUTCOME_UNKNOWN' = 'KDR_TIMEOUT') => {
	let left = times;
	return (key: string) => {
		if (key === 'b' && left-- > 0)
			throw new KdrError(code, 'no answer', { worldMayHaveChanged: code === 'KDR_OUTCOME_UNKNOWN' });
	};
};

test('a step is retried as often as it may, after 1 s and 2 s, and journal and report have every failed attempt', async () => {
	const world = new ToyWorld();
	const begin = world.clock.monotonic();
	const { env } = toyEnv(world, {}, { onApply: failing(2) });
	expect(await run(env, toyRequest([setStep('b', { retries: 2 })]))).toMatchObject({ result: 'done', exit: 0 });
	expect(world.clock.monotonic() - begin).toBe(3_000);
	const failed = world.journal.entries.flatMap(({ event }) => (event.type === 'step.failed' ? [event.retryInMs] : []));
	expect(failed).toEqual([1_000, 2_000]);
	const found = report(world.journal.entries, env.registry);
	expect(found?.steps[0]).toMatchObject({
		status: 'done',
		error: null,
		retried: [{ error: { code: 'KDR_TIMEOUT' } }, {}],
	});
});

test('it halts when the retries are used up, with the error of the last attempt', async () => {
	const world = new ToyWorld();
	const outcome = await run(toyEnv(world, {}, { onApply: failing(9) }).env, toyRequest([setStep('b', { retries: 2 })]));
	expect(outcome).toMatchObject({ result: 'halted', exit: 5, error: { details: { code: 'KDR_TIMEOUT' } } });
	expect(world.applied).toHaveLength(3);
});

test.each(['KDR_AUTH_FAILED', 'KDR_OUTCOME_UNKNOWN'] as const)('%s is not tried again', async (code) => {
	const world = new ToyWorld();
	await run(toyEnv(world, {}, { onApply: failing(9, code) }).env, toyRequest([setStep('b', { retries: 5 })]));
	expect(world.applied).toHaveLength(1);
});

test('an attempt whose change shows after all is not made again', async () => {
	const world = new ToyWorld();
	let made = 0;
	const onApply = (key: string) => {
		if (key !== 'b' || made++ > 0) return;
		world.set('b', 1n);
		throw new KdrError('KDR_TIMEOUT', 'no answer');
	};
	expect(await run(toyEnv(world, {}, { onApply }).env, toyRequest([setStep('b', { retries: 2 })]))).toMatchObject({
		result: 'done',
	});
	expect(world.effects).toEqual(['b=1']);
	expect(world.applied).toHaveLength(1);
});

test('an interrupt while a retry is waited for ends the run', async () => {
	const world = new ToyWorld();
	const toy = toyEnv(world, {}, { onApply: failing(9) });
	world.clock.onAdvance(() => toy.abort.abort('SIGTERM'));
	expect(await run(toy.env, toyRequest([setStep('b', { retries: 5 })]))).toMatchObject({
		result: 'interrupted',
		exit: 143,
	});
	expect(world.applied).toHaveLength(1);
});

const hook = (id: string): RunStep => setStep(id);
const toldOfHooks = (world: ToyWorld) =>
	world.journal.entries.flatMap(({ event }) =>
		event.type === 'hook.started' || event.type === 'hook.ended' ? [`${event.type} ${event.hook}`] : [],
	);

test('hooks on failure run after the step has failed and before the run ends, one after the other, also when one of them fails', async () => {
	const world = new ToyWorld();
	world.deaf.add('stop');
	const seen: unknown[] = [];
	const hooks = {
		onApply: (key: string, ctx: { failure?: unknown }) => {
			if (key === 'page') seen.push(ctx.failure);
			if (key === 'page') throw new KdrError('KDR_PROGRAM_FAILED', 'exit 1');
		},
	};
	const { env } = toyEnv(world, {}, hooks);
	const outcome = await run(env, toyRequest([setStep('stop')], { onFailure: [hook('page'), hook('log')] }));
	expect(outcome).toMatchObject({ result: 'halted', exit: 5, error: { details: { step: 'stop' } } });
	expect(toldOfHooks(world)).toEqual(['hook.started page', 'hook.ended page', 'hook.started log', 'hook.ended log']);
	expect(world.eventNames().at(-1)).toBe('run.ended');
	expect(world.eventNames().indexOf('step.failed stop')).toBeLessThan(world.eventNames().indexOf('hook.started'));
	expect(seen).toEqual([{ step: 'stop', code: 'KDR_CHECK_FAILED' }]);
	expect(report(world.journal.entries, env.registry)?.hooks).toMatchObject([
		{ hook: 'page', error: { code: 'KDR_PROGRAM_FAILED' } },
		{ hook: 'log', error: null },
	]);
});

test('a run refused before it wrote anything stays refused, although its hook wrote', async () => {
	const world = new ToyWorld();
	const gate = { id: 'lag', kind: 'wait', params: { key: 'never', within: 1_000 } };
	const request = toyRequest([gate], { onFailure: [hook('page')] });
	expect(await run(toyEnv(world).env, request)).toMatchObject({ result: 'refused', exit: 3 });
	expect(world.effects).toEqual(['page=1']);
	expect((await resume(toyEnv(world).env, { run: '7f3a', clusterIds: {} })).exit).toBe(3);
});

test('no hook runs when nothing failed, nor when the journal is lost', async () => {
	const done = new ToyWorld();
	await run(toyEnv(done).env, toyRequest([setStep('stop')], { onFailure: [hook('page')] }));
	const stopped = new ToyWorld();
	const toy = toyEnv(stopped, {}, { onApply: () => toy.abort.abort('SIGINT') });
	await run(toy.env, toyRequest([setStep('stop'), setStep('dns')], { onFailure: [hook('page')] }));
	const fenced = new ToyWorld();
	const onApply = async () => void (await fenced.journal.open('orders'));
	await run(toyEnv(fenced, {}, { onApply }).env, toyRequest([setStep('stop')], { onFailure: [hook('page')] }));
	for (const world of [done, stopped, fenced]) expect(world.values.has('page')).toBe(false);
});
