import type { Producer } from 'kafkajs';
import type { TrafficContext } from './client.ts';
import type { KafkaSession } from './kafka-session.ts';
import type { ProducerPlan } from './roster.ts';
import { TransactionalClient } from './transactional.ts';
import { aborted, within } from './waits.ts';

/** The longest a broker allows by default. */
const timeoutMs = 900_000;

/**
 * A producer that holds a transaction open with one record in it: what others write behind it is acknowledged, and neither
 * mirrored nor read by whoever reads committed records only. It aborts when the traffic stops.
 */
export class OpenTransaction extends TransactionalClient {
	constructor(ctx: TrafficContext, plan: ProducerPlan) {
		super(ctx, plan, timeoutMs);
	}

	protected override async produce(_session: KafkaSession, producer: Producer, stop: AbortSignal): Promise<void> {
		const transaction = await within(5_000, 'begin', producer.transaction());
		const tx = this.next();
		this.file.add({ e: 'tx-begin', tx, intent: 'abort' });
		const [batch = []] = this.source.take(1).values();
		this.outbox.invoke(batch, tx);
		const messages = batch.map(({ message }) => message);
		const [answer] = await within(4_000, 'send', transaction.send({ topic: this.plan.topic, acks: -1, messages }));
		this.outbox.answered(batch, answer?.baseOffset);
		this.file.flush();
		await aborted(stop);
		this.file.add({ e: 'tx-end', tx, outcome: 'aborted' });
		await within(4_000, 'abort', transaction.abort());
	}
}
