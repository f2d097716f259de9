import type { LinkConfig } from '../domain/config/link.ts';
import { mirrorNames } from '../domain/offsets/mirror-maker.ts';
import type { Outputs } from '../domain/run/outputs.ts';
import type { Topic } from '../ports/cluster.ts';
import type { Side } from '../ports/world.ts';
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
		memoryOf(from, to.alias, link),
		memoryOf(to, from.alias, link),
	]);
	return [
		...scope.map((topic) => ({ ...known(from, topic), settings: settings.get(topic.name) ?? {}, own: false })),
		...memory.flat(),
	];
}

/** Both directions keep theirs under the same two names, wherever their syncs lie. */
async function memoryOf(side: Side, other: string, link: LinkConfig): Promise<OldTopic[]> {
	const { checkpoints, syncs } = mirrorNames(link.mirror, other, side.alias);
	const topics = (await side.cluster.topics()).filter(({ name }) => name === checkpoints || name === syncs.target);
	return topics.map((topic) => ({ ...known(side, topic), settings: {}, own: true }));
}

const known = ({ alias: cluster }: Side, { name, id, partitions, replicationFactor }: Topic) => ({
	cluster,
	name,
	id,
	partitions,
	replicationFactor,
});
