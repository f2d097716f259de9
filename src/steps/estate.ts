import type { LinkConfig } from '../domain/config/link.ts';
import type { TopicPartition } from '../domain/kafka/partition.ts';
import { groupsInScope, topicsInScope } from '../domain/kafka/scope.ts';
import type { Topic } from '../ports/cluster.ts';
import type { Connector } from '../ports/mirror.ts';
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

/** MirrorMaker 2 connectors of the link in one direction; they stand beside the cluster they write to. */
export async function connectorsOf(target: Side, source: string, link: LinkConfig): Promise<Connector[]> {
	const all = (await target.mirror.connectors()).filter(
		(connector) => connector.source === source && connector.target === target.alias,
	);
	return all.filter(belongsTo(link));
}

/** False for what another link names as its own; what nobody names is taken for this link's, lest it copies on unseen. */
export const belongsTo =
	({ mirror }: LinkConfig) =>
	({ name }: Pick<Connector, 'name'>): boolean =>
		!mirror.foreign?.includes(name);

/** Groups of a side that the link moves, by id. */
export async function scopeGroups(side: Side, link: LinkConfig) {
	const wanted = groupsInScope(link.groups);
	return (await side.groups.list()).filter(({ id, type }) => wanted(id) && (type === 'classic' || type === 'consumer'));
}

export const count = (n: number | bigint, one: string, many = `${one}s`): string =>
	`${n.toLocaleString('en-US')} ${Number(n) === 1 ? one : many}`;

export const list = (names: readonly string[], most = 5): string =>
	names.length <= most ? names.join(', ') : `${names.slice(0, most).join(', ')} and ${names.length - most} more`;
