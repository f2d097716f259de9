import { max, min } from '../../domain/bigint.ts';
import { forEachConcurrent } from '../../domain/for-each-concurrent.ts';
import type { Item } from '../../domain/item.ts';
import { PartitionMap, type TopicPartition } from '../../domain/kafka/partition.ts';
import { type KafkaRecord, sameContent } from '../../domain/kafka/record.ts';
import { type Identity, identityOf, type Sample } from '../../domain/offsets/content.ts';
import type { TimeFacts } from '../../domain/offsets/place.ts';
import type { LogEdges } from '../../ports/records.ts';
import type { Side } from '../../ports/world.ts';
import type { MoveContext, Sides } from './context.ts';
import type { ReadPartition } from './read.ts';

type Wanted = TopicPartition & Pick<ReadPartition, 'onSource' | 'source'>;

/** Readings under way at once. */
const atOnce = 16;

/** So far the record itself is looked for behind what the look-up by time found. */
const longestLook = 50_000n;

/**
 * The target's first offset at or after the time of the record each group would read next on the source. A time proves something only
 * where that record itself lies at or after what was found, under its own time: not where the target stamps append time, and not where the
 * record was compacted away. One look-up per partition and record, however many groups share it.
 */
export async function lookUpByTime<T extends Wanted>(io: Sides, partitions: readonly T[]): Promise<Map<T, TimeFacts>> {
	const next = await nextRecords(io.from, partitions);
	const wanted = new PartitionMap<Map<bigint, KafkaRecord>>();
	for (const [one, record] of next)
		wanted.set(one, (wanted.get(one) ?? new Map<bigint, KafkaRecord>()).set(record.offset, record));
	const found = await placesOf(io.to, wanted);
	return new Map(
		partitions.map((one) => {
			const record = next.get(one);
			const facts = record && found.get(one)?.get(record.offset);
			// Not answered is not "none is that new": that would be the log end, and skip.
			return [one, facts ?? { at: null, found: null }];
		}),
	);
}

/** Per partition and record what its time leads to. One request can ask for one time per partition: as many rounds as one has records. */
async function placesOf(
	to: Side,
	wanted: PartitionMap<Map<bigint, KafkaRecord>>,
): Promise<PartitionMap<Map<bigint, TimeFacts>>> {
	const found = wanted.map(() => new Map<bigint, TimeFacts>());
	const records = wanted.map((all) => [...all.values()]);
	const most = [...records.values()].reduce((longest, { length }) => Math.max(longest, length), 0);
	const rounds = Array.from({ length: most }, (_, round) => round);
	await forEachConcurrent(rounds, atOnce, async (round) => {
		const asked = PartitionMap.from(
			[...records].flatMap(([at, all]) => (all[round] ? [[at, all[round]] as const] : [])),
		);
		const offsets = [...(await to.records.offsetsAt(asked.map(({ timestamp }) => timestamp)))];
		await forEachConcurrent(offsets, atOnce, async ([at, item]) => {
			const record = asked.get(at);
			if (record) found.get(at)?.set(record.offset, await factsOf(to, at, record, item));
		});
	});
	return found;
}

async function factsOf(
	to: Side,
	at: TopicPartition,
	record: KafkaRecord,
	item: Item<bigint | null>,
): Promise<TimeFacts> {
	const nothing = (why: string): TimeFacts => ({ at: null, found: null, why });
	if (!item.ok) return nothing(`the look-up by time failed: ${item.error.message}`);
	if (record.timestamp < 0n) return nothing('the record at its position has no timestamp');
	const time = Number(record.timestamp);
	if (item.value === null) return notThatNew(to, at, time);
	let first: bigint | null = null;
	const options = { isolation: 'committed', maxBytes: 65_536 } as const;
	for await (const one of to.records.read(at, item.value, item.value + longestLook, options)) {
		if (one.timestampType === 'log-append')
			return nothing(`${to.alias} stamps its own append time: times of the records say nothing there`);
		// Kafka's look-up finds transaction markers too, which bear the mirror's clock: the record lies further on.
		if (one.timestamp < record.timestamp) continue;
		first ??= one.offset;
		if (sameContent(one, record)) return { at: time, found: first };
	}
	return nothing(`the record at its position is not on ${to.alias}: its time proves nothing`);
}

