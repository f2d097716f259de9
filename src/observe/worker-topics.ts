import type { LinkConfig } from '../domain/config/link.ts';
import { ifUnreadable } from '../domain/errors/kdr-error.ts';
import { splitItems } from '../domain/item.ts';
import { PartitionMap } from '../domain/kafka/partition.ts';
import { topicsInScope } from '../domain/kafka/scope.ts';
import { takesTopic } from '../domain/mirror/topics.ts';
import type { Topic } from '../ports/cluster.ts';
import type { Side } from '../ports/world.ts';
import type { LinkConnector } from './connectors.ts';

/** As Connect's and Schema Registry's own defaults name them. */
const usualName = /^(_schemas|_schema_encoders|(.*[-_.])?connect[-_.](configs?|offsets?|status(es)?))$/;
/** What keys of these topics look like, whatever the topic is called: KafkaConfigBackingStore, KafkaStatusBackingStore, KafkaOffsetBackingStore, KafkaStore. */
const ownKey =
	/^((connector|task|commit|target-state|tasks-fencing|logger-cluster|restart-connector|status-(connector|task|topic))-.|session-key$|\["[^"]+",\s*\{|\{"keytype":")/;
/** So many other topics are looked into at most. */
const most = 200;

/** Topics of Connect or Schema Registry on `side` that the connectors mirror: the other side's workers would read them as their own. */
export async function mirroredWorkerTopics(
	side: Side,
	sources: readonly LinkConnector[],
	topics: readonly Topic[],
	link: LinkConfig,
): Promise<string[]> {
	const takes = sources.map(({ config }) => takesTopic(config));
	const ours = new Set(topicsInScope(topics, link.topics).map(({ name }) => name));
	const carried = topics.filter(({ name }) => !ours.has(name) && takes.some((take) => take(name)));
	const others = carried.filter(({ name }) => !usualName.test(name)).slice(0, most);
	const found = others.length > 0 ? await withOwnKeys(side, others).catch(ifUnreadable(new Set<string>())) : new Set();
	return carried.map(({ name }) => name).filter((name) => usualName.test(name) || found.has(name));
}

/** Both keep theirs compacted; the newest record of each partition says whose it is. */
async function withOwnKeys(side: Side, topics: readonly Topic[]): Promise<Set<string>> {
	const compacted = await side.cluster.compacted(topics.map(({ name }) => name));
	const partitions = topics
		.filter(({ name }) => compacted.has(name))
		.flatMap(({ name, partitions: all }) =>
			Array.from({ length: all }, (_, partition) => ({ topic: name, partition })),
		);
	const { read: edges } = splitItems(await side.records.edges(partitions));
	const filled = edges.filter(([, { end, logStart }]) => end > logStart);
	const ends = PartitionMap.from(filled.map(([at, { end }]) => [at, end]));
	const { read: newest } = splitItems(await side.records.last(ends, { isolation: 'uncommitted' }));
	return new Set(
		newest.flatMap(([{ topic }, record]) => (ownKey.test(record?.key?.toString('utf8') ?? '') ? [topic] : [])),
	);
}
