import { type LabLookup, lookupThrough } from '../dns/lookup.ts';
import { Client, type TrafficContext } from './client.ts';
import { KafkaSession } from './kafka-session.ts';
import { Outbox } from './outbox.ts';
import { RecordSource } from './records.ts';
import type { ProducerPlan } from './roster.ts';
import { aborted, within } from './waits.ts';

/** The longest a broker allows by default. */
const timeoutMs = 900_000;

/**
 * A producer that holds a transaction open with one record in it: what others write behind it is acknowledged, and neither
 * mirrored nor read by whoever reads committed records only. It aborts when the traffic stops.
 */
export class OpenTransaction extends Client {
	readonly #plan: ProducerPlan;
	readonly #resolver: LabLookup;
	readonly #source: RecordSource;
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
				transactionTimeout: timeoutMs,
				retry: { retries: 5, initialRetryTime: 100, maxRetryTime: 400 },
			});
			await within(3_000, 'connect', producer.connect());
			this.connected(cluster);
			const transaction = await within(5_000, 'begin', producer.transaction());
			const tx = ++this.#transactions;
			this.file.add({ e: 'tx-begin', tx, intent: 'abort' });
			const [batch = []] = this.#source.take(1).values();
			this.#outbox.invoke(batch, tx);
			const messages = batch.map(({ message }) => message);
			const [answer] = await within(4_000, 'send', transaction.send({ topic: this.#plan.topic, acks: -1, messages }));
			this.#outbox.answered(batch, answer?.baseOffset);
			this.file.flush();
			await aborted(stop);
			this.file.add({ e: 'tx-end', tx, outcome: 'aborted' });
			await within(4_000, 'abort', transaction.abort());
			await within(1_000, 'disconnect', producer.disconnect());
		} finally {
			session.end();
		}
	}
}
