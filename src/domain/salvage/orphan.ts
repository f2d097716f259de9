import type { KafkaRecord } from '../kafka/record.ts';
import { originsOf, originText } from './origin.ts';

/** What was written on the active cluster's partition since the cut. */
export interface Since {
	/** Keys (base64) that applications wrote since; replayed records do not count. */
	keys: ReadonlySet<string>;
	/** Origins of records already replayed. */
	origins: ReadonlySet<string>;
}

/** Takes one record of the active cluster into what is known of it since the cut. */
export function addSince(since: { keys: Set<string>; origins: Set<string> }, record: KafkaRecord): void {
	const origins = originsOf(record);
	for (const origin of origins) since.origins.add(origin);
	if (origins.length === 0 && record.key) since.keys.add(record.key.toString('base64'));
}

/**
 * What a record left behind is to the active cluster. `superseded`: the topic keeps only the newest value per key, and a newer
 * one is there. `conflict`: its key was written there since, and a reader would see the older value last.
 */
export type Fate = 'replayed' | 'superseded' | 'conflict' | 'free';

export function fateOf(record: KafkaRecord, { cluster, compacted }: { cluster: string; compacted: boolean }, since: Since): Fate {
	if (since.origins.has(originText({ ...record, cluster }))) return 'replayed';
	if (!record.key || !since.keys.has(record.key.toString('base64'))) return 'free';
	return compacted ? 'superseded' : 'conflict';
}

/** Which of the records left behind a replay takes. */
export interface SalvageFilter {
	/** Exact names; empty: all topics. */
	topics: readonly string[];
	/** False leaves out records whose key was written on the active cluster since. */
	conflicts: boolean;
}

export const isWanted = (fate: Fate, topic: string, { topics, conflicts }: SalvageFilter): boolean =>
	(fate === 'free' || (fate === 'conflict' && conflicts)) && (topics.length === 0 || topics.includes(topic));
