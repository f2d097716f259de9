import { expect, test } from 'vitest';
import { place } from '../../../../src/domain/offsets/place.ts';
import { observeOffsets } from '../../../../src/observe/offsets/observe-groups.ts';
import { checkpointRecord, offsetSyncRecord } from '../../../fakes/mm2-bytes.ts';
import { at, context, type Estate, eastToWest, estate, ioOf } from '../../../support/estate.ts';

const all = { group: () => true, partition: () => true, method: 'auto' } as const;
const dead = context({ fromAlive: false, move: { ...eastToWest, mode: 'failover' } });

async function stopped(): Promise<Estate> {
	const here = estate();
	for (const role of ['source', 'checkpoint']) await here.connect.stop(`east-to-west-${role}`);
	return here;
}

/** Many partitions in which a gap left no sync and the target has a marker: the window looks closed, and counting in it skips the record at 4. */
async function marked(partitions: number, fromAlive: boolean): Promise<Estate> {
	const here = await stopped();
	const { east, west } = here;
	for (const kafka of [east, west]) kafka.createTopic('payments', partitions);
	west.createTopic('mm2-offset-syncs.east.internal', 1);
	west.createTopic('east.checkpoints.internal', 1);
	const syncs = west.log(at(0, 'mm2-offset-syncs.east.internal'));
	const checkpoints = west.log(at(0, 'east.checkpoints.internal'));
	for (let p = 0; p < partitions; p++) {
		const [there, here_] = [east.log(at(p, 'payments')), west.log(at(p, 'payments'))];
		for (let u = 0; u <= 10; u++) {
			const record = { key: `k${u}`, value: `${p}-${u}`, timestamp: BigInt(u) };
			if (u === 4) there.mark(0);
			else there.append(record, 0);
			if (u === 8) here_.mark(0);
			if (u !== 4) here_.append(record, 0);
		}
		syncs.append(offsetSyncRecord('payments', p, 0n, 0n), 0);
		syncs.append(offsetSyncRecord('payments', p, 10n, 10n), 0);
		checkpoints.append(checkpointRecord('g', 'payments', p, 5n, 1n, ''), 0);
		if (!fromAlive) continue;
		east.commitAs('g', at(p, 'payments'), 5n);
		there.append({ key: 'z', value: 'not mirrored yet', timestamp: 11n }, 0);
	}
	if (!fromAlive) here.world.kill('east');
	return here;
}

test.each([true, false])(
	'what the caps keep from being read is conservative and counted (source alive: %s)',
	async (alive) => {
		const here = await marked(2_050, alive);
		const ctx = alive ? context() : dead;
		const { partitions, capped } = await observeOffsets(ioOf(here, ctx.move), ctx, all);
		const placed = partitions.map((one) => place(one));
		expect(placed.filter(({ offset }) => offset > 4n)).toEqual([]);
		expect(capped).toBe(50);
		expect(placed.filter(({ offset, proof }) => offset === 1n && proof === 'bounded')).toHaveLength(50);
		expect(placed.every(({ proof }) => proof !== 'exact')).toBe(!alive);
	},
);

test('without caps every position is read', async () => {
	const here = await marked(2_050, true);
	const { partitions, capped } = await observeOffsets(ioOf(here), context(), { ...all, readAll: true });
	expect(capped).toBe(0);
	expect(partitions.every((one) => place(one).offset === 4n && place(one).proof === 'exact')).toBe(true);
});

test.each([
	[
		'a stale final position is no sync',
		[
			[0n, 0n],
			[100n, 100n],
		],
		[190n, 101n],
		191,
		200n,
		140n,
	],
	[
		'a group past a stale final position is not at the end',
		[
			[0n, 0n],
			[100n, 100n],
		],
		[201n, 101n],
		191,
		200n,
		151n,
	],
	[
		'a topic created again: its first life places nothing in the second',
		[
			[0n, 0n],
			[5_000n, 5_000n],
			[0n, 5_001n],
			[100n, 5_101n],
		],
		[5_001n, 5_001n],
		5_102,
		100n,
		5_001n,
	],
] as const)('from the standby alone: %s', async (_, syncs, [upstream, downstream], records, position, firstUnread) => {
	const here = await stopped();
	const { west } = here;
	here.connect.running.get('east-to-west-source')?.positions.set(at(), position);
	for (let i = 0; i < records; i++) west.log(at()).append({ key: `k${i}`, value: `v${i}`, timestamp: BigInt(i) }, 0);
	west.createTopic('mm2-offset-syncs.east.internal', 1);
	west.createTopic('east.checkpoints.internal', 1);
	for (const [u, d] of syncs)
		west.log(at(0, 'mm2-offset-syncs.east.internal')).append(offsetSyncRecord('orders', 0, u, d), 0);
	west.log(at(0, 'east.checkpoints.internal')).append(checkpointRecord('g', 'orders', 0, upstream, downstream, ''), 0);
	here.world.kill('east');
	const { partitions } = await observeOffsets(ioOf(here, dead.move), dead, all);
	const found = partitions.find(({ group, partition }) => group === 'g' && partition === 0);
	const placed = found && place(found);
	expect(placed?.offset).toBeLessThanOrEqual(firstUnread);
	expect(placed?.offset).toBeGreaterThan(100n);
	expect(placed?.proof).toBe('bounded');
	expect(placed && placed.offset + placed.rereadAtMost).toBeGreaterThanOrEqual(firstUnread);
});
