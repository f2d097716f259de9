import { expect, test } from 'vitest';
import type { RunEvent } from '../../../src/domain/run/events.ts';
import { foldRuns } from '../../../src/domain/run/fold.ts';
import { run } from '../../../src/engine/execute.ts';
import { setStep, ToyWorld, toyEnv, toyRequest } from '../../support/toy.ts';

const steps = [setStep('dns')];

/** A journal in which a newer kdr has begun a run of the link. */
async function withNewerRun(): Promise<ToyWorld> {
	const world = new ToyWorld();
	const { env } = toyEnv(world);
	const { move } = toyRequest(steps);
	await run(env, toyRequest(steps, { run: 'before' }));
	const writer = await world.journal.open(move.link);
	await writer.append('newer', [{ v: 2, type: 'run.started', move } as unknown as RunEvent]);
	world.clock.advance(60_000);
	world.values.clear();
	world.effects.length = 0;
	return world;
}

test('a run that this kdr cannot read and that may be open refuses a new one, and names the ways on', async () => {
	const world = await withNewerRun();
	await expect(run(toyEnv(world).env, toyRequest(steps, { run: 'next' }))).rejects.toMatchObject({
		code: 'KDR_JOURNAL_BROKEN',
		message: expect.stringContaining('run newer'),
		hint: expect.stringContaining('--supersede'),
	});
	expect(world.effects).toEqual([]);
});

test('superseded once, an unreadable run holds nobody up any more', async () => {
	const world = await withNewerRun();
	const first = await run(toyEnv(world).env, {
		...toyRequest(steps, { run: 'next' }),
		supersede: 'its laptop is gone',
	});
	expect(first).toMatchObject({
		result: 'done',
		state: { supersedes: { run: 'newer', reason: 'its laptop is gone' } },
	});
	expect(foldRuns(world.journal.entries).unreadable).toMatchObject([{ run: 'newer', ended: true }]);
	world.values.clear();
	expect(await run(toyEnv(world).env, toyRequest(steps, { run: 'after' }))).toMatchObject({ result: 'done' });
});

test('a run whose last events cannot be read refuses a new one until it is superseded, also when it had ended before', async () => {
	const world = await withNewerRun();
	const { env } = toyEnv(world);
	await run(env, { ...toyRequest(steps, { run: 'next' }), supersede: 'why' });
	const writer = await world.journal.open(env.link.name);
	await writer.append('before', [{ v: 2, type: 'run.resumed' } as unknown as RunEvent]);
	world.clock.advance(60_000);
	world.values.clear();
	await expect(run(env, toyRequest(steps, { run: 'third' }))).rejects.toMatchObject({
		code: 'KDR_JOURNAL_BROKEN',
		message: expect.stringContaining('run before'),
	});
	expect(await run(env, { ...toyRequest(steps, { run: 'fourth' }), supersede: 'why' })).toMatchObject({
		result: 'done',
	});
	world.values.clear();
	expect(await run(env, toyRequest(steps, { run: 'fifth' }))).toMatchObject({ result: 'done' });
});
