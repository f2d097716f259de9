import { PartitionMap } from '../kafka/partition.ts';
import type { KafkaRecord } from '../kafka/record.ts';

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

/** MirrorMaker 2's word on one group's position: `upstream` on the source corresponds to `downstream` on the target. */
export interface Checkpoint {
	group: string;
	/** Name on the target; the same as on the source under IdentityReplicationPolicy. */
	topic: string;
	partition: number;
	upstream: bigint;
	downstream: bigint;
	metadata: string;
	/** When MirrorMaker 2 wrote it, ms since the epoch. */
	at: number;
}

/** All checkpoints of a topic, newest per group and partition, and how many records could not be read. */
export interface CheckpointTable {
	groups: Map<string, PartitionMap<Checkpoint>>;
	read: number;
	/** Records that are no checkpoint of version 0; tombstones are not among them. */
	junk: number;
}

/**
 * Decodes one record of `<source>.checkpoints.internal` (KIP-382, `Checkpoint.java`): key STRING group, STRING topic,
 * INT32 partition; value INT16 version (0), INT64 upstream, INT64 downstream, STRING metadata. Strings have an INT16
 * byte length. null for anything else: the version is guarded only by a Java assertion on the writer's side.
 */
export function decodeCheckpoint(record: KafkaRecord): Checkpoint | null {
	const { key, value } = record;
	if (!key || !value) return null;
	try {
		const group = readString(key, 0);
		const topic = readString(key, group.next);
		const partition = key.readInt32BE(topic.next);
		if (value.readInt16BE(0) !== 0 || key.length !== topic.next + 4 || partition < 0) return null;
		return {
			group: group.text,
			topic: topic.text,
			partition,
			upstream: value.readBigInt64BE(2),
			downstream: value.readBigInt64BE(10),
			metadata: readString(value, 18).text,
			at: Number(record.timestamp),
		};
	} catch (thrown) {
		if (thrown instanceof RangeError) return null;
		throw thrown;
	}
}

function readString(bytes: Buffer, at: number): { text: string; next: number } {
	const length = bytes.readInt16BE(at);
	const next = at + 2 + length;
	if (length < 0 || next > bytes.length) throw new RangeError('string runs past the end');
	return { text: bytes.toString('utf8', at + 2, next), next };
}

/** Folds a whole checkpoints topic, oldest record first. */
export async function foldCheckpoints(
	records: AsyncIterable<KafkaRecord> | Iterable<KafkaRecord>,
): Promise<CheckpointTable> {
	const table: CheckpointTable = { groups: new Map(), read: 0, junk: 0 };
	for await (const record of records) {
		table.read++;
		if (record.value === null) continue;
		const checkpoint = decodeCheckpoint(record);
		if (!checkpoint) {
			table.junk++;
			continue;
		}
		const group = table.groups.get(checkpoint.group) ?? new PartitionMap<Checkpoint>();
		table.groups.set(checkpoint.group, group.set(checkpoint, checkpoint));
	}
	return table;
}