/** No record there is that new. What is not mirrored yet comes at the log end; where the broker stamps append time, that says nothing. */
async function notThatNew(to: Side, at: TopicPartition, time: number): Promise<TimeFacts> {
	const edge = (await to.records.edges([at])).get(at);
	const last = edge?.ok
		? (await to.records.last(PartitionMap.from([[at, edge.value.end] as const]), { isolation: 'committed' })).get(at)
		: undefined;
	if (!last?.ok) return { at: null, found: null, why: `the log of ${at.topic} ${at.partition} was not readable` };
	return last.value?.timestampType === 'log-append'
		? { at: null, found: null, why: `${to.alias} stamps its own append time: times of the records say nothing there` }
		: { at: time, found: null };
}

/** The record each group reads next on the source; one reading per position, however many groups are there. */
async function nextRecords<T extends Wanted>(from: Side, partitions: readonly T[]): Promise<Map<T, KafkaRecord>> {
	const positions = new PartitionMap<Map<bigint, KafkaRecord | null>>();
	for (const { onSource, source } of partitions)
		if (onSource && source !== null) positions.set(onSource, (positions.get(onSource) ?? new Map()).set(source, null));
	const edges = await from.records.edges([...positions.keys()]);
	const all = [...positions].flatMap(([at, of]) => [...of.keys()].map((position) => ({ at, of, position })));
	await forEachConcurrent(all, atOnce, async ({ at, of, position }) => {
		const edge = edges.get(at);
		if (edge?.ok && position < edge.value.end) of.set(position, await recordAt(from, at, position, edge.value.end));
	});
	const next = new Map<T, KafkaRecord>();
	for (const one of partitions) {
		const record = one.onSource && one.source !== null ? positions.get(one.onSource)?.get(one.source) : null;
		if (record) next.set(one, record);
	}
	return next;
}

async function recordAt(
	{ records }: Side,
	at: TopicPartition,
	position: bigint,
	end: bigint,
): Promise<KafkaRecord | null> {
	for await (const record of records.read(at, position, end, { isolation: 'committed', maxBytes: 1_024 }))
		return record;
	return null;
}

/**
 * Whether the offsets of each partition mean the same on both clusters. Compared are the first and the last record both hold, one in
 * the middle, and the one at each group's position: a mirror that ever dropped, doubled or added anything differs from there on.
 */
export async function observeIdentity(
	io: Sides,
	ctx: MoveContext,
	tuples: readonly (TopicPartition & { source: bigint | null })[],
): Promise<PartitionMap<Identity>> {
	const positions = new PartitionMap<Set<bigint>>();
	for (const { topic, partition, source } of tuples) {
		const known = positions.get({ topic, partition }) ?? new Set<bigint>();
		if (source !== null) known.add(source);
		positions.set({ topic, partition }, known);
	}
	if (!ctx.fromAlive)
		return positions.map(() => ({ kind: 'unknown', why: `${io.from.alias} does not answer: nothing to compare with` }));
	const places = [...positions.keys()];
	const [source, target] = await Promise.all([io.from.records.edges(places), io.to.records.edges(places)]);
	const found = await Promise.all(
		[...positions].map(async ([at, wanted]) => {
			const [a, b] = [source.get(at), target.get(at)];
			if (!a?.ok || !b?.ok) return [at, { kind: 'unknown', why: 'a log was not readable' }] as const;
			return [at, identityOf(await samples(io, at, a.value, b.value, wanted))] as const;
		}),
	);
	return PartitionMap.from<Identity>(found);
}

async function samples(
	io: Sides,
	at: TopicPartition,
	a: LogEdges,
	b: LogEdges,
	wanted: ReadonlySet<bigint>,
): Promise<Sample[]> {
	const start = max(a.logStart, b.logStart);
	const end = min(a.lastStable, b.lastStable);
	if (start >= end) return [];
	const inside = [...wanted].filter((offset) => offset >= start && offset < end);
	const firsts = [...new Set([start, start + (end - start) / 2n, ...inside])].map(async (offset) => {
		const [source, target] = await Promise.all([first(io.from, at, offset, end), first(io.to, at, offset, end)]);
		return { at: offset, source, target };
	});
	const ends = PartitionMap.from([[at, end] as const]);
	const lasts = [io.from, io.to].map(async ({ records }) => {
		const item = (await records.last(ends, { isolation: 'committed' })).get(at);
		if (item && !item.ok) throw item.error;
		return item?.value ?? null;
	});
	const [source = null, target = null] = await Promise.all(lasts);
	return [...(await Promise.all(firsts)), { at: end - 1n, source, target }];
}

async function first({ records }: Side, at: TopicPartition, from: bigint, end: bigint): Promise<KafkaRecord | null> {
	for await (const record of records.read(at, from, end, { isolation: 'committed', maxBytes: 1_024 })) return record;
	return null;
}
