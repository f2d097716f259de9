import { valueOrThrow } from '../domain/item.ts';
import { PartitionMap, type TopicPartition } from '../domain/kafka/partition.ts';
import { type KafkaRecord, sameContent } from '../domain/kafka/record.ts';
import type { LogEdges, ReadOptions } from '../ports/records.ts';
import type { Side } from '../ports/world.ts';

const committed = { isolation: 'committed' } as const;
/** Offsets looked through around the place that a time points to. */
const longestLook = 20_000n;

/** The oldest data record there is. */
export async function firstRecord(
	{ records }: Side,
	at: TopicPartition,
	{ logStart, lastStable }: LogEdges,
	options: ReadOptions = committed,
): Promise<KafkaRecord | null> {
	for await (const record of records.read(at, logStart, lastStable, options)) return record;
	return null;
}

/** Offset of the last record that is the same as `wanted`, among those of its time; null when none is found near it. */
export async function findTwin(
	{ records }: Side,
	at: TopicPartition,
	wanted: KafkaRecord,
	{ logStart, lastStable }: LogEdges,
	options: ReadOptions = committed,
): Promise<bigint | null> {
	const found =
		wanted.timestampType === 'create'
			? (await records.offsetsAt(PartitionMap.from([[at, wanted.timestamp]]))).get(at)
			: null;
	if (found && !found.ok) throw found.error;
	if (found?.ok && found.value === null) return null;
	const from = found?.ok && found.value !== null ? found.value : logStart;
	const to = from + longestLook < lastStable ? from + longestLook : lastStable;
	let twin: bigint | null = null;
	for await (const record of records.read(at, from, to, options)) {
		if (sameContent(record, wanted)) twin = record.offset;
		else if (twin !== null) return twin;
	}
	return twin;
}

export type Comparison =
	| { kind: 'equal'; records: bigint }
	| {
			kind: 'differs';
			why: string /** That are missing or not the same, at most; absent: not counted. */;
			records?: bigint;
	  }
	| { kind: 'unknown'; why: string };

/** One side's log of a partition. */
export interface Log {
	side: Side;
	edge: LogEdges;
}

/**
 * Whether one log is the other's mirror as far as it reaches: counted from a record that both begin with, its last record must be
 * the other's record of the same number. Reads the active side whole: markers and gaps there take offsets, so that a record copied twice
 * would not show in the offsets alone.
 */
export async function compareLogs(
	active: Log,
	rebuilt: Log,
	at: TopicPartition,
	options: ReadOptions,
): Promise<Comparison> {
	const [a, r] = await Promise.all([active, rebuilt].map(({ side, edge }) => firstRecord(side, at, edge, options)));
	if (!r) return a ? { kind: 'differs', why: 'nothing there yet' } : { kind: 'equal', records: 0n };
	if (!a) return { kind: 'differs', why: 'records there that the active side does not have' };
	const anchor = await commonStart({ ...active, first: a }, { ...rebuilt, first: r }, at, options);
	if (!anchor) return { kind: 'unknown', why: 'no record that both begin with: retention has moved on' };
	const ends = PartitionMap.from([[at, rebuilt.edge.lastStable]]);
	const last = valueOrThrow((await rebuilt.side.records.last(ends, options)).get(at));
	if (!last) return { kind: 'unknown', why: 'its last record cannot be read' };
	const most = last.offset - anchor.rebuilt + 1n;
	const place = await placeOf(active, at, { from: anchor.active, last, most, options });
	if (place === most) return { kind: 'equal', records: most };
	// Markers of an exactly-once mirror take offsets of the copy too.
	let records = 0n;
	for await (const _ of rebuilt.side.records.read(at, anchor.rebuilt, last.offset + 1n, options)) records++;
	if (place === records) return { kind: 'equal', records };
	return {
		kind: 'differs',
		why: `its last record is number ${records} there and ${place ?? 'none'} on the active side`,
	};
}

/** Which number the last record is that looks like `last`, among `most` at most; null when none does. */
async function placeOf(
	{ side, edge }: Log,
	at: TopicPartition,
	{ from, last, most, options }: { from: bigint; last: KafkaRecord; most: bigint; options: ReadOptions },
): Promise<bigint | null> {
	let [counted, place] = [0n, null as bigint | null];
	for await (const record of side.records.read(at, from, edge.lastStable, options)) {
		counted++;
		if (sameContent(record, last)) place = counted;
		if (counted === most) break;
	}
	return place;
}

interface Anchor {
	active: bigint;
	rebuilt: bigint;
}

/** Either may have lost its oldest records to retention meanwhile. */
async function commonStart(
	active: Log & { first: KafkaRecord },
	rebuilt: Log & { first: KafkaRecord },
	at: TopicPartition,
	options: ReadOptions,
): Promise<Anchor | null> {
	if (sameContent(active.first, rebuilt.first)) return { active: active.first.offset, rebuilt: rebuilt.first.offset };
	const inRebuilt = await findTwin(rebuilt.side, at, active.first, rebuilt.edge, options);
	if (inRebuilt !== null) return { active: active.first.offset, rebuilt: inRebuilt };
	const inActive = await findTwin(active.side, at, rebuilt.first, active.edge, options);
	return inActive === null ? null : { active: inActive, rebuilt: rebuilt.first.offset };
}
