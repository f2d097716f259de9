import { expect, test } from 'vitest';
import { report } from '../../../src/domain/report/report.ts';
import { foldRuns } from '../../../src/domain/run/fold.ts';
import { resume, run } from '../../../src/engine/execute.ts';
import { operator, setStep, type ToyRun, ToyWorld, toyEnv, toyRequest } from '../../support/toy.ts';

const hour = 3_600_000;
const steps = [setStep('stop'), setStep('dns', { pointOfNoReturn: true }), setStep('open')];
const resuming = { run: '7f3a', clusterIds: {} };
const bo = operator('bo', 2);

/** A run that waits in its second effect: its process lives as long as it beats. */
async function stuck(world: ToyWorld): Promise<ToyRun> {
	const reached = Promise.withResolvers<void>();
	const onApply = (key: string) => {
		if (key !== 'dns') return;
		reached.resolve();
		return new Promise<void>(() => {});
	};
	const toy = toyEnv(world, {}, { onApply });
	void run(toy.env, toyRequest(steps));
	await reached.promise;
	return toy;
}

test.each([
	['back', -hour],
	['forward', hour],
])('a wall clock set %s in the middle of a run changes no duration of its report', async (_name, jump) => {
	const world = new ToyWorld();
	const onApply = (key: string) => {
		world.clock.advance(2_000);
		if (key === 'dns') world.clock.jump(jump);
	};
	const { env } = toyEnv(world, {}, { onApply });
	expect(await run(env, toyRequest(steps))).toMatchObject({ result: 'done' });
	const found = report(world.journal.entries, env.registry);
	expect(found?.ms).toBe(6_000);
	expect(found?.steps.map(({ ms }) => ms)).toEqual([2_000, 2_000, 2_000]);
});

test('times never run backwards, also when somebody whose clock is behind resumes the run', async () => {
	const world = new ToyWorld();
	world.deaf.add('dns');
	await run(toyEnv(world).env, toyRequest(steps));
	world.deaf.clear();
	world.clock.jump(-hour);
	await resume(toyEnv(world, { isGone: () => true }).env, resuming);
	const found = report(world.journal.entries, toyEnv(world).env.registry);
	expect(found?.steps).toHaveLength(3);
	const times = found?.steps.flatMap(({ start, end }) => [start ?? '', end ?? '']) ?? [];
	expect(times).toEqual([...times].sort());
	expect(found?.steps.every(({ ms }) => ms !== null && ms >= 0)).toBe(true);
});

test.each([
	['ahead', hour],
	['behind', -hour],
])('a holder who lives is not taken for dead by somebody whose clock is %s', async (_name, jump) => {
	const world = new ToyWorld();
	const holder = await stuck(world);
	world.clock.jump(jump);
	world.clock.onAdvance(holder.beat);
	await expect(resume(toyEnv(world, { operator: bo }).env, resuming)).rejects.toMatchObject({ code: 'KDR_LOCKED' });
	expect(world.opened).toBe(1);
});

test.each([
	['ahead', hour],
	['behind', -hour],
])('a holder who is dead does not hold the run because a clock is %s', async (_name, jump) => {
	const world = new ToyWorld();
	await stuck(world);
	world.clock.advance(20_000);
	world.clock.jump(jump);
	const before = world.clock.monotonic();
	expect(await resume(toyEnv(world, { operator: bo }).env, resuming)).toMatchObject({ result: 'done' });
	// Its last call may take 20 s; how far the clocks are apart adds nothing.
	expect(world.clock.monotonic() - before).toBeLessThanOrEqual(20_000);
});

test('nobody is waited for whose process certainly is gone', async () => {
	const world = new ToyWorld();
	await stuck(world);
	const before = world.clock.monotonic();
	expect(await resume(toyEnv(world, { operator: bo, isGone: () => true }).env, resuming)).toMatchObject({
		result: 'done',
	});
	expect(world.clock.monotonic() - before).toBe(0);
});

test('the last sign of life is the newest one, also when its clock was set back', async () => {
	const world = new ToyWorld();
	const holder = await stuck(world);
	world.clock.jump(-hour);
	holder.beat();
	await new Promise(setImmediate);
	const [state] = foldRuns(world.journal.entries).runs;
	expect(state?.lastSignAt).toBe(world.clock.now());
});
