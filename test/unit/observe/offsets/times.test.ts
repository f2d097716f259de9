import { expect, test } from 'vitest';
import { place, placeByTimestamp } from '../../../../src/domain/offsets/place.ts';
import { observeOffsets } from '../../../../src/observe/offsets/observe-groups.ts';
import { lossAccepted } from '../../../../src/steps/loss-accepted.ts';
import { offsetsCommit } from '../../../../src/steps/offsets/offsets-commit.ts';
import { at, context, type Estate, eastToWest, estate, ioOf, planOf, produce } from '../../../support/estate.ts';

const payments = at(0, 'payments');
const byTime = { group: () => true, partition: () => true, method: 'timestamp' } as const;

async function stopped(): Promise<Estate> {
	const here = estate();
	await here.connect.stop('east-to-west-source');
	return here;
}

async function placed(here: Estate) {
	const { partitions } = await observeOffsets(ioOf(here), context(), byTime);
	const [one] = partitions.filter(({ topic }) => topic === 'payments');
	return one?.byTime ? placeByTimestamp(one, one.byTime) : one && place(one);
}

test('a standby that stamps append time and a producer whose clock is ahead: no time leads past an unread record', async () => {
	const here = await stopped();
	here.east.createTopic('payments', 1);
	here.west.createTopic('payments', 1, { timestampType: 'log-append' });
	for (let i = 0; i < 100; i++) {
		const record = { key: `${i}`, value: `${i}`, timestamp: BigInt(1_005_000 + i * 100) };
		here.east.log(payments).append(record, 0);
		here.west.log(payments).append(record, 1_000_200 + i * 100);
	}
	here.east.commitAs('g', payments, 20n);
	const found = await placed(here);
	expect(found?.offset).toBeLessThanOrEqual(20n);
	expect(found?.evidence).toMatch(/stamps its own append time/);
});

test('the record at the position was compacted away on the standby: its time proves nothing', async () => {
	const here = await stopped();
	for (const kafka of [here.east, here.west]) kafka.createTopic('payments', 1);
	const records: [string, number][] = [
		['a', 1_000],
		['b', 950],
		['c', 960],
		['a', 1_010],
	];
	for (const [key, time] of records)
		here.east.log(payments).append({ key, value: `${time}`, timestamp: BigInt(time) }, 0);
	here.west.log(payments).skip(1n);
	for (const [key, time] of records.slice(1))
		here.west.log(payments).append({ key, value: `${time}`, timestamp: BigInt(time) }, 0);
	here.east.commitAs('g', payments, 0n);
	expect((await placed(here))?.offset).toBeLessThanOrEqual(1n);
});

test('the same offset is bounded where the group has read further than the mirror, and refused where append time hides which record is which', async () => {
	const here = estate();
	produce(here.east, 100);
	here.connect.pump(60);
	here.east.commitAs('billing', at(), 100n);
	const { change } = await planOf(offsetsCommit, here, { params: { method: 'same' } });
	expect(change?.rows).toMatchObject([{ offset: 60n, proof: 'bounded', rereadAtMost: 40n }]);

	const stamped = await stopped();
	for (const kafka of [stamped.east, stamped.west]) kafka.createTopic('payments', 1, { timestampType: 'log-append' });
	for (let i = 0; i < 1_100; i++) stamped.east.log(payments).append({ value: 'tick' }, i);
	for (let i = 100; i < 1_100; i++) stamped.west.log(payments).append({ value: 'tick' }, i);
	stamped.east.commitAs('g', payments, 500n);
	const plan = await planOf(offsetsCommit, stamped, { params: { method: 'same', policy: 'none' } });
	expect(plan.change?.rows).toEqual([]);
	expect(plan.change?.refused).toMatchObject([{ group: 'g', code: 'KDR_OFFSET_UNMAPPED' }]);
});

test('the loss of a failover is unknown where timestamps prove nothing, and only "unknown" accepts that', async () => {
	const past = await stopped();
	past.west.topics.delete('orders');
	past.west.createTopic('orders', 1, { timestampType: 'log-append' });
	past.west.log(at()).append({ value: 'v' }, past.world.clock.now() - 1_000);
	const future = await stopped();
	const ahead = BigInt(future.world.clock.now() + 3_600_000);
	for (const partition of [0, 1]) future.west.log(at(partition)).append({ value: 'v', timestamp: ahead }, 0);
	for (const here of [past, future]) {
		here.world.kill('east');
		const move = { ...eastToWest, mode: 'failover' } as const;
		const status = async (accepted: string) => {
			const ctx = context({ fromAlive: false, move, consent: { 'accept-loss': accepted } });
			const facts = await lossAccepted.observe({}, ioOf(here, move), ctx);
			expect(lossAccepted.output?.(facts, {}, ctx)).toMatchObject({ recordsAtMost: null, msAtMost: null });
			return lossAccepted.check(facts, {}, ctx).map((check) => check.status);
		};
		expect(await status('5s')).toEqual(['block']);
		expect(await status('unknown')).toEqual(['warn']);
	}
});
