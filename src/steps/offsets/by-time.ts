import { forEachConcurrent } from '../../domain/for-each-concurrent.ts';
import { good, type Item } from '../../domain/item.ts';
import { PartitionMap, type TopicPartition } from '../../domain/kafka/partition.ts';
import type { MirrorNames } from '../../domain/offsets/names.ts';
import type { Side } from '../../ports/world.ts';
import type { StepIo } from '../kind.ts';

/** What a look-up by time gave for one group and partition. */
export interface ByTime {
	/** Time looked for, ms since the epoch; null: the group has read everything, or its record was not readable. */
	at: number | null;
	/** First offset on the target at or after it; null: no record is that new. */
	found: bigint | null;
	/** True when a person chose the time. */
	chosen: boolean;
	/** Why there is no time to go by, where something failed. */
	why?: string;
}

interface Wanted extends TopicPartition {
	group: string;
	source: bigint | null;
}

/**
 * The target's first offset at or after a time: the one given, or that of the record each group would read next on the
 * source. One look-up per partition and time, however many groups share it.
 */
export async function lookUpByTime(
	io: StepIo,
	names: MirrorNames,
	tuples: readonly Wanted[],
	given: number | null,
): Promise<ByTime[]> {
	const times = given === null ? await timesOfNext(io.from, names, tuples) : tuples.map(() => given);
	const wanted = new PartitionMap<Set<number>>();
	for (const [i, tuple] of tuples.entries()) {
		const time = times[i];
		if (typeof time === 'number') wanted.set(tuple, (wanted.get(tuple) ?? new Set()).add(time));
	}
	const found = await firstsAt(io.to, wanted, given === null);
	return tuples.map((tuple, i) => {
		const first = found.get(tuple)?.get(times[i] ?? Number.NaN);
		// Not answered is not "none is that new": that would be the log end, and skip.
		const unknown = { at: null, found: null, chosen: given !== null };
		if (!first) return unknown;
		return first.ok
			? { at: times[i] ?? null, found: first.value, chosen: given !== null }
			: { ...unknown, why: `the look-up by time failed: ${first.error.message}` };
	});
}

/** Per partition and time the first offset there; null: none is that new. One request can ask for one time per partition: as many rounds as one has times. */
async function firstsAt(
	to: Side,
	wanted: PartitionMap<Set<number>>,
	own: boolean,
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
			const behind = item.ok && own && item.value !== null ? good(await pastMarkers(to, at, time, item.value)) : item;
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

/** Timestamp of the record each group reads next on the source; one reading per position, however many groups stand there. */
async function timesOfNext(
	from: Side,
	{ onSource }: MirrorNames,
	tuples: readonly Wanted[],
): Promise<(number | null)[]> {
	const places = tuples.map(({ topic, partition }) => {
		const name = onSource(topic);
		return name === null ? null : { topic: name, partition };
	});
	const standing = new PartitionMap<Map<bigint, number | null>>();
	for (const [i, at] of places.entries()) {
		const source = tuples[i]?.source ?? null;
		if (at && source !== null) standing.set(at, (standing.get(at) ?? new Map()).set(source, null));
	}
	const edges = await from.records.edges([...standing.keys()]);
	const positions = [...standing].flatMap(([at, of]) => [...of.keys()].map((position) => ({ at, of, position })));
	await forEachConcurrent(positions, atOnce, async ({ at, of, position }) => {
		const edge = edges.get(at);
		if (edge?.ok && position < edge.value.end) of.set(position, await timeAt(from, at, position, edge.value.end));
	});
	return places.map((at, i) => {
		const source = tuples[i]?.source ?? null;
		return at && source !== null ? (standing.get(at)?.get(source) ?? null) : null;
	});
}

async function timeAt({ records }: Side, at: TopicPartition, position: bigint, end: bigint): Promise<number | null> {
	for await (const { timestamp } of records.read(at, position, end, { isolation: 'committed', maxBytes: 1_024 }))
		return Number(timestamp);
	return null;
}
