import type { TopicPartition } from '../../domain/kafka/partition.ts';
import { partitionKey } from '../../domain/kafka/partition.ts';
import type { LogRecord, SideDump } from './history.ts';
import type { Produced } from './produced.ts';

/** What a read_committed reader finds on one side, by identity. */
export interface LogIndex {
	alias: string;
	cluster: string;
	/** Copies per id, over all partitions. */
	copies: ReadonlyMap<string, number>;
	/** Highest `seq` of each key per partition. Only of compacted topics. */
	newest: ReadonlyMap<string, number>;
}

export function indexLogs(
	side: SideDump,
	produced: ReadonlyMap<string, Produced>,
	compacted: ReadonlySet<string>,
): LogIndex {
	const copies = new Map<string, number>();
	const newest = new Map<string, number>();
	for (const [at, log] of side.logs) {
		for (const { id, key } of visible(log.records)) {
			copies.set(id, (copies.get(id) ?? 0) + 1);
			const sent = produced.get(id);
			if (!sent || key === null || !compacted.has(at.topic)) continue;
			const slot = keySlot(at, key);
			newest.set(slot, Math.max(sent.seq, newest.get(slot) ?? 0));
		}
	}
	return { alias: side.alias, cluster: side.cluster, copies, newest };
}

/** Records a read_committed reader gets and that are the traffic's. */
export function* visible(records: Iterable<LogRecord>): Generator<LogRecord & { id: string }> {
	for (const record of records)
		if (record.state === 'visible' && record.id !== null) yield record as LogRecord & { id: string };
}

/** Present, or on a compacted topic rightly gone because a newer record of its key is there. */
export function isKept(index: LogIndex, record: Produced): boolean {
	if (index.copies.has(record.id)) return true;
	if (record.key === null) return false;
	return (index.newest.get(keySlot(record, record.key)) ?? 0) > record.seq;
}

const keySlot = (at: TopicPartition, key: string): string => `${partitionKey(at.topic, at.partition)}/${key}`;
