import type { Producer, Transaction } from 'kafkajs';
import { KdrError } from '../../domain/errors/kdr-error.ts';
import { outcomeUnknown } from '../kafka-side/broker-errors.ts';
import { pause, within } from '../kafka-side/deadline.ts';
import type { KafkajsClient } from './client.ts';
import { protocolName } from './errors.ts';
import { loadKafkajs } from './load.ts';

/** A record for the one partition a lock writes to. */
export interface LockedRecord {
	topic: string;
	key: string;
	value: string;
}

/** Somebody else called initTransactions with our id since: this producer is done for. */
const fencedNames = new Set([
	'INVALID_PRODUCER_EPOCH',
	'PRODUCER_FENCED',
	'INVALID_PRODUCER_ID_MAPPING',
	'UNKNOWN_PRODUCER_ID',
	'TRANSACTION_COORDINATOR_FENCED',
]);
/** A fresh coordinator, a transaction still being ended, a topic just created: nothing was written, ask again. */
const passingNames = new Set([
	'CONCURRENT_TRANSACTIONS',
	'COORDINATOR_LOAD_IN_PROGRESS',
	'GROUP_LOAD_IN_PROGRESS',
	'COORDINATOR_NOT_AVAILABLE',
	'GROUP_COORDINATOR_NOT_AVAILABLE',
	'NOT_COORDINATOR',
	'NOT_COORDINATOR_FOR_GROUP',
	'LEADER_NOT_AVAILABLE',
	'NOT_LEADER_FOR_PARTITION',
	'UNKNOWN_TOPIC_OR_PARTITION',
]);
/** Values above this are compressed: a plan of many groups would not fit into a batch. */
const compressFrom = 65_536;
/** After this the broker aborts what a dead writer left open, ms. */
const transactionTimeoutMs = 10_000;

/**
 * The holder of a transactional id: writes one record per transaction, and stops being able to as soon as anyone else
 * initialises the same id.
 */
export class LockedProducer {
	readonly #client: KafkajsClient;
	readonly #id: string;
	readonly #producer: Producer;
	readonly #gzip: number;

	private constructor(client: KafkajsClient, id: string, producer: Producer, gzip: number) {
		this.#client = client;
		this.#id = id;
		this.#producer = producer;
		this.#gzip = gzip;
	}

	/** initTransactions: fences whoever held the id and aborts what they left open. */
	static async take(client: KafkajsClient, id: string): Promise<LockedProducer> {
		const doing = `take the lock ${id}`;
		const kafka = await client.kafka();
		const { CompressionTypes } = await loadKafkajs();
		const producer = kafka.producer({ transactionalId: id, transactionTimeout: transactionTimeoutMs, maxInFlightRequests: 1 });
		const locked = new LockedProducer(client, id, producer, CompressionTypes.GZIP);
		try {
			await client.guarded(doing, () => producer.connect());
			// An empty transaction sends nothing but the initialisation of the id.
			const empty = await locked.#begin(doing);
			await empty.abort();
			return locked;
		} catch (thrown) {
			await locked.close();
			throw thrown;
		}
	}

	#begin(doing: string): Promise<Transaction> {
		return this.#patiently(doing, () => this.#producer.transaction());
	}

	/**
	 * Writes the record in a transaction of its own and resolves when it is committed.
	 * @throws KDR_FENCED_BY_OTHER, KDR_OUTCOME_UNKNOWN when the commit was sent and not answered
	 */
	async write({ topic, key, value }: LockedRecord): Promise<void> {
		const doing = `write to ${topic}`;
		const compression = value.length > compressFrom ? this.#gzip : 0;
		const transaction = await this.#patiently(doing, async () => {
			const begun = await this.#producer.transaction();
			try {
				await begun.send({ topic, acks: -1, compression, messages: [{ key, value, partition: 0 }] });
				return begun;
			} catch (thrown) {
				await begun.abort().catch(() => {});
				throw thrown;
			}
		});
		try {
			await this.#client.guarded(doing, () => transaction.commit());
		} catch (thrown) {
			const error = this.#fenced(thrown) ?? thrown;
			if (error instanceof KdrError && error.code !== 'KDR_FENCED_BY_OTHER') throw outcomeUnknown(this.#client.where, doing, thrown);
			throw error;
		}
	}

	/** Repeats what fails for a passing reason, until the deadline. */
	async #patiently<T>(doing: string, work: () => Promise<T>): Promise<T> {
		const deadline = performance.now() + this.#client.timeoutMs;
		for (;;) {
			try {
				return await this.#client.guarded(doing, work);
			} catch (thrown) {
				const fenced = this.#fenced(thrown);
				if (fenced) throw fenced;
				if (!passingNames.has(protocolName(thrown) ?? '') || performance.now() > deadline) throw thrown;
				await pause(30);
			}
		}
	}

	#fenced(thrown: unknown): KdrError | undefined {
		const name = protocolName(thrown);
		if (name === undefined || !fencedNames.has(name)) return undefined;
		return new KdrError('KDR_FENCED_BY_OTHER', `${this.#client.where.alias}: another operator took the lock ${this.#id} over (${name})`, {
			hint: 'kdr runs list shows who holds the run now',
			details: { cluster: this.#client.where.alias, lock: this.#id, error: name },
			cause: thrown,
		});
	}

	async close(): Promise<void> {
		await within(1_000, this.#producer.disconnect()).catch(() => {});
	}
}
