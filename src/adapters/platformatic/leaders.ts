import { partitionKey, type TopicPartition } from '../../domain/kafka/partition.ts';
import type { Place } from './fan-out-by-broker.ts';
import type { Endpoint, Wire } from './wire.ts';

interface KnownTopic {
	/** Kafka's error code for the topic; 0 when fine. */
	code: number;
	id: string;
	/** Leader per partition; undefined while there is none. */
	leaders: (Endpoint | undefined)[];
}

/** The part of a metadata answer that tells leaders. */
interface Described {
	brokers: (Endpoint & { nodeId: number })[];
	topics: {
		name?: string | null | undefined;
		topicId: string;
		errorCode: number;
		partitions: { partitionIndex: number; leaderId: number }[];
	}[];
}

/** Partition leaders and topic ids, kept until a broker says they moved. */
export class Leaders {
	readonly #wire: Wire;
	readonly #topics = new Map<string, KnownTopic>();

	constructor(wire: Wire) {
		this.#wire = wire;
	}

	async #learn(topics: readonly string[], deadline: number): Promise<void> {
		const { metadata } = await this.#wire.requests();
		this.take(await this.#wire.askAny(metadata, [[...topics], false, false], 'find partition leaders', deadline));
	}

	/** What any metadata answer says of leaders. */
	take(answer: Described): void {
		const brokers = new Map(answer.brokers.map((broker) => [broker.nodeId, broker]));
		for (const topic of answer.topics) {
			const leaders: KnownTopic['leaders'] = [];
			for (const partition of topic.partitions) leaders[partition.partitionIndex] = brokers.get(partition.leaderId);
			if (topic.name != null) this.#topics.set(topic.name, { code: topic.errorCode, id: topic.topicId, leaders });
		}
	}

	/** Where each partition's leader is, keyed by `partitionKey`. */
	async locate(partitions: readonly TopicPartition[], fresh: boolean, deadline: number): Promise<Map<string, Place>> {
		const wanted = new Set(partitions.map(({ topic }) => topic));
		const missing = fresh ? [...wanted] : [...wanted].filter((topic) => !this.#topics.has(topic));
		if (missing.length > 0) await this.#learn(missing, deadline);
		return new Map(
			partitions.map(({ topic, partition }) => [partitionKey(topic, partition), this.#place(topic, partition)]),
		);
	}

	#place(topic: string, partition: number): Place {
		const known = this.#topics.get(topic);
		if (!known) return { code: 3 };
		if (known.code !== 0) {
			this.#topics.delete(topic);
			return { code: known.code };
		}
		if (partition >= known.leaders.length) {
			this.#topics.delete(topic);
			return { code: 3 };
		}
		return known.leaders[partition] ?? { code: 5 };
	}

	/** Topic id as `locate` learned it. */
	id(topic: string): string | undefined {
		return this.#topics.get(topic)?.id;
	}
}
