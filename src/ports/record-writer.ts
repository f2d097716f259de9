import type { TopicPartition } from '../domain/kafka/partition.ts';
import type { KafkaRecord } from '../domain/kafka/record.ts';

/** A record to be written, with its own timestamp. */
export type NewRecord = Pick<KafkaRecord, 'key' | 'value' | 'headers' | 'timestamp'>;

/** Writing records as they are. */
export interface RecordWriter {
	/**
	 * Appends these records in this order as one batch (some hundred KiB at most), acknowledged by all in-sync replicas. Never repeats a write by
	 * itself. @throws KDR_NOT_PERMITTED, KDR_TOPIC_MISSING, KDR_OUTCOME_UNKNOWN when no answer came
	 */
	append(at: TopicPartition, records: readonly NewRecord[]): Promise<void>;
}
