import type { LinkConfig } from '../domain/config/link.ts';

import type { Outputs } from '../domain/run/outputs.ts';
import type { Topic } from '../ports/cluster.ts';
import type { Side } from '../ports/world.ts';
import { observeNames } from './mirror-names.ts';
import { scopeTopics } from './scope.ts';

export type OldTopic = Outputs['oldTopics'][number];

/**
 * What a rebuild of `from` deletes: the link's topics there; and on both sides what MirrorMaker 2 remembers of the old logs, checkpoints
 * and offset syncs of either direction. Kept, they would be taken for positions in the new logs, and groups would skip records.
 */
export async function observeOldTopics({ from, to }: { from: Side; to: Side }, link: LinkConfig): Promise<OldTopic[]> {
	const scope = await scopeTopics(from, link);
	const [settings, ...memory] = await Promise.all([
		from.cluster.settings(scope.map(({ name }) => name)),
		memoryOf(from, to, link),
		memoryOf(to, from, link),
	]);
	return [
		...scope.map((topic) => ({ ...known(from, topic), settings: settings.get(topic.name) ?? {}, own: false })),
		...memory.flat(),
	];
}

async function memoryOf(side: Side, other: Side, link: LinkConfig): Promise<OldTopic[]> {
	const names = await memoryNames(side, other, link);
	const topics = (await side.cluster.topics()).filter(({ name }) => names.includes(name));
	return topics.map((topic) => ({ ...known(side, topic), settings: {}, own: true }));
}

/** Topics on `side` in which MirrorMaker 2 remembers how the logs of the two clusters correspond, wherever the syncs of a direction lie. */
export async function memoryNames(side: Side, other: Side, link: LinkConfig): Promise<string[]> {
	const [into, outOf] = await Promise.all([observeNames(side, other, link), observeNames(other, side, link)]);
	return [...new Set([into.checkpoints, into.syncs.target, outOf.syncs.source])];
}

const known = ({ alias: cluster }: Side, { name, id, partitions, replicationFactor }: Topic) => ({
	cluster,
	name,
	id,
	partitions,
	replicationFactor,
});
