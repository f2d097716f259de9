import type { ActiveProducer, KafkaRecord, LogEdges } from '../../src/ports/records.ts';

export interface NewRecord {
	key?: Buffer | string | null;
	value?: Buffer | string | null;
	/** Milliseconds; default: now. */
	timestamp?: bigint;
	headers?: readonly (readonly [Buffer, Buffer | null])[];
}

interface Transaction {
	state: 'open' | 'committed' | 'aborted';
}

interface Entry {
	offset: bigint;
	timestamp: bigint;
	/** null for a transaction marker. */
	record: KafkaRecord | null;
	transaction: Transaction | null;
	producerId: bigint | null;
}

const bytes = (value: Buffer | string | null | undefined): Buffer | null =>
	value == null ? null : typeof value === 'string' ? Buffer.from(value) : value;

/** One partition's log as a broker keeps it: data, markers, gaps, open transactions. */
export class FakeLog {
	readonly topic: string;
	readonly partition: number;
	readonly timestampType: KafkaRecord['timestampType'];
	readonly #entries: Entry[] = [];
	#start = 0n;
	#end = 0n;

	constructor(topic: string, partition: number, timestampType: KafkaRecord['timestampType'] = 'create') {
		this.topic = topic;
		this.partition = partition;
		this.timestampType = timestampType;
	}

	edges(): LogEdges {
		const open = this.#entries.find(({ transaction }) => transaction?.state === 'open');
		return { logStart: this.#start, end: this.#end, lastStable: open?.offset ?? this.#end };
	}

	append(
		record: NewRecord,
		now: number,
		transaction: Transaction | null = null,
		producerId: bigint | null = null,
	): bigint {
		const offset = this.#end++;
		const timestamp = this.timestampType === 'create' ? (record.timestamp ?? BigInt(now)) : BigInt(now);
		const { topic, partition, timestampType } = this;
		const whole = {
			topic,
			partition,
			offset,
			timestamp,
			timestampType,
			key: bytes(record.key),
			value: bytes(record.value),
		};
		this.#entries.push({
			offset,
			timestamp,
			record: { ...whole, headers: record.headers ?? [] },
			transaction,
			producerId,
		});
		return offset;
	}

	/** A commit or abort marker; it takes an offset and carries wall-clock time. */
	mark(now: number): void {
		this.#entries.push({
			offset: this.#end++,
			timestamp: BigInt(now),
			record: null,
			transaction: null,
			producerId: null,
		});
	}

	/** Bytes of keys and values. */
	size(): bigint {
		return this.#entries.reduce(
			(sum, { record }) => sum + BigInt((record?.key?.length ?? 0) + (record?.value?.length ?? 0)),
			0n,
		);
	}

	/** What the leader remembers of producers with an id. */
	producers(): ActiveProducer[] {
		const known = new Map<bigint, ActiveProducer>();
		for (const { offset, timestamp, transaction, producerId } of this.#entries) {
			if (producerId === null) continue;
			const before = known.get(producerId);
			const openFrom = before?.openFrom ?? (transaction?.state === 'open' ? offset : null);
			known.set(producerId, {
				producerId,
				lastSequence: (before?.lastSequence ?? -1) + 1,
				lastTimestamp: timestamp,
				openFrom,
			});
		}
		return [...known.values()];
	}

	/** Offsets compaction has emptied. */
	skip(count: bigint): void {
		this.#end += count;
	}

	/** As the log cleaner: of each key only the newest committed record stays; the rest leaves gaps, and the end does not move. */
	compact(): void {
		const { lastStable } = this.edges();
		const newest = new Map<string, bigint>();
		for (const { key, offset } of this.read(0n, lastStable, 'committed')) if (key) newest.set(String(key), offset);
		const kept = this.#entries.filter(({ offset, record }) => {
			if (offset >= lastStable || !record?.key) return true;
			return newest.get(String(record.key)) === offset;
		});
		this.#entries.splice(0, this.#entries.length, ...kept);
	}

	/** Retention, or DeleteRecords: everything before `offset` goes. */
	deleteBefore(offset: bigint): void {
		this.#start = offset;
		const kept = this.#entries.filter((entry) => entry.offset >= offset);
		this.#entries.splice(0, this.#entries.length, ...kept);
	}

	/** Data records in [from, to) as a reader of that isolation sees them. */
	*read(from: bigint, to: bigint, isolation: 'committed' | 'uncommitted'): Generator<KafkaRecord> {
		const { lastStable } = this.edges();
		for (const { offset, record, transaction } of [...this.#entries]) {
			if (offset < from || offset >= to || record === null) continue;
			if (isolation === 'committed' && (offset >= lastStable || transaction?.state === 'aborted')) continue;
			yield record;
		}
	}

	firstTime(): bigint | null {
		return this.#entries.find(({ timestamp }) => timestamp >= 0n)?.timestamp ?? null;
	}

	/** As ListOffsets: markers count too, which is why times do not find positions on exactly-once targets. */
	offsetAt(timestamp: bigint): bigint | null {
		return this.#entries.find((entry) => entry.timestamp >= timestamp)?.offset ?? null;
	}
}
