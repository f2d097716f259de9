/** One partition of one topic. Topic names are data from Kafka: never joined into paths or shell words. */
export interface TopicPartition {
	topic: string;
	partition: number;
}

/** Text form for maps and sorting; ":" cannot occur in a topic name (`[a-zA-Z0-9._-]`). */
export function partitionKey(topic: string, partition: number): string {
	return `${topic}:${partition}`;
}

/** The name people read: `orders 3`. */
export const partitionName = ({ topic, partition }: TopicPartition): string => `${topic} ${partition}`;

/** A value per topic-partition, iterated by topic name, then partition number. */
export class PartitionMap<T> {
	readonly #byTopic = new Map<string, Map<number, T>>();

	static from<T>(entries: Iterable<readonly [TopicPartition, T]>): PartitionMap<T> {
		const map = new PartitionMap<T>();
		for (const [at, value] of entries) map.set(at, value);
		return map;
	}

	set({ topic, partition }: TopicPartition, value: T): this {
		const partitions = this.#byTopic.get(topic);
		if (partitions) partitions.set(partition, value);
		else this.#byTopic.set(topic, new Map([[partition, value]]));
		return this;
	}

	get({ topic, partition }: TopicPartition): T | undefined {
		return this.#byTopic.get(topic)?.get(partition);
	}

	has({ topic, partition }: TopicPartition): boolean {
		return this.#byTopic.get(topic)?.has(partition) ?? false;
	}

	delete({ topic, partition }: TopicPartition): boolean {
		return this.#byTopic.get(topic)?.delete(partition) ?? false;
	}

	get size(): number {
		let size = 0;
		for (const partitions of this.#byTopic.values()) size += partitions.size;
		return size;
	}

	topics(): string[] {
		return [...this.#byTopic.keys()].sort();
	}

	*entries(): IterableIterator<[TopicPartition, T]> {
		for (const topic of this.topics()) {
			const partitions = [...(this.#byTopic.get(topic) ?? [])].sort((a, b) => a[0] - b[0]);
			for (const [partition, value] of partitions) yield [{ topic, partition }, value];
		}
	}

	*keys(): IterableIterator<TopicPartition> {
		for (const [at] of this.entries()) yield at;
	}

	*values(): IterableIterator<T> {
		for (const [, value] of this.entries()) yield value;
	}

	[Symbol.iterator](): IterableIterator<[TopicPartition, T]> {
		return this.entries();
	}

	map<U>(f: (value: T, at: TopicPartition) => U): PartitionMap<U> {
		const out = new PartitionMap<U>();
		for (const [at, value] of this) out.set(at, f(value, at));
		return out;
	}
}

export const byPartition = (a: TopicPartition, b: TopicPartition): number =>
	a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1;
