import { PartitionMap, type TopicPartition } from '../domain/kafka/partition.ts';
import type { Side } from '../ports/world.ts';
import type { StepIo } from './kind.ts';

/** What a look-up by time gave for one group and partition. */
export interface ByTime {
	/** Time looked for, ms since the epoch; null: the group has read everything, or its record was not readable. */
	at: number | null;
	/** First offset on the target at or after it; null: no record is that new. */
	found: bigint | null;
	/** True when a person chose the time. */
	chosen: boolean;
}

interface Wanted extends TopicPartition {
	group: string;
	source: bigint | null;
}

/**
 * The target's first offset at or after a time: the one given, or that of the record each group would read next on the
 * source. One look-up per partition for a given time, one per group and partition otherwise.
 */
export async function lookUpByTime(io: StepIo, tuples: readonly Wanted[], given: number | null): Promise<ByTime[]> {
	const times = given === null ? await Promise.all(tuples.map((tuple) => timeOfNext(io.from, tuple))) : tuples.map(() => given);
	const groups = given === null ? Map.groupBy(tuples.keys(), (i) => tuples[i]?.group) : new Map([[undefined, tuples.keys()]]);
	const found: (bigint | null)[] = tuples.map(() => null);
	await Promise.all(
		[...groups.values()].map(async (members) => {
			const of = [...members];
			const wanted = PartitionMap.from(of.flatMap((i) => entry(tuples[i], times[i])));
			const offsets = await io.to.records.offsetsAt(wanted);
			for (const i of of) {
				const tuple = tuples[i];
				const item = tuple && offsets.get(tuple);
				if (item?.ok) found[i] = item.value;
			}
		}),
	);
	return tuples.map((_, i) => ({ at: times[i] ?? null, found: found[i] ?? null, chosen: given !== null }));
}

const entry = (tuple: Wanted | undefined, time: number | null | undefined): (readonly [TopicPartition, bigint])[] =>
	tuple && typeof time === 'number' ? [[tuple, BigInt(time)]] : [];

/** Timestamp of the record a group reads next on the source. */
async function timeOfNext(from: Side, { topic, partition, source }: Wanted): Promise<number | null> {
	if (source === null) return null;
	const at = { topic, partition };
	const edge = (await from.records.edges([at])).get(at);
	if (!edge?.ok || source >= edge.value.end) return null;
	for await (const record of from.records.read(at, source, edge.value.end, { isolation: 'committed', maxBytes: 1_024 }))
		return Number(record.timestamp);
	return null;
}
