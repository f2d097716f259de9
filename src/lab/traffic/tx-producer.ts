import type { Producer, Transaction } from 'kafkajs';
import { Denied, type TrafficContext } from './client.ts';
import { isRefusal, type KafkaSession, typeOf } from './kafka-session.ts';
import { type Outgoing, Pace } from './records.ts';
import type { ProducerPlan } from './roster.ts';
import { TransactionalClient } from './transactional.ts';
import { pause, within } from './waits.ts';

const tickMs = 250;
/** One transaction in so many is aborted on purpose. */
const abortEvery = 5;

/** A kafkajs producer that commits one transaction after another, and aborts some. */
export class TxProducer extends TransactionalClient {
	constructor(ctx: TrafficContext, plan: ProducerPlan) {
		super(ctx, plan, 10_000);
	}

	protected override async produce(session: KafkaSession, producer: Producer, stop: AbortSignal): Promise<void> {
		const pace = new Pace(this.plan.rate);
		while (!stop.aborted) {
			const batches = [...this.source.take(pace.due()).values()];
			if (batches.length > 0) await this.#transact(session, producer, batches);
			await pause(tickMs, stop);
		}
	}

	async #transact(session: KafkaSession, producer: Producer, batches: Outgoing[][]): Promise<void> {
		const transaction = await within(5_000, 'begin', producer.transaction());
		const tx = this.next();
		const intent = tx % abortEvery === 0 ? 'abort' : 'commit';
		this.file.add({ e: 'tx-begin', tx, intent });
		this.outbox.invoke(batches.flat(), tx);
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
			const [answer] = await within(4_000, 'send', transaction.send({ topic: this.plan.topic, acks: -1, messages }));
			this.outbox.answered(batch, answer?.baseOffset);
		} catch (error) {
			this.outbox.unanswered(batch, error, isRefusal(error) && session.unheard === unheard);
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
