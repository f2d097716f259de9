import { max } from '../domain/bigint.ts';
import { valueOrNull } from '../domain/item.ts';
import { PartitionMap } from '../domain/kafka/partition.ts';
import { type KafkaRecord, sameContent } from '../domain/kafka/record.ts';
import type { Side } from '../ports/world.ts';

/** The last data record of a partition on both sides, and the mirrored position, up to a flush interval old. */
interface Ends {
	sourceLast: KafkaRecord | null;
	targetLast: KafkaRecord | null;
	position: bigint | null;
}

/** How many records are looked through for a twin at most; beyond, there may be one. */
const longestLook = 50_000n;

/**
 * Partitions whose last records look the same although that proves nothing: an identical record lies before the last one on the source, at
 * the mirrored position or after it, and may be the one that was copied. Only where the position does not settle it anyway.
 */
export async function findTwins(source: Side, ends: PartitionMap<Ends>): Promise<PartitionMap<true>> {
	const alike = PartitionMap.from(
		[...ends].flatMap(([at, { sourceLast, targetLast, position }]) => {
			if (!sourceLast || !targetLast || !sameContent(sourceLast, targetLast)) return [];
			if (position !== null && position >= sourceLast.offset) return [];
			const dated = sourceLast.timestampType === 'create' && targetLast.timestampType === 'create';
			return [[at, { last: sourceLast, least: position ?? 0n, dated }] as const];
		}),
	);
	// Identical records bear the same time: the first one that new bounds the search, usually to nothing.
	const dated = PartitionMap.from(
		[...alike].flatMap(([at, { last, dated }]) => (dated ? [[at, last.timestamp] as const] : [])),
	);
	const first = dated.size > 0 ? await source.records.offsetsAt(dated) : new PartitionMap<never>();
	const looks = [...alike].map(async ([at, { last, least }]) => {
		const found = first.get(at);
		// The record at the position counts: the copy on the target may be of that one.
		const from = max(valueOrNull(found) ?? least, least);
		if (last.offset - from > longestLook) return [at];
		for await (const record of source.records.read(at, from, last.offset, { isolation: 'committed' }))
			if (sameContent(record, last)) return [at];
		return [];
	});
	return PartitionMap.from((await Promise.all(looks)).flat().map((at) => [at, true as const]));
}
