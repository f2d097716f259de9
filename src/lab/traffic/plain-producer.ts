import type { Producer } from 'kafkajs';
import { type LabLookup, lookupThrough } from '../dns/lookup.ts';
import type { LabSide } from '../estate.ts';
import { Client, Denied, type TrafficContext } from './client.ts';
import { isRefusal, KafkaSession, typeOf } from './kafka-session.ts';
import { Outbox } from './outbox.ts';
import { type Outgoing, Pace, RecordSource } from './records.ts';
import type { ProducerPlan } from './roster.ts';
import { pause, within } from './waits.ts';

const tickMs = 200;

/**
 * An idempotent kafkajs producer, one batch in flight per partition. After an error the session ends; what had no answer is
 * `info` and never sent again; what was refused is `fail`, and the application's next record has a new id.
 */
export class PlainProducer extends Client {
	readonly #plan: ProducerPlan;
	readonly #source: RecordSource;
	readonly #resolver: Pick<LabLookup, 'resolve4'>;
	readonly #outbox: Outbox;

	constructor(ctx: TrafficContext, plan: ProducerPlan) {
		super(ctx, { client: plan.client, role: 'producer', topics: [plan.topic], manner: plan.manner });
		this.#plan = plan;
		this.#source = new RecordSource(plan);
		this.#outbox = new Outbox(this.file, this.status, plan.topic);
		this.#resolver = plan.pinned ? brokersOf(ctx.state.sides[plan.pinned]) : lookupThrough(ctx.state.dns.servers);
	}

	protected override async session(stop: AbortSignal): Promise<void> {
		const { session, cluster } = await KafkaSession.open(this.ctx, this.#plan.client, this.#resolver);
		try {
			// kafkajs repeats an idempotent send with the same sequence, which the broker recognises.
			const producer = session.producer({
				idempotent: true,
				maxInFlightRequests: 1,
				allowAutoTopicCreation: false,
				retry: once,
			});
			await within(3_000, 'connect', producer.connect());
			this.connected(cluster);
			await this.#produce(session, producer, stop);
			await within(1_000, 'disconnect', producer.disconnect());
		} finally {
			session.end();
		}
	}

	async #produce(session: KafkaSession, producer: Producer, stop: AbortSignal): Promise<void> {
		const pace = new Pace(this.#plan.rate);
		while (!stop.aborted) {
			const batches = [...this.#source.take(pace.due()).values()];
			this.#outbox.invoke(batches.flat());
			const results = await Promise.allSettled(batches.map((batch) => this.#send(session, producer, batch)));
			const failed = results.find((result) => result.status === 'rejected');
			if (failed && this.manner !== 'stubborn') throw failed.reason;
			await pause(tickMs, stop);
		}
	}

	async #send(session: KafkaSession, producer: Producer, batch: Outgoing[]): Promise<void> {
		const { topic } = this.#plan;
		const { unheard } = session;
		try {
			const messages = batch.map(({ message }) => message);
			const [answer] = await within(4_000, 'send', producer.send({ topic, acks: -1, messages }));
			this.#outbox.answered(batch, answer?.baseOffset);
		} catch (error) {
			this.#outbox.unanswered(batch, error, isRefusal(error) && session.unheard === unheard);
			throw isRefusal(error) ? new Denied(String(typeOf(error))) : error;
		}
	}
}

const brokersOf = ({ brokers }: LabSide): Pick<LabLookup, 'resolve4'> => ({
	resolve4: async () => brokers.map(({ host }) => ({ address: host, ttl: 0 })),
});

/** The least kafkajs allows an idempotent producer. */
const once = { retries: 1, initialRetryTime: 100, maxRetryTime: 200 };
