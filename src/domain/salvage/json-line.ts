import type { KafkaRecord } from '../kafka/record.ts';
import type { Fate } from './tail-record.ts';

/** One record as a line of JSON without loss: bytes in base64, int64 as decimal strings, null apart from empty. */
export function recordLine(record: KafkaRecord, cluster: string, fate: Fate): string {
	const { topic, partition, offset, timestamp, timestampType, key, value, headers } = record;
	const text = (bytes: Buffer | null): string | null => bytes?.toString('base64') ?? null;
	return `${JSON.stringify({
		cluster,
		topic,
		partition,
		offset: String(offset),
		timestamp: String(timestamp),
		timestampType,
		key: text(key),
		value: text(value),
		headers: headers.map(([name, content]) => [text(name), text(content)]),
		fate,
	})}\n`;
}
