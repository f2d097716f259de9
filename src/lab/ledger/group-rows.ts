import type { TopicPartition } from '../../domain/kafka/partition.ts';
import { PartitionMap } from '../../domain/kafka/partition.ts';
import type { GroupWork } from './consumed.ts';
import type { LogRecord, SideDump } from './history.ts';
import { visible } from './log-index.ts';
import { OrderCheck } from './order.ts';
import type { Produced } from './produced.ts';

/** What one group made of one partition. */
export interface GroupRow extends TopicPartition {
	group: string;
	/** Different records processed. */
	processed: number;
	/** On the side the group ended on, below its position there, and never processed by anyone of the group. Must be 0. */
	skipped: number;
	/** Processings beyond the first, and the most for one record. */
	duplicated: number;
	worst: number;
	/** Breaks of a producer's order among first processings. */
	reordered: number;
	/** Refused or aborted records which the group was given. */
	phantoms: number;
	/** On that side, at or after the group's position, not processed yet. */
	remaining: number;
}

interface Tally {
	times: Map<string, number>;
	order: OrderCheck;
}

/** One row per partition the group reads or read. `side` is where it ended; null when it never had any activity. */
export function groupRows(work: GroupWork, side: SideDump | null, produced: ReadonlyMap<string, Produced>): GroupRow[] {
	const tallies = tally(work, produced);
	const partitions = new PartitionMap<true>();
	for (const at of tallies.keys()) partitions.set(at, true);
	for (const at of side?.logs.keys() ?? []) if (work.topics.has(at.topic)) partitions.set(at, true);
	return [...partitions.keys()].map((at) => {
		const { times, order } = tallies.get(at) ?? { times: new Map<string, number>(), order: new OrderCheck(produced) };
		const counts = [...times.values()].map((count) => count - 1);
		const left = side
			? unprocessed(side.logs.get(at)?.records ?? [], times, position(work, side, at))
			: { skipped: 0, remaining: 0 };
		return {
			group: work.group,
			...at,
			processed: times.size,
			duplicated: counts.reduce((sum, count) => sum + count, 0),
			worst: counts.reduce((most, count) => Math.max(most, count), 0),
			reordered: order.broken,
			phantoms: [...times.keys()].filter((id) => produced.get(id)?.outcome === 'never').length,
			...left,
		};
	});
}

function tally(work: GroupWork, produced: ReadonlyMap<string, Produced>): PartitionMap<Tally> {
	const tallies = new PartitionMap<Tally>();
	for (const { id, at } of work.processings.toSorted((a, b) => a.t - b.t)) {
		const known = tallies.get(at) ?? { times: new Map<string, number>(), order: new OrderCheck(produced) };
		tallies.set(at, known);
		known.times.set(id, (known.times.get(id) ?? 0) + 1);
		known.order.add(id);
	}
	return tallies;
}

/** The higher of what the cluster keeps for the group and what its clients did there. */
function position(work: GroupWork, side: SideDump, at: TopicPartition): bigint {
	const kept = side.committed.get(work.group)?.get(at) ?? 0n;
	const done = work.positions.get(side.cluster)?.get(at) ?? 0n;
	return kept > done ? kept : done;
}

/** A record with several copies is skipped only when every one lies below the position. */
function unprocessed(
	records: readonly LogRecord[],
	times: ReadonlyMap<string, number>,
	position: bigint,
): Pick<GroupRow, 'skipped' | 'remaining'> {
	const lastCopy = new Map<string, bigint>();
	for (const { id, offset } of visible(records)) if (!times.has(id)) lastCopy.set(id, offset);
	const skipped = [...lastCopy.values()].filter((offset) => offset < position).length;
	return { skipped, remaining: lastCopy.size - skipped };
}
