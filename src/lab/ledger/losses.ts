import type { TopicPartition } from '../../domain/kafka/partition.ts';
import { PartitionMap } from '../../domain/kafka/partition.ts';
import type { LogRecord, SideDump } from './history.ts';
import type { LogIndex } from './log-index.ts';
import { isKept, visible } from './log-index.ts';
import { OrderCheck } from './order.ts';
import type { Produced } from './produced.ts';

/** What became of one partition's records. */
export interface PartitionRow extends TopicPartition {
	/** Answered by a cluster and, in a transaction, committed. */
	acked: number;
	/** Acked, and not on the active side. */
	lost: number;
	/** On the other side only: never mirrored. Lost ones that are still somewhere, and unanswered ones that are. */
	orphans: number;
	/** Refused or aborted, and seen all the same, on either side. */
	phantoms: number;
	/** Records damaged on either side: header and value disagree. */
	damaged: number;
	/** Copies beyond the first, per side. */
	duplicated: Record<string, number>;
	/** Breaks of a producer's order, per side. */
	reordered: Record<string, number>;
}

export interface Logs {
	produced: ReadonlyMap<string, Produced>;
	active: LogIndex;
	indexes: readonly LogIndex[];
}

/** One row per partition which has an acked record or any record of the traffic. */
export function partitionRows(sides: readonly SideDump[], { produced, active, indexes }: Logs): PartitionRow[] {
	const rows = new PartitionMap<PartitionRow>();
	const row = ({ topic, partition }: TopicPartition): PartitionRow => {
		const found = rows.get({ topic, partition }) ?? emptyRow(topic, partition, sides);
		rows.set({ topic, partition }, found);
		return found;
	};
	for (const record of produced.values()) {
		if (record.outcome === 'acked') row(record).acked++;
		if (record.outcome === 'acked' && !isKept(active, record)) row(record).lost++;
		if (record.outcome === 'never' && indexes.some((index) => index.copies.has(record.id))) row(record).phantoms++;
	}
	for (const side of sides) {
		for (const [at, log] of side.logs) {
			if (log.records.length > 0) countSide(row(at), side.alias, log.records, { produced, active, indexes });
		}
	}
	return [...rows.values()];
}

function emptyRow(topic: string, partition: number, sides: readonly SideDump[]): PartitionRow {
	const zeros = () => Object.fromEntries(sides.map(({ alias }) => [alias, 0]));
	return {
		topic,
		partition,
		acked: 0,
		lost: 0,
		orphans: 0,
		phantoms: 0,
		damaged: 0,
		duplicated: zeros(),
		reordered: zeros(),
	};
}

function countSide(row: PartitionRow, alias: string, records: readonly LogRecord[], logs: Logs): void {
	const seen = new Set<string>();
	const order = new OrderCheck(logs.produced);
	let duplicated = 0;
	for (const { id } of visible(records)) {
		order.add(id);
		if (seen.has(id)) duplicated++;
		else if (alias !== logs.active.alias && isOrphan(id, logs)) row.orphans++;
		seen.add(id);
	}
	row.damaged += records.filter(({ damaged }) => damaged).length;
	row.duplicated[alias] = duplicated;
	row.reordered[alias] = order.broken;
}

function isOrphan(id: string, { produced, active }: Logs): boolean {
	const record = produced.get(id);
	if (record?.outcome === 'never') return false;
	return record ? !isKept(active, record) : !active.copies.has(id);
}

/** Time span of the loss, ms: from the earliest ack of a lost record to the last ack the same cluster gave; 0 without loss. */
export function lossSpan({ produced, active }: Logs): number {
	const spans = new Map<string, { first: number; last: number }>();
	for (const record of produced.values()) {
		if (record.outcome !== 'acked' || record.cluster === null) continue;
		const span = spans.get(record.cluster) ?? { first: Number.POSITIVE_INFINITY, last: 0 };
		spans.set(record.cluster, span);
		span.last = Math.max(span.last, record.ackedAt);
		if (!isKept(active, record)) span.first = Math.min(span.first, record.ackedAt);
	}
	return Math.max(0, ...[...spans.values()].map(({ first, last }) => last - first).filter(Number.isFinite));
}
