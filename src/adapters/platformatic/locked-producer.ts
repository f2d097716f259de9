import { asKdrError, KdrError } from '../../domain/errors/kdr-error.ts';
import { brokerError, outcomeUnknown } from '../kafka-side/broker-errors.ts';
import { pause } from '../kafka-side/deadline.ts';
import type { Leaders } from './leaders.ts';
import { lockLane, TransactionCoordinator } from './transaction-coordinator.ts';
import type { Endpoint, Wire } from './wire.ts';

/** A record for the one partition a lock writes to. */
export interface LockedRecord {
	key: string;
	value: string;
}

/** Somebody else called InitProducerId with our id since: this producer is done for. */
const fencedNames = new Set([
	'INVALID_PRODUCER_EPOCH',
	'PRODUCER_FENCED',
	'INVALID_PRODUCER_ID_MAPPING',
	'UNKNOWN_PRODUCER_ID',
	'TRANSACTION_COORDINATOR_FENCED',
]);
/**
 * The leader is not (yet) here, has too few replicas in sync, or could not yet ask the coordinator about the transaction, which brokers
 * tell old requests as NOT_ENOUGH_REPLICAS (19): sent again with the same sequence number, a record is never there twice.
 */
const leaderNotReady = new Set([3, 5, 6, 19, 51]);
/** Batches above this are compressed: a plan of many groups would not fit into one. */
const compressFrom = 65_536;
/** Records go together into one batch up to this: together they must not be refused where each alone is taken. */
const batchUpTo = 1_048_576;
/** After this the broker aborts what a dead writer left open, ms. */
const transactionTimeoutMs = 10_000;
const allInSync = -1;

/** The producer as its id's coordinator knows it. */
interface Epoch {
	producerId: bigint;
	producerEpoch: number;
}

/**
 * The holder of a transactional id: each write is one transaction, and is refused as soon as anyone else has initialised the
 * same id. Three round trips, however many the records: AddPartitionsToTxn, Produce, EndTxn. Brokers from 4.0 on could do without the first
 * (KIP-890), but for requests the client does not speak: Produce 12, EndTxn 5.
 */
export class LockedProducer {
	readonly #wire: Wire;
	readonly #leaders: Leaders;
	readonly #id: string;
	readonly #coordinator: TransactionCoordinator;
	#epoch: Epoch;
	/** Of the next record. */
	#sequence = 0;
	/** Why nothing more can be written: after a failure it is not known what the broker takes as the next sequence number. */
	#over: KdrError | undefined;

	private constructor(wire: Wire, leaders: Leaders, id: string, coordinator: TransactionCoordinator, epoch: Epoch) {
		this.#wire = wire;
		this.#leaders = leaders;
		this.#id = id;
		this.#coordinator = coordinator;
		this.#epoch = epoch;
	}

	/** InitProducerId: fences whoever held the id and aborts what they left open. */
	static async take(wire: Wire, leaders: Leaders, id: string): Promise<LockedProducer> {
		const doing = `take the lock ${id}`;
		const { initProducerId } = await wire.requests();
		const coordinator = new TransactionCoordinator(wire, id);
		const { code, answer } = await coordinator.ask(
			{ api: initProducerId, args: [id, transactionTimeoutMs], codeOf: ({ errorCode }) => errorCode },
			doing,
			wire.deadline(),
		);
		await wire.expectOk(code, doing);
		if (!answer) throw new KdrError('KDR_BUG', `no answer kept of: ${doing}`);
		return new LockedProducer(wire, leaders, id, coordinator, {
			producerId: answer.producerId,
			producerEpoch: answer.producerEpoch,
		});
	}

