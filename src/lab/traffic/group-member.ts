import type { Batch, Consumer, EachBatchPayload, KafkaMessage } from 'kafkajs';
import { type LabLookup, lookupThrough } from '../dns/lookup.ts';
import { identityHeader, identityOf } from '../ledger/identity.ts';
import { Client, Denied, type TrafficContext } from './client.ts';
import { isRefusal, KafkaSession, typeOf } from './kafka-session.ts';
import type { GroupPlan } from './roster.ts';
import { aborted, pause, within } from './waits.ts';

/** A paced group commits after so many records, so that an eviction finds little done but not committed. */
const chunkSize = 25;

/** One kafkajs member of a group. Every record is in the ledger before the commit that covers it is sent; commits follow each batch. */
export class GroupMember extends Client {
	readonly #plan: GroupPlan;
	readonly #resolver: LabLookup;

	constructor(ctx: TrafficContext, plan: GroupPlan, member: number) {
		super(ctx, {
			client: `${plan.group}-${member}`,
			role: 'consumer',
			group: plan.group,
			topics: plan.topics,
			manner: plan.manner,
		});
		this.#plan = plan;
		this.#resolver = lookupThrough(ctx.state.dns.servers);
	}

	protected override async session(stop: AbortSignal): Promise<void> {
		const { session, cluster } = await KafkaSession.open(this.ctx, this.status.client, this.#resolver);
		try {
			do {
				await this.#life(session, cluster, stop);
			} while (this.manner === 'stubborn' && !stop.aborted);
		} finally {
			session.end();
			this.file.add({ e: 'revoked', partitions: [] });
		}
	}

	/** Of one consumer. A stubborn one begins its next on the cluster it has, whatever happened. */
	async #life(session: KafkaSession, cluster: string, stop: AbortSignal): Promise<void> {
		try {
			const consumer = session.kafka.consumer({
				groupId: this.#plan.group,
				// The least a broker allows by default: a member that died holds its partitions for so long.
				sessionTimeout: 6_000,
				rebalanceTimeout: 6_000,
				heartbeatInterval: 1_000,
				maxWaitTimeInMs: 200,
				minBytes: 8_192,
				maxBytesPerPartition: this.#plan.pace > 0 ? 32_768 : 1_048_576,
				allowAutoTopicCreation: false,
				// kafkajs would start again with the same brokers: starting again is ours, by name.
				retry: { retries: 2, initialRetryTime: 100, maxRetryTime: 400, restartOnFailure: async () => false },
			});
			await this.#consume(consumer, cluster, stop);
		} catch (error) {
			if (this.manner !== 'stubborn') throw error;
			this.status.lastError = error instanceof Error ? error.message : String(error);
			await pause(1_000, stop);
		}
	}

	async #consume(consumer: Consumer, cluster: string, stop: AbortSignal): Promise<void> {
		const broken = this.#watch(consumer);
		try {
			await within(3_000, 'connect', consumer.connect());
			this.connected(cluster);
			await consumer.subscribe({ topics: this.#plan.topics, fromBeginning: true });
			const eachBatch = (payload: EachBatchPayload) => this.#batch(payload, stop);
			await Promise.race([consumer.run({ autoCommit: false, eachBatchAutoResolve: false, eachBatch }), broken]);
			await Promise.race([aborted(stop), broken]);
			await within(5_000, 'leave', consumer.disconnect());
		} catch (error) {
			await within(1_500, 'leave', consumer.disconnect()).catch(() => {}); // else the coordinator drops us by our silence
			throw isRefusal(error) ? new Denied(String(typeOf(error))) : error;
		}
	}

	/** Rejects at the first sign of lasting trouble. Notes assignments meanwhile. */
	async #watch(consumer: Consumer): Promise<never> {
		const { GROUP_JOIN, REBALANCING, CRASH, REQUEST_TIMEOUT } = consumer.events;
		consumer.on(GROUP_JOIN, ({ payload }) => {
			const topics = Object.entries(payload.memberAssignment);
			const partitions = topics.flatMap(([topic, all]) => all.map((partition): [string, number] => [topic, partition]));
			this.file.add({ e: 'assigned', partitions });
			this.file.flush();
		});
		consumer.on(REBALANCING, () => this.file.add({ e: 'revoked', partitions: [] }));
		return await new Promise<never>((_, reject) => {
			consumer.on(CRASH, ({ payload }) => reject(payload.error));
			consumer.on(REQUEST_TIMEOUT, ({ payload }) =>
				reject(new Error(`${payload.apiName} to ${payload.broker}: no answer`)),
			);
		});
	}

	async #batch(
		{ batch, commitOffsetsIfNecessary, resolveOffset, heartbeat, isRunning, isStale }: EachBatchPayload,
		stop: AbortSignal,
	): Promise<void> {
		const { messages } = batch;
		const size = this.#paced() ? chunkSize : messages.length;
		for (let start = 0; start < messages.length; start += size) {
			if (!isRunning() || isStale() || stop.aborted) return;
			const chunk = messages.slice(start, start + size);
			this.#process(batch, chunk);
			const isLast = start + size >= messages.length;
			// Past the last record of a batch lie at most transaction markers and aborted records.
			const next = BigInt(isLast ? batch.lastOffset() : (chunk.at(-1)?.offset ?? batch.lastOffset())) + 1n;
			await this.#commit(batch, next, commitOffsetsIfNecessary);
			resolveOffset(String(next - 1n));
			await heartbeat();
			if (this.#paced())
				await pause((chunk.length / this.#plan.pace) * 1_000, AbortSignal.any([stop, this.ctx.draining]));
		}
	}

	#paced(): boolean {
		return this.#plan.pace > 0 && !this.ctx.draining.aborted;
	}

	#process({ topic, partition }: Batch, messages: readonly KafkaMessage[]): void {
		for (const { value, headers, offset } of messages) {
			const header = headers?.[identityHeader];
			const { id } = identityOf({
				value,
				header: typeof header === 'string' ? Buffer.from(header) : Buffer.isBuffer(header) ? header : null,
			});
			if (id === null) continue;
			this.file.add({ e: 'processed', id, topic, partition, offset });
			this.status.processed++;
		}
		this.file.flush();
	}

	async #commit(
		{ topic, partition }: Batch,
		next: bigint,
		commit: EachBatchPayload['commitOffsetsIfNecessary'],
	): Promise<void> {
		const offset = String(next);
		const note = (outcome: 'ok' | 'fail' | 'info') => this.file.add({ e: 'commit', topic, partition, offset, outcome });
		try {
			await commit({ topics: [{ topic, partitions: [{ partition, offset }] }] });
			note('ok');
		} catch (error) {
			note(typeOf(error) === null ? 'info' : 'fail');
			throw error;
		} finally {
			this.file.flush();
		}
	}
}
