import type { TopicPartition } from '../kafka/partition.ts';
import type { KafkaRecord } from '../kafka/record.ts';

/** Header of a replayed record: where it came from. */
export const originHeader = Buffer.from('kdr-origin');

export interface Origin extends TopicPartition {
	cluster: string;
	offset: bigint;
}

/** `east/orders/3/1234`: no part but the first can hold a slash, and that one comes from kdr.yaml. */
export const originText = ({ cluster, topic, partition, offset }: Origin): string =>
	`${cluster}/${topic}/${partition}/${offset}`;

/** Origins a record carries; more than one when it was replayed more than once on its way. */
export function originsOf({ headers }: Pick<KafkaRecord, 'headers'>): string[] {
	return headers.flatMap(([name, value]) => (name.equals(originHeader) && value ? [value.toString('utf8')] : []));
}

/** The record as it is replayed: unchanged, with its origin in one more header. */
export function withOrigin(
	record: KafkaRecord,
	cluster: string,
): Pick<KafkaRecord, 'key' | 'value' | 'headers' | 'timestamp'> {
	const { key, value, headers, timestamp, topic, partition, offset } = record;
	const origin = Buffer.from(originText({ cluster, topic, partition, offset }));
	return { key, value, timestamp, headers: [...headers, [originHeader, origin]] };
}
