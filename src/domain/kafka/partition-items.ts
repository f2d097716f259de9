import type { Item } from '../item.ts';
import { PartitionMap, type TopicPartition } from './partition.ts';

/** What `f` makes of each partition that was read. One that was not is absent: to whoever uses the result it is unknown, never zero. */
export function mapOk<T, U>(items: PartitionMap<Item<T>>, f: (value: T, at: TopicPartition) => U): PartitionMap<U> {
	const out = new PartitionMap<U>();
	for (const [at, item] of items) if (item.ok) out.set(at, f(item.value, at));
	return out;
}

/** Names of the partitions that were not read. */
export const namesOfFailed = <T>(items: PartitionMap<Item<T>>): string[] =>
	[...items].filter(([, item]) => !item.ok).map(([{ topic, partition }]) => `${topic} ${partition}`);
