import type { LinkConfig } from '../domain/config/link.ts';
import { splitItems } from '../domain/item.ts';
import { PartitionMap, type TopicPartition } from '../domain/kafka/partition.ts';
import type { Side } from '../ports/world.ts';
import { positionsOf } from './connectors.ts';
import { scopePartitions } from './scope.ts';

/** A partition and how many records of it are at most on the source alone. */
export interface Unmirrored extends TopicPartition {
	records: bigint;
}

/** Partitions of a link that waiting will never see mirrored. */
export interface MirrorCoverage {
	/** They hold records, the standby has none of them, and no connector has a position: so far, or for good where it began at the newest. */
	never: Unmirrored[];
	/** A connector's position is past the end of the log: of another log, deleted since. */
	pastEnd: TopicPartition[];
	/** Neither is known of these: a log end was not readable. */
	unknown: TopicPartition[];
}

/** Positions are read before the log ends: one past an end that was read later is past it for certain. */
export async function observeCoverage(from: Side, to: Side, link: LinkConfig): Promise<MirrorCoverage> {
	const positions = await positionsOf(to, from, link);
	const partitions = await scopePartitions(from, link);
	const edges = await from.records.edges(partitions);
	const { read, failed } = splitItems(edges);
	const unplaced = read.flatMap(([at, { end, logStart }]) =>
		!positions.has(at) && end > logStart ? [{ ...at, records: end - logStart }] : [],
	);
	const counts = PartitionMap.from(unplaced.map((at) => [at, at.records]));
	const copies = splitItems(await to.records.edges(unplaced));
	const unread = [...failed, ...copies.failed.filter(([, { code }]) => code !== 'KDR_TOPIC_MISSING')];
	return {
		never: copies.read.flatMap(([at, { end, logStart }]) =>
			end === logStart ? [{ ...at, records: counts.get(at) ?? 0n }] : [],
		),
		pastEnd: read.flatMap(([at, { end }]) => ((positions.get(at) ?? -1n) >= end ? [at] : [])),
		unknown: unread.map(([at]) => at),
	};
}
