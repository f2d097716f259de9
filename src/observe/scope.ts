import type { LinkConfig } from '../domain/config/link.ts';
import type { TopicPartition } from '../domain/kafka/partition.ts';
import { groupsInScope, leftAlone, topicsInScope } from '../domain/kafka/scope.ts';
import type { Topic } from '../ports/cluster.ts';
import type { Side } from '../ports/world.ts';

/** Reads that several steps share. */

export async function scopeTopics(side: Side, link: LinkConfig): Promise<Topic[]> {
	return topicsInScope(await side.cluster.topics(), link.topics);
}

export async function scopePartitions(side: Side, link: LinkConfig): Promise<TopicPartition[]> {
	return (await scopeTopics(side, link)).flatMap(({ name, partitions }) =>
		Array.from({ length: partitions }, (_, partition) => ({ topic: name, partition })),
	);
}

/** Groups of a side that the link moves, by id; those of other protocols (Connect, Schema Registry, Streams, share) are never touched. */
export async function scopeGroups(side: Side, link: LinkConfig) {
	const wanted = groupsInScope(link.groups);
	return (await side.groups.list()).filter((group) => wanted(group.id) && leftAlone(group) === null);
}
