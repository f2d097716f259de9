import type { Producer } from 'kafkajs';
import { type LabLookup, lookupThrough } from '../dns/lookup.ts';
import { Client, type TrafficContext } from './client.ts';
import { KafkaSession } from './kafka-session.ts';
import { Outbox } from './outbox.ts';
import { RecordSource } from './records.ts';
import type { ProducerPlan } from './roster.ts';
import { within } from './waits.ts';

/** A kafkajs producer with a transactional id of its own, which fences what an earlier life left open. */
export abstract class TransactionalClient extends Client {
	readonly #timeoutMs: number;
	readonly #resolver: LabLookup;
	protected readonly plan: ProducerPlan;
	protected readonly source: RecordSource;
	protected readonly outbox: Outbox;
	#transactions = 0;

	/** `timeoutMs`: how long a transaction may stay open before the broker aborts it. */
	constructor(ctx: TrafficContext, plan: ProducerPlan, timeoutMs: number) {
		super(ctx, { client: plan.client, role: 'producer', topics: [plan.topic] });
		this.#timeoutMs = timeoutMs;
		this.plan = plan;
		this.source = new RecordSource(plan);
		this.#resolver = lookupThrough(ctx.state.dns.servers);
		this.outbox = new Outbox(this.file, this.status, plan.topic);
	}

	/** Works with a connected producer until `stop`, or throws. */
	protected abstract produce(session: KafkaSession, producer: Producer, stop: AbortSignal): Promise<void>;

	/** The number of the next transaction. */
	protected next(): number {
		return ++this.#transactions;
	}

	protected override async session(stop: AbortSignal): Promise<void> {
		const { session, cluster } = await KafkaSession.open(this.ctx, this.plan.client, this.#resolver);
		try {
			const producer = session.producer({
				transactionalId: `app-${this.plan.client}`,
				idempotent: true,
				maxInFlightRequests: 1,
				transactionTimeout: this.#timeoutMs,
				allowAutoTopicCreation: false,
				retry: { retries: 5, initialRetryTime: 100, maxRetryTime: 400 },
			});
			await within(3_000, 'connect', producer.connect());
			this.connected(cluster);
			await this.produce(session, producer, stop);
			await within(1_000, 'disconnect', producer.disconnect());
		} finally {
			session.end();
		}
	}
}
