import type { KafkaRecord } from '../kafka/record.ts';
import { originsOf, originText } from './origin.ts';

/** What was written on the active cluster's partition since the cut. */
export interface Since {
	/** Keys (base64) that applications wrote since; replayed records do not count. */
	keys: ReadonlySet<string>;
	/** Origins of records already replayed. */
	origins: ReadonlySet<string>;
}

/** A record of the tail, and its relation to the active cluster. */
export interface TailRecord {
	record: KafkaRecord;
	fate: Fate;
	/** It lies in a quarantine topic of the active cluster. */
	quarantined: boolean;
}

/** Takes one record of the active cluster into what is known of it since the cut. */
export function addSince(since: { keys: Set<string>; origins: Set<string> }, record: KafkaRecord): void {
	const origins = originsOf(record);
	for (const origin of origins) since.origins.add(origin);
	if (origins.length === 0 && record.key) since.keys.add(record.key.toString('base64'));
}

/**
 * What a record of the tail is to the active cluster. `superseded`: the topic keeps only the newest value per key, and a newer
 * one is there. `conflict`: its key was written there since, and a reader would see the older value last.
 */
export type Fate = 'replayed' | 'superseded' | 'conflict' | 'free';

export function fateOf(
	record: KafkaRecord,
	{ cluster, compacted }: { cluster: string; compacted: boolean },
	since: Since,
): Fate {
	if (since.origins.has(originText({ ...record, cluster }))) return 'replayed';
	if (!record.key || !since.keys.has(record.key.toString('base64'))) return 'free';
	return compacted ? 'superseded' : 'conflict';
}

/** Which records of the tail a replay takes. */
export interface SalvageFilter {
	/** Exact names; empty: all topics. */
	topics: readonly string[];
	/** Exact keys, as text or as `base64:` and base64; empty: all records, also those without a key. */
	keys: readonly string[];
	/** False leaves out records whose key was written on the active cluster since. */
	conflicts: boolean;
}

/** Tells the records that are asked for, whatever they are to the active cluster. */
export function selector({ topics, keys }: Pick<SalvageFilter, 'topics' | 'keys'>): (record: KafkaRecord) => boolean {
	const wanted = new Set(
		keys.map((key) => (key.startsWith('base64:') ? key.slice('base64:'.length) : Buffer.from(key).toString('base64'))),
	);
	return ({ topic, key }) =>
		(topics.length === 0 || topics.includes(topic)) &&
		(wanted.size === 0 || (key !== null && wanted.has(key.toString('base64'))));
}

/** Whether a replay writes it: to its own topic what is allowed there; to a quarantine topic all that is not anywhere yet. */
export function isWanted(fate: Fate, { conflicts, quarantine }: { conflicts: boolean; quarantine: boolean }): boolean {
	if (fate === 'conflict') return conflicts;
	return fate === 'free' || (quarantine && fate === 'superseded');
}
