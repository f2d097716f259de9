/** What MirrorMaker 2 calls the topics of one direction. */
export interface MirrorNames {
	/** Name on the target of a topic of the source. */
	onTarget(topic: string): string;
	/** Name on the source of a topic of the target; null when it was not mirrored from there. */
	onSource(topic: string): string | null;
	/** On the target. */
	checkpoints: string;
	/** Syncs topic when it lies on the target, and when it lies on the source (`offset-syncs.topic.location`). */
	syncs: { target: string; source: string };
}

/** How mirrored topics are named: `identity` keeps names, `default` puts the source's alias and a separator in front. */
export interface NamingPolicy {
	policy?: 'identity' | 'default' | undefined;
	/** `replication.policy.separator`; MirrorMaker 2's default is ".". */
	separator?: string | undefined;
}

/** Names by DefaultReplicationPolicy or IdentityReplicationPolicy; internal topics use the separator too (KIP-690). */
export function mirrorNames(
	{ policy = 'identity', separator = '.' }: NamingPolicy,
	source: string,
	target: string,
): MirrorNames {
	const prefix = policy === 'default' ? `${source}${separator}` : '';
	const syncs = (alias: string): string => ['mm2-offset-syncs', alias, 'internal'].join(separator);
	return {
		onTarget: (topic) => prefix + topic,
		onSource: (topic) => (topic.startsWith(prefix) && topic.length > prefix.length ? topic.slice(prefix.length) : null),
		checkpoints: [source, 'checkpoints', 'internal'].join(separator),
		syncs: { target: syncs(source), source: syncs(target) },
	};
}
