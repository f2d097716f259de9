import { PartitionMap } from '../kafka/partition.ts';
import type { KafkaRecord } from '../kafka/record.ts';

/** MirrorMaker 2's word that record `upstream` of the source is record `downstream` of the target. */
export interface Sync {
	upstream: bigint;
	downstream: bigint;
}

/**
 * All syncs of one partition that are still readable, oldest first. Downstream offsets rise throughout; upstream offsets rise within a
 * lifetime and fall back at the start of the next one (the mirror went back: a restart, or a source topic created again).
 */
export interface SyncHistory {
	/** Syncs kept; the arrays may be longer. */
	length: number;
	upstream: BigInt64Array;
	downstream: BigInt64Array;
	/** Index of the first sync of each lifetime. */
	lifetimes: number[];
	/** Somewhere the target advanced by more than the source: it holds markers, duplicates or records of others. */
	fillers: boolean;
}

/** A whole offset-syncs topic. */
export interface SyncTable {
	partitions: PartitionMap<SyncHistory>;
	read: number;
	tombstones: number;
	/** Records that are no sync. */
	junk: number;
}

/** A 3-field key or a value of another length is another format than the one known (no version is written). */
const valueBytes = 16;

/**
 * Decodes the key of one record of `mm2-offset-syncs.<alias>.internal` (KIP-382, `OffsetSync.java`): STRING topic (INT16 byte length), INT32
 * partition. The value is INT64 upstream, INT64 downstream, without a version.
 */
function decodeKey(key: Buffer): { topic: string; partition: number } | null {
	if (key.length < 6) return null;
	const length = key.readInt16BE(0);
	if (length < 0 || key.length !== length + 6) return null;
	const partition = key.readInt32BE(length + 2);
	return partition < 0 ? null : { topic: key.toString('utf8', 2, length + 2), partition };
}

export const emptyHistory = (): SyncHistory => ({
	length: 0,
	upstream: new BigInt64Array(16),
	downstream: new BigInt64Array(16),
	lifetimes: [],
	fillers: false,
});

/** The sync at an index that exists. */
export function syncAt({ upstream, downstream }: SyncHistory, index: number): Sync {
	return { upstream: upstream[index] ?? 0n, downstream: downstream[index] ?? 0n };
}

/** Takes the next sync of the topic into the partition's history. */
export function addSync(history: SyncHistory, upstream: bigint, downstream: bigint): void {
	const before = history.length > 0 ? syncAt(history, history.length - 1) : null;
	if (before && upstream === before.upstream && downstream === before.downstream) return;
	if (before && downstream <= before.downstream) {
		// The target was truncated or created again: what was known of it is of another log.
		Object.assign(history, { length: 0, lifetimes: [], fillers: false });
	}
	const known = history.length > 0 ? before : null;
	if (!known || upstream <= known.upstream) history.lifetimes.push(history.length);
	else if (downstream - known.downstream > upstream - known.upstream) history.fillers = true;
	if (history.length === history.upstream.length) {
		history.upstream = grown(history.upstream);
		history.downstream = grown(history.downstream);
	}
	history.upstream[history.length] = upstream;
	history.downstream[history.length] = downstream;
	history.length++;
}

function grown(array: BigInt64Array): BigInt64Array<ArrayBuffer> {
	const next = new BigInt64Array(array.length * 2);
	next.set(array);
	return next;
}

/** Folds a whole offset-syncs topic, oldest record first; 16 bytes a sync are kept. */
export async function foldSyncs(records: AsyncIterable<KafkaRecord> | Iterable<KafkaRecord>): Promise<SyncTable> {
	const table: SyncTable = { partitions: new PartitionMap(), read: 0, tombstones: 0, junk: 0 };
	const byKey = new Map<string, SyncHistory>();
	const historyOf = (key: Buffer): SyncHistory | null => {
		const name = key.toString('latin1');
		const known = byKey.get(name);
		if (known) return known;
		const at = decodeKey(key);
		if (!at) return null;
		const history = emptyHistory();
		byKey.set(name, history);
		table.partitions.set(at, history);
		return history;
	};
	for await (const { key, value } of records) {
		table.read++;
		if (key && value === null) {
			table.tombstones++;
			continue;
		}
		const history = key && value?.length === valueBytes ? historyOf(key) : null;
		const [upstream, downstream] = history && value ? [value.readBigInt64BE(0), value.readBigInt64BE(8)] : [-1n, -1n];
		if (history && upstream >= 0n && downstream >= 0n) addSync(history, upstream, downstream);
		else table.junk++;
	}
	return table;
}
