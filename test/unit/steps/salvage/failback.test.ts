import { expect, test } from 'vitest';
import { at, committed, link, produce, shipped } from '../../../support/estate.ts';
import { failedOver, onEast, returned, runOf, step } from '../../../support/way-back.ts';

const home = { link: link.name, from: 'west', to: 'east', mode: 'switchover' } as const;
const failback = await shipped('failback');

test('with a tail that nobody settled failback does not start; a reason settles it', async () => {
	const here = await returned(3);
	await expect(runOf(here, home, failback)).rejects.toMatchObject({ code: 'KDR_TAIL_OPEN' });
	const outcome = await runOf(here, home, failback, { 'discard-tail': 'booked by hand' });
	expect(outcome.error?.message).toBeUndefined();
	expect(outcome.result).toBe('done');
});

test('while the fence is owed failback does not start', async () => {
	const here = await failedOver(0);
	here.world.revive('east');
	here.world.clock.advance(60_000);
	await expect(runOf(here, home, failback)).rejects.toMatchObject({ code: 'KDR_FENCE_OWED' });
});

test('back again: what was written meanwhile is there once, clients may write, the mirror runs in its first direction, groups keep their positions', async () => {
	const here = await returned(3);
	await runOf(here, onEast, [step('salvage-replay')]);
	for (const partition of [0, 1]) produce(here.west, 8, at(partition), 'away');
	here.west.commitAs('billing', at(0), here.west.log(at(0)).edges().end - 2n);
	const outcome = await runOf(here, home, failback);
	expect(outcome.error?.message).toBeUndefined();
	expect(outcome.result).toBe('done');
	const values = [...here.east.log(at(0)).read(0n, 1_000n, 'committed')].map(({ value }) => value?.toString());
	expect(values.slice(20)).toEqual([
		...[20, 21, 22].map((n) => `tail-0-${n}`),
		...[20, 21, 22].map((n) => `tail-0-${n}`),
		...Array.from({ length: 8 }, (_, n) => `away-0-${23 + n}`),
	]);
	expect(committed(here.east, 'billing')['orders:0']).toBe(here.east.log(at(0)).edges().end - 2n);
	expect(here.east.authorized('User:app', 'write', 'topic', 'orders')).toBe(true);
	expect(here.west.authorized('User:app', 'write', 'topic', 'orders')).toBe(false);
	produce(here.east, 2, at(0), 'home');
	const before = here.west.log(at(0)).edges().end;
	here.world.clock.advance(5_000);
	expect(here.west.log(at(0)).edges().end).toBe(before + 2n);
});

test('a mirror that was reversed by hand before is left alone', async () => {
	const here = await returned(0);
	expect((await runOf(here, onEast, [step('recall-cuts'), step('mirror-seed'), step('mirror-resume')])).result).toBe(
		'done',
	);
	produce(here.west, 4, at(0), 'away');
	here.world.clock.advance(5_000);
	const outcome = await runOf(here, home, failback);
	expect(outcome.error?.message).toBeUndefined();
	expect(outcome.result).toBe('done');
});
