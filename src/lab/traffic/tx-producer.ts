import type { Producer, Transaction } from 'kafkajs';
import { type LabLookup, lookupThrough } from '../dns/lookup.ts';
import { Client, Denied, type TrafficContext } from './client.ts';
import { isRefusal, KafkaSession, typeOf } from './kafka-session.ts';
import { Outbox } from './outbox.ts';
import { type Outgoing, Pace, RecordSource } from './records.ts';
import type { ProducerPlan } from './roster.ts';
import { pause, within } from './waits.ts';

const tickMs = 250;
/** One transaction in so many is aborted on purpose. */
const abortEvery = 5;

/** A transactional kafkajs producer. Its one transactional id fences what an earlier life left open. */
export class TxProducer extends Client {
	readonly #plan: ProducerPlan;
	readonly #source: RecordSource;
	readonly #resolver: LabLookup;
	readonly #outbox: Outbox;
	#transactions = 0;

	constructor(ctx: TrafficContext, plan: ProducerPlan) {
		super(ctx, { client: plan.client, role: 'producer', topics: [plan.topic] });
		this.#plan = plan;
		this.#source = new RecordSource(plan);
		this.#resolver = lookupThrough(ctx.state.dns.servers);
		this.#outbox = new Outbox(this.file, this.status, plan.topic);
	}

	protected override async session(stop: AbortSignal): Promise<void> {
		const { session, cluster } = await KafkaSession.open(this.ctx, this.#plan.client, this.#resolver);
		try {
			const producer = session.producer({
				transactionalId: `app-${this.#plan.client}`,
				idempotent: true,
				maxInFlightRequests: 1,
				transactionTimeout: 10_000,
				allowAutoTopicCreation: false,
				retry: { retries: 5, initialRetryTime: 100, maxRetryTime: 400 },
			});
			await within(3_000, 'connect', producer.connect());
			this.connected(cluster);
			const pace = new Pace(this.#plan.rate);
			while (!stop.aborted) {
				const batches = [...this.#source.take(pace.due()).values()];
				if (batches.length > 0) await this.#transact(session, producer, batches);
				await pause(tickMs, stop);
			}
			await within(1_000, 'disconnect', producer.disconnect());
		} finally {
			session.end();
		}
	}

	async #transact(session: KafkaSession, producer: Producer, batches: Outgoing[][]): Promise<void> {
		const transaction = await within(5_000, 'begin', producer.transaction());
		const tx = ++this.#transactions;
		const intent = tx % abortEvery === 0 ? 'abort' : 'commit';
		this.file.add({ e: 'tx-begin', tx, intent });
		this.#outbox.invoke(batches.flat(), tx);
		try {
			for (const batch of batches) await this.#send(session, transaction, batch);
		} catch (error) {
			this.file.add({ e: 'tx-end', tx, outcome: 'aborted' });
			await within(2_000, 'abort', transaction.abort()).catch(() => {}); // the next life's fencing aborts it
			throw isRefusal(error) ? new Denied(String(typeOf(error))) : error;
		}
		if (intent === 'abort') await this.#abort(transaction, tx);
		else await this.#commit(transaction, tx);
	}

	async #send(session: KafkaSession, transaction: Transaction, batch: Outgoing[]): Promise<void> {
		const { unheard } = session;
		try {
			const messages = batch.map(({ message }) => message);
			const [answer] = await within(4_000, 'send', transaction.send({ topic: this.#plan.topic, acks: -1, messages }));
			this.#outbox.answered(batch, answer?.baseOffset);
		} catch (error) {
			this.#outbox.unanswered(batch, error, isRefusal(error) && session.unheard === unheard);
			throw error;
		}
	}

	async #abort(transaction: Transaction, tx: number): Promise<void> {
		this.file.add({ e: 'tx-end', tx, outcome: 'aborted' });
		await within(4_000, 'abort', transaction.abort());
	}

	async #commit(transaction: Transaction, tx: number): Promise<void> {
		try {
			await within(4_000, 'commit', transaction.commit());
			this.file.add({ e: 'tx-end', tx, outcome: 'committed' });
		} catch (error) {
			this.file.add({ e: 'tx-end', tx, outcome: 'info' });
			throw error;
		}
	}
}
