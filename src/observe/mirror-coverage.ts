import type { LinkConfig } from '../domain/config/link.ts';
import type { TopicPartition } from '../domain/kafka/partition.ts';
import type { Side } from '../ports/world.ts';
import { positionsOf } from './connectors.ts';
import { scopePartitions } from './scope.ts';

/** Partitions of a link that waiting will never see mirrored. */
export interface MirrorCoverage {
	/** They hold records, the standby has none of them, and no connector has a position: so far, or for good where it began at the newest. */
	never: TopicPartition[];
	/** A connector's position is past the end of the log: of another log, deleted since. */
	pastEnd: TopicPartition[];
}

/** Positions are read before the log ends: one past an end that was read later is past it for certain. */
export async function observeCoverage(from: Side, to: Side, link: LinkConfig): Promise<MirrorCoverage> {
	const positions = await positionsOf(to, from.alias, link);
	const partitions = await scopePartitions(from, link);
	const edges = await from.records.edges(partitions);
	const unplaced = partitions.filter((at) => {
		const edge = edges.get(at);
		return !positions.has(at) && edge?.ok && edge.value.end > edge.value.logStart;
	});
	const copies = await to.records.edges(unplaced);
	const pastEnd = partitions.filter((at) => {
		const [edge, position] = [edges.get(at), positions.get(at)];
		return edge?.ok && position !== undefined && position >= edge.value.end;
	});
	const isEmpty = (at: TopicPartition): boolean => {
		const copy = copies.get(at);
		return copy?.ok === true && copy.value.end === copy.value.logStart;
	};
	return { never: unplaced.filter(isEmpty), pastEnd };
}
