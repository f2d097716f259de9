import { PartitionMap, type TopicPartition } from '../../domain/kafka/partition.ts';
import type { KafkaRecord } from '../../domain/kafka/record.ts';
import { type Identity, identityOf, type Sample } from '../../domain/offsets/content.ts';
import type { LogEdges } from '../../ports/records.ts';
import type { Side } from '../../ports/world.ts';
import type { MoveContext, Sides } from './context.ts';

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
	const start = a.logStart > b.logStart ? a.logStart : b.logStart;
	const end = a.lastStable < b.lastStable ? a.lastStable : b.lastStable;
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
