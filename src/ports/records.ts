import type { Item } from '../domain/item.ts';
import type { PartitionMap, TopicPartition } from '../domain/kafka/partition.ts';
import type { KafkaRecord } from '../domain/kafka/record.ts';

/** The edges of one partition's log. Offsets are those of the next record, as Kafka's ListOffsets and Fetch give them. */
export interface LogEdges {
	/** First offset still there. */
	logStart: bigint;
	/** High watermark: the next offset a read_uncommitted consumer would wait for. */
	end: bigint;
	/** Last stable offset: where a read_committed consumer waits; less than `end` while a transaction is open. */
	lastStable: bigint;
}

/** A producer with an id (idempotent or transactional) as the partition's leader remembers it; others are not seen. */
export interface ActiveProducer {
	producerId: bigint;
	/** Sequence number of its last record; wraps around. */
	lastSequence: number;
	/** Milliseconds since the epoch, as stamped on its last record: by its own clock. */
	lastTimestamp: bigint;
	/** First offset of its open transaction; null without one. */
	openFrom: bigint | null;
}

export interface ReadOptions {
	/** `committed` drops records of aborted transactions and stops at the last stable offset. */
	isolation: 'committed' | 'uncommitted';
	/** Stop after about this many bytes per partition and round trip (default 1 MiB). */
	maxBytes?: number;
}

export const committed = { isolation: 'committed' } as const;
/** For single records in the middle of a log, after which there may be much. */
export const few = { ...committed, maxBytes: 65_536 } as const;

/** Reading logs without joining a group, and without leaving one behind. */
export interface Records {
	/** Edges of many partitions at once: one request per leader. Per-partition errors inside. */
	edges(partitions: readonly TopicPartition[]): Promise<PartitionMap<Item<LogEdges>>>;
	/** Bytes that each partition's leader keeps on disk (DescribeLogDirs v3; needs DESCRIBE on the cluster). Per-partition errors inside. */
	sizes(partitions: readonly TopicPartition[]): Promise<PartitionMap<Item<bigint>>>;
	/** First offset whose timestamp is at or after `timestamp` (ms); null where none is (ListOffsets answers -1). */
	offsetsAt(wanted: PartitionMap<bigint>): Promise<PartitionMap<Item<bigint | null>>>;
	/** Time of the first record of each partition's log, ms, as ListOffsets gives it (markers count); null where none has a time. One request per leader. */
	firstTimes(partitions: readonly TopicPartition[]): Promise<PartitionMap<Item<bigint | null>>>;
	/** Data records from `from` up to (not including) `to`, in order. */
	read(at: TopicPartition, from: bigint, to: bigint, options: ReadOptions): AsyncIterable<KafkaRecord>;
	/** Producers with an id that wrote to each partition within the broker's memory of them (DescribeProducers v0). Per-partition errors inside. */
	producers(partitions: readonly TopicPartition[]): Promise<PartitionMap<Item<ActiveProducer[]>>>;
	/**
	 * The last data record before `end` of each partition, null where the log holds none; scans back past
	 * markers, aborted transactions and compacted stretches.
	 */
	last(ends: PartitionMap<bigint>, options: ReadOptions): Promise<PartitionMap<Item<KafkaRecord | null>>>;
}

export type { KafkaRecord };
