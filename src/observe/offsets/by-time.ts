import { forEachConcurrent } from '../../domain/for-each-concurrent.ts';
import { good, type Item } from '../../domain/item.ts';
import { PartitionMap, type TopicPartition } from '../../domain/kafka/partition.ts';
import type { TimeFacts } from '../../domain/offsets/place.ts';
import type { Side } from '../../ports/world.ts';
import type { Sides } from './context.ts';
import type { ReadPartition } from './read.ts';

type Wanted = TopicPartition & Pick<ReadPartition, 'onSource' | 'source'>;

/**
 * The target's first offset at or after the time of the record each group would read next on the source. One look-up per partition and
 * time, however many groups share it.
 */
export async function lookUpByTime<T extends Wanted>(io: Sides, partitions: readonly T[]): Promise<Map<T, TimeFacts>> {
	const times = await timesOfNext(io.from, partitions);
	const wanted = new PartitionMap<Set<number>>();
	for (const [one, time] of times) wanted.set(one, (wanted.get(one) ?? new Set()).add(time));
	const found = await firstsAt(io.to, wanted);
	return new Map(
		partitions.map((one) => {
			const time = times.get(one) ?? null;
			const first = time === null ? undefined : found.get(one)?.get(time);
			// Not answered is not "none is that new": that would be the log end, and skip.
			if (!first) return [one, { at: null, found: null }];
			return first.ok
				? [one, { at: time, found: first.value }]
				: [one, { at: null, found: null, why: `the look-up by time failed: ${first.error.message}` }];
		}),
	);
}

/** Per partition and time the first offset there; null: none is that new. One request can ask for one time per partition: as many rounds as one has times. */
async function firstsAt(
	to: Side,
	wanted: PartitionMap<Set<number>>,
): Promise<PartitionMap<Map<number, Item<bigint | null>>>> {
	const found = wanted.map(() => new Map<number, Item<bigint | null>>());
	const times = wanted.map((all) => [...all]);
	const most = [...times.values()].reduce((longest, { length }) => Math.max(longest, length), 0);
	const rounds = Array.from({ length: most }, (_, round) => round);
	await forEachConcurrent(rounds, atOnce, async (round) => {
		const asked = PartitionMap.from(
			[...times].flatMap(([at, all]) => (all[round] === undefined ? [] : [[at, BigInt(all[round])] as const])),
		);
		const offsets = [...(await to.records.offsetsAt(asked))];
		await forEachConcurrent(offsets, atOnce, async ([at, item]) => {
			const time = Number(asked.get(at));
			const behind = item.ok && item.value !== null ? good(await pastMarkers(to, at, time, item.value)) : item;
			found.get(at)?.set(time, behind);
		});
	});
	return found;
}

/** Readings under way at once. */
const atOnce = 16;

/** So far the record itself is looked for behind a marker. */
const longestLook = 50_000n;

/**
 * Kafka's look-up finds transaction markers too, and those of an exactly-once mirror bear its own clock: to it they are newer than all
 * they come before. The first data record as new lies further on; where it does not within sight, what was found stays.
 */
async function pastMarkers(
	{ records }: Side,
	{ topic, partition }: TopicPartition,
	time: number,
	found: bigint,
): Promise<bigint> {
	const options = { isolation: 'committed', maxBytes: 65_536 } as const;
	for await (const { offset, timestamp } of records.read({ topic, partition }, found, found + longestLook, options))
		if (timestamp >= BigInt(time)) return offset;
	return found;
}

/** Timestamp of the record each group reads next on the source; one reading per position, however many groups are there. */
async function timesOfNext<T extends Wanted>(from: Side, partitions: readonly T[]): Promise<Map<T, number>> {
	const standing = new PartitionMap<Map<bigint, number | null>>();
	for (const { onSource, source } of partitions)
		if (onSource && source !== null) standing.set(onSource, (standing.get(onSource) ?? new Map()).set(source, null));
	const edges = await from.records.edges([...standing.keys()]);
	const positions = [...standing].flatMap(([at, of]) => [...of.keys()].map((position) => ({ at, of, position })));
	await forEachConcurrent(positions, atOnce, async ({ at, of, position }) => {
		const edge = edges.get(at);
		if (edge?.ok && position < edge.value.end) of.set(position, await timeAt(from, at, position, edge.value.end));
	});
	const times = new Map<T, number>();
	for (const one of partitions) {
		const time = one.onSource && one.source !== null ? standing.get(one.onSource)?.get(one.source) : null;
		if (typeof time === 'number') times.set(one, time);
	}
	return times;
}

async function timeAt({ records }: Side, at: TopicPartition, position: bigint, end: bigint): Promise<number | null> {
	for await (const { timestamp } of records.read(at, position, end, { isolation: 'committed', maxBytes: 1_024 }))
		return Number(timestamp);
	return null;
}