	/**
	 * Comes back after a failed write, with its own producer id and epoch (KIP-360): the coordinator aborts what was left open and gives
	 * the next epoch, or refuses because somebody took the id since. It never fences a successor.
	 * @throws KDR_FENCED_BY_OTHER
	 */
	async recover(): Promise<void> {
		if (this.#over?.code === 'KDR_FENCED_BY_OTHER') throw this.#over;
		const doing = `come back to the lock ${this.#id}`;
		const { initProducerId } = await this.#wire.requests();
		const { producerId, producerEpoch } = this.#epoch;
		const { code, answer } = await this.#coordinator.ask(
			{
				api: initProducerId,
				args: [this.#id, transactionTimeoutMs, producerId, producerEpoch],
				codeOf: ({ errorCode }) => errorCode,
			},
			doing,
			this.#wire.deadline(),
		);
		await this.#expectOk(code, doing);
		if (!answer) throw new KdrError('KDR_BUG', `no answer kept of: ${doing}`);
		this.#epoch = { producerId: answer.producerId, producerEpoch: answer.producerEpoch };
		this.#sequence = 0;
		this.#over = undefined;
	}

	/** Opens the connections that `take` and `write` will need, and takes nothing. What fails here fails there again. */
	static async prepare(wire: Wire, leaders: Leaders, id: string, topic: string): Promise<void> {
		const doing = `prepare the lock ${id}`;
		const deadline = wire.deadline();
		const [coordinator, places] = await Promise.all([
			new TransactionCoordinator(wire, id).place(doing, deadline),
			leaders.locate([{ topic, partition: 0 }], false, deadline),
		]);
		const known = [coordinator, ...places.values()].filter((place) => 'host' in place);
		await Promise.all(known.map((place) => wire.connection(place, doing, deadline, lockLane)));
	}

	/**
	 * Writes the records in a transaction of their own and resolves when it is committed. After a failure it writes nothing more until
	 * `recover`.
	 * @throws KDR_FENCED_BY_OTHER, KDR_OUTCOME_UNKNOWN when the commit was sent and not answered well
	 */
	async write(topic: string, records: readonly LockedRecord[]): Promise<void> {
		if (this.#over) throw this.#over;
		try {
			await this.#write(topic, records);
		} catch (thrown) {
			this.#over = asKdrError(thrown);
			throw this.#over;
		}
	}

	async #write(topic: string, records: readonly LockedRecord[]): Promise<void> {
		const doing = doingOf(topic);
		const deadline = this.#wire.deadline();
		await this.#begin(topic, doing, deadline);
		for (const batch of batches(records)) {
			const code = await this.#produce(topic, batch, deadline);
			if (code !== 0) {
				// Else readers wait until the broker ends it.
				await this.#end(false, doing).catch(() => {});
				throw await this.#error(code, doing);
			}
			this.#sequence += batch.length;
		}
		try {
			await this.#expectOk(await this.#end(true, doing), doing);
		} catch (thrown) {
			if (thrown instanceof KdrError && thrown.code === 'KDR_FENCED_BY_OTHER') throw thrown;
			throw outcomeUnknown(this.#wire.where, doing, thrown);
		}
	}

	async #begin(topic: string, doing: string, deadline: number): Promise<void> {
		const { addPartitionsToTxn } = await this.#wire.requests();
		const added = {
			transactionalId: this.#id,
			...this.#epoch,
			verifyOnly: false,
			topics: [{ name: topic, partitions: [0] }],
		};
		const { code } = await this.#coordinator.ask(
			{
				api: addPartitionsToTxn,
				args: [[added]],
				codeOf: ({ resultsByTransaction: [of] }) =>
					of?.topicResults[0]?.resultsByPartition[0]?.partitionErrorCode ?? -1,
			},
			doing,
			deadline,
		);
		await this.#expectOk(code, doing);
	}

	/** Error code of the partition. */
	async #produce(topic: string, batch: readonly LockedRecord[], deadline: number): Promise<number> {
		for (let tries = 1; ; tries++) {
			const places = await this.#leaders.locate([{ topic, partition: 0 }], tries > 1, deadline);
			const [place = { code: -1 }] = places.values();
			const code = 'host' in place ? await this.#produceTo(place, topic, batch, deadline) : place.code;
			if (!leaderNotReady.has(code) || performance.now() > deadline) return code;
			await pause(Math.min(10 * tries, 100));
		}
	}

	async #produceTo(to: Endpoint, topic: string, batch: readonly LockedRecord[], deadline: number): Promise<number> {
		const doing = doingOf(topic);
		const [{ produce }, { NumericMap }] = await Promise.all([this.#wire.requests(), this.#wire.lib()]);
		const connection = await this.#wire.connection(to, doing, deadline, lockLane);
		const compression = sizeOf(batch) > compressFrom ? ('gzip' as const) : ('none' as const);
		const messages = batch.map(({ key, value }) => ({
			topic,
			partition: 0,
			timestamp: BigInt(Date.now()),
			key: Buffer.from(key),
			value: Buffer.from(value),
			headers: new Map(),
		}));
		const sequences = new NumericMap([[`${topic}:0`, this.#sequence]]);
		const options = { transactionalId: this.#id, ...this.#epoch, sequences, compression };
		const answer = await this.#wire.send(
			connection,
			produce,
			[allInSync, this.#wire.timeoutMs, messages, options],
			doing,
			deadline,
		);
		return typeof answer === 'boolean' ? -1 : (answer.responses[0]?.partitionResponses[0]?.errorCode ?? -1);
	}

	/** Error code of EndTxn. */
	async #end(commit: boolean, doing: string): Promise<number> {
		const { endTxn } = await this.#wire.requests();
		const { producerId, producerEpoch } = this.#epoch;
		const { code } = await this.#coordinator.ask(
			{ api: endTxn, args: [this.#id, producerId, producerEpoch, commit], codeOf: ({ errorCode }) => errorCode },
			doing,
			this.#wire.deadline(),
		);
		return code;
	}

	async #expectOk(code: number, doing: string): Promise<void> {
		if (code !== 0) throw await this.#error(code, doing);
	}

	async #error(code: number, doing: string): Promise<KdrError> {
		const name = await this.#wire.errorName(code);
		const { where } = this.#wire;
		if (!fencedNames.has(name)) return brokerError(name, where, doing);
		return new KdrError(
			'KDR_FENCED_BY_OTHER',
			`${where.alias}: another operator took the lock ${this.#id} over (${name})`,
			{
				hint: 'kdr runs list shows who holds the run now',
				details: { cluster: where.alias, lock: this.#id, error: name },
			},
		);
	}

	/** The connection stays: the cluster's other calls end it. */
	async close(): Promise<void> {}
}

const doingOf = (topic: string): string => `write to ${topic}`;

const sizeOf = (records: readonly LockedRecord[]): number => records.reduce((sum, { value }) => sum + value.length, 0);

/** In order; each but those of one record no larger than what may go together. */
function batches(records: readonly LockedRecord[]): LockedRecord[][] {
	const all: LockedRecord[][] = [];
	for (const record of records) {
		const last = all.at(-1);
		if (last && sizeOf(last) + record.value.length <= batchUpTo) last.push(record);
		else all.push([record]);
	}
	return all;
}
