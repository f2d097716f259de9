import { expect, test } from 'vitest';
import { report } from '../../../src/domain/report/report.ts';
import { foldRuns } from '../../../src/domain/run/fold.ts';
import { resume, run, undo } from '../../../src/engine/execute.ts';
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

test.each([
	['resume', undefined],
	['takeover', 'his laptop sleeps'],
] as const)(
	'before a %s the last call of a holder whose clock is 40 s behind has had its time',
	async (_name, takeover) => {
		const world = new ToyWorld();
		await stuck(world);
		world.clock.jump(40_000);
		const before = world.clock.monotonic();
		const request = { ...resuming, ...(takeover !== undefined && { takeover }) };
		expect(await resume(toyEnv(world, { operator: bo }).env, request)).toMatchObject({ result: 'done' });
		expect(world.clock.monotonic() - before).toBeGreaterThanOrEqual(20_000);
	},
);

test('an undo that takes over its own run ends that one alone: a live run of the link that began since is refused, not ended', async () => {
	const world = new ToyWorld();
	await stuck(world);
	await resume(toyEnv(world, { operator: bo, isGone: () => true }).env, resuming);
	const change = { ...toyRequest(steps).move, mode: 'change' as const };
	const reached = Promise.withResolvers<void>();
	const onApply = () => {
		reached.resolve();
		return new Promise<void>(() => {});
	};
	const cy = toyEnv(world, { operator: operator('cy', 3) }, { onApply });
	void run(cy.env, toyRequest([setStep('later')], { run: 'cccc', move: change }));
	await reached.promise;
	const asked = { run: 'u1', undoes: '7f3a', command: 'x', consent: {}, clusterIds: {}, whole: false };
	await expect(undo(toyEnv(world, { operator: bo }).env, { ...asked, takeover: 'it hangs' })).rejects.toMatchObject({
		code: expect.stringMatching(/^KDR_(LOCKED|RUN_OVERTAKEN)$/),
	});
	const ended = foldRuns(world.journal.entries).runs.find(({ run: id }) => id === 'cccc')?.ended;
	expect(ended).toBeUndefined();
});
