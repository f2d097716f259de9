import { type Item, splitItems } from '../item.ts';
import { PartitionMap, partitionName, type TopicPartition } from './partition.ts';

/** What `f` makes of each partition that was read. One that was not is absent: to whoever uses the result it is unknown, never zero. */
export const mapOk = <T, U>(items: PartitionMap<Item<T>>, f: (value: T, at: TopicPartition) => U): PartitionMap<U> =>
	PartitionMap.from(splitItems(items).read.map(([at, value]) => [at, f(value, at)]));

/** Names of the partitions that were not read. */
export const namesOfFailed = <T>(items: PartitionMap<Item<T>>): string[] =>
	splitItems(items).failed.map(([at]) => partitionName(at));
