import type { RecordsBatch } from '@platformatic/kafka';
import type { KafkaRecord } from '../../ports/records.ts';

/** What one fetch gave of one partition. */
export interface FetchedLog {
	batches: readonly RecordsBatch[];
	/** Aborted transactions overlapping what was fetched (only with read_committed). */
	aborted: readonly { producerId: bigint; firstOffset: bigint }[];
}

// Bits of a batch's attributes (Kafka's DefaultRecordBatch).
const logAppendTime = 0x08;
const transactional = 0x10;
const control = 0x20;

export const batchEnd = (batch: RecordsBatch): bigint => batch.firstOffset + BigInt(batch.lastOffsetDelta) + 1n;

/**
 * Data records with offsets in [from, to). Control batches are dropped, and with `committed` the records of aborted
 * transactions, found as Kafka's own consumer finds them: a producer's records are aborted from the first offset in the
 * list until its abort marker.
 */
export function* dataRecords(
	topic: string,
	partition: number,
	log: FetchedLog,
	range: { from: bigint; to: bigint; committed: boolean },
): Generator<KafkaRecord> {
	const starts = [...log.aborted].sort((a, b) => (a.firstOffset < b.firstOffset ? -1 : 1));
	const aborting = new Set<bigint>();
	let next = 0;
	for (const batch of log.batches) {
		for (let start = starts[next]; start && start.firstOffset < batchEnd(batch); start = starts[++next])
			aborting.add(start.producerId);
		if (batch.attributes & control) {
			if (isAbortMarker(batch)) aborting.delete(batch.producerId);
			continue;
		}
		if (range.committed && batch.attributes & transactional && aborting.has(batch.producerId)) continue;
		yield* inRange(topic, partition, batch, range);
	}
}

/** A control record's key is INT16 version, INT16 type: 0 abort, 1 commit. */
function isAbortMarker(batch: RecordsBatch): boolean {
	const key = batch.records[0]?.key;
	return key != null && key.length >= 4 && key.readInt16BE(2) === 0;
}

function* inRange(
	topic: string,
	partition: number,
	batch: RecordsBatch,
	range: { from: bigint; to: bigint },
): Generator<KafkaRecord> {
	const appended = (batch.attributes & logAppendTime) !== 0;
	for (const record of batch.records) {
		const offset = batch.firstOffset + BigInt(record.offsetDelta);
		if (offset < range.from || offset >= range.to) continue;
		yield {
			topic,
			partition,
			offset,
			timestamp: appended ? batch.maxTimestamp : batch.firstTimestamp + record.timestampDelta,
			timestampType: appended ? 'log-append' : 'create',
			key: record.key,
			value: record.value,
			headers: record.headers.map(([key, value]) => [key ?? Buffer.alloc(0), value] as const),
		};
	}
}
