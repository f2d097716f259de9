import type { LogRecord } from './history.ts';
import { identityHeaderBytes, identityOf } from './identity.ts';

/** The part of a record batch, as Kafka stores it, that tells what a reader makes of its records (message format v2). */
export interface RawBatch {
	firstOffset: bigint;
	attributes: number;
	producerId: bigint;
	records: readonly {
		offsetDelta: number;
		key: Buffer | null;
		value: Buffer | null;
		headers: readonly (readonly [Buffer | null, Buffer | null])[];
	}[];
}

const transactional = 0x10;
const control = 0x20;

/**
 * Reads batches in order and tells from the transaction markers themselves (control record type 0: abort, 1: commit) what a
 * read_committed reader gets, rather than from the broker's index of aborted transactions.
 */
export class LogScan {
	readonly records: LogRecord[] = [];
	readonly #open = new Map<bigint, LogRecord[]>();

	add(batch: RawBatch): void {
		if (batch.attributes & control) this.#end(batch);
		else for (const record of batch.records) this.#record(batch, record);
	}

	#record({ firstOffset, attributes, producerId }: RawBatch, raw: RawBatch['records'][number]): void {
		const header = raw.headers.find(([name]) => name?.equals(identityHeaderBytes))?.[1] ?? null;
		const inTransaction = (attributes & transactional) !== 0;
		const record: LogRecord = {
			offset: firstOffset + BigInt(raw.offsetDelta),
			...identityOf({ value: raw.value, header }),
			key: raw.key?.toString('utf8') ?? null,
			state: inTransaction ? 'open' : 'visible',
		};
		this.records.push(record);
		if (!inTransaction) return;
		const pending = this.#open.get(producerId) ?? [];
		this.#open.set(producerId, pending);
		pending.push(record);
	}

	#end({ producerId, records }: RawBatch): void {
		const type = records[0]?.key?.readInt16BE(2);
		if (type !== 0 && type !== 1) return;
		for (const record of this.#open.get(producerId) ?? []) record.state = type === 1 ? 'visible' : 'aborted';
		this.#open.delete(producerId);
	}
}
