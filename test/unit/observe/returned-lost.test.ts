import { expect, test } from 'vitest';
import { KdrError } from '../../../src/domain/errors/kdr-error.ts';
import { returnedLost } from '../../../src/observe/returned-lost.ts';
import { observeSalvage } from '../../../src/observe/salvage.ts';
import { returnedLostCheck } from '../../../src/steps/returned-lost.ts';
import { FakeLog } from '../../fakes/log.ts';
import { at, type Estate, link, produce, shipped } from '../../support/estate.ts';
import { failedOver, onEast, paying, returned, runOf, step, unplanned } from '../../support/way-back.ts';

const home = { link: link.name, from: 'west', to: 'east', mode: 'switchover' } as const;

/** East comes back with a disk of before: partition 0 ends 7 records below what was mirrored from it. */
function restored({ east }: Estate): void {
	const old = [...east.log(at(0)).read(0n, 13n, 'uncommitted')];
	const log = new FakeLog('orders', 0);
	for (const { key, value, timestamp } of old) log.append({ key, value, timestamp }, 0);
	east.topics.get('orders')?.logs.splice(0, 1, log);
}

async function back(): Promise<Estate> {
	const here = await failedOver(0);
	restored(here);
	here.world.revive('east');
	here.world.clock.advance(60_000);
	expect((await runOf(here, onEast, paying)).result).toBe('done');
	return here;
}

test('what a returned cluster has lost although it was mirrored is named, per partition, and keeps the clients from going home', async () => {
	const here = await back();
	expect((await returnedLost(here.world, link))?.lost).toEqual([{ topic: 'orders', partition: 0, offsets: 7n }]);
	await expect(runOf(here, home, await shipped('failback'))).rejects.toMatchObject({
		details: { checks: expect.arrayContaining([expect.objectContaining({ code: 'KDR_RETURNED_LOST' })]) },
	});
});

test('it still is when the mirror has filled the log up again since it was fenced', async () => {
	const here = await back();
	expect((await runOf(here, onEast, [step('recall-cuts'), step('mirror-seed'), step('mirror-resume')])).result).toBe(
		'done',
	);
	produce(here.west, 30, at(0), 'away');
	here.world.clock.advance(5_000);
	expect(here.east.log(at(0)).edges().end).toBeGreaterThan(20n);
	expect((await returnedLost(here.world, link))?.lost).toEqual([{ topic: 'orders', partition: 0, offsets: 7n }]);
});

test('a log that grew past the place before it was fenced is recognised by what lies there, and nothing of it is called a tail', async () => {
	const here = await failedOver(0);
	restored(here);
	here.world.revive('east');
	here.world.clock.advance(60_000);
	produce(here.east, 12, at(0), 'other');
	expect((await runOf(here, onEast, paying)).result).toBe('done');
	expect((await returnedLost(here.world, link))?.lost).toEqual([{ topic: 'orders', partition: 0, offsets: null }]);
	await expect(runOf(here, home, await shipped('failback'))).rejects.toMatchObject({
		details: { checks: expect.arrayContaining([expect.objectContaining({ code: 'KDR_RETURNED_LOST' })]) },
	});
	expect(await observeSalvage(here.world, link)).toMatchObject({
		rows: [],
		unknown: [{ partition: 0, reason: 'east has lost records that west holds, and written others in their place' }],
	});
});

test('a tail of an earlier move that somebody discarded is no sign of it', async () => {
	const here = await returned(3, undefined, ({ world }) => world.clock.advance(1_000));
	expect((await runOf(here, home, await shipped('failback'), { 'discard-tail': 'booked by hand' })).result).toBe(
		'done',
	);
	here.world.clock.advance(5_000);
	here.world.kill('east');
	expect((await runOf(here, unplanned, await shipped('failover'), { 'accept-loss': '1h' })).result).toBe('done');
	here.world.revive('east');
	here.world.clock.advance(60_000);
	expect((await runOf(here, onEast, paying)).result).toBe('done');
	expect((await returnedLost(here.world, link))?.lost).toEqual([]);
	expect(await observeSalvage(here.world, link)).toMatchObject({ unknown: [] });
});

test('a topic that did not come back has lost everything', async () => {
	const here = await back();
	here.east.topics.get('orders')?.logs.pop();
	expect((await returnedLost(here.world, link))?.lost.map(({ partition, offsets }) => [partition, offsets])).toEqual([
		[0, 7n],
		[1, 20n],
	]);
});

test('a cluster that came back whole has lost nothing', async () => {
	expect(await returnedLost((await returned(3)).world, link)).toMatchObject({ returned: 'east', lost: [] });
});

test('a partition whose log cannot be read is not among those that have lost nothing: it is named, and nobody moves onto it', async () => {
	const here = await returned(3);
	here.east.log(at(1)).edges = () => {
		throw new KdrError('KDR_TIMEOUT', 'east: the leader of orders 1 does not answer');
	};
	const found = await returnedLost(here.world, link);
	expect(found).toMatchObject({ lost: [], unread: [at(1)] });
	expect(found && returnedLostCheck(found, 'east')).toMatchObject({
		status: 'unknown',
		observed: 'unknown: the log of orders 1 was not readable',
	});
	expect((await observeSalvage(here.world, link)).unknown).toMatchObject([at(1)]);
});
