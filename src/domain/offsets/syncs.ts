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
	/** Set when the target's log was truncated, or deleted and created again, since the mirror began. */
	lost: LostBefore | null;
}

/** What the target lost, by the syncs before and after: the mirror continued behind it. */
export interface LostBefore {
	/** Records, at most; 0: its original began again too. */
	records: bigint;
	/** Offset on the target before which they would lie. */
	downstream: bigint;
	/** When the mirror wrote the first sync since, ms since the epoch: what it wrote before is of another log. */
	at: number;
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
	lost: null,
});

/** The sync at an index that exists. */
export function syncAt({ upstream, downstream }: SyncHistory, index: number): Sync {
	return { upstream: upstream[index] ?? 0n, downstream: downstream[index] ?? 0n };
}

/** Takes the next sync of the topic into the partition's history. */
export function addSync(history: SyncHistory, upstream: bigint, downstream: bigint, at = 0): void {
	const before = history.length > 0 ? syncAt(history, history.length - 1) : null;
	if (before && upstream === before.upstream && downstream === before.downstream) return;
	if (before && downstream <= before.downstream) {
		// The target was truncated or created again: what was known of it is of another log.
		const lost = lostBetween(before, { upstream, downstream, at }, history.lost);
		Object.assign(history, { length: 0, lifetimes: [], fillers: false, lost });
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

/** Between two syncs the source counts no more records than offsets; what the target lacks of them is lost. None where the source began again too. */
function lostBetween(before: Sync, after: Sync & { at: number }, known: LostBefore | null): LostBefore {
	const records = after.upstream - after.downstream - (before.upstream - before.downstream);
	const all = (known?.records ?? 0n) + (records > 0n ? records : 0n);
	return { records: all, downstream: after.downstream, at: after.at };
}

/**
 * Whether a checkpoint is of the log that the syncs are of: written since that log began again, and not past the newest sync, which is at or after
 * its record. MirrorMaker 2 writes none below its last one, so that of a deleted topic stays.
 */
export function isOfLog(checkpoint: Sync & { at: number }, history: SyncHistory | undefined): boolean {
	if (!history || history.length === 0) return true;
	if (history.lost && checkpoint.at < history.lost.at) return false;
	const newest = syncAt(history, history.length - 1);
	return newest.upstream < checkpoint.upstream || checkpoint.downstream <= newest.downstream + 1n;
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
	for await (const { key, value, timestamp } of records) {
		table.read++;
		if (key && value === null) {
			table.tombstones++;
			continue;
		}
		const history = key && value?.length === valueBytes ? historyOf(key) : null;
		const [upstream, downstream] = history && value ? [value.readBigInt64BE(0), value.readBigInt64BE(8)] : [-1n, -1n];
		if (history && upstream >= 0n && downstream >= 0n) addSync(history, upstream, downstream, Number(timestamp));
		else table.junk++;
	}
	return table;
}

/** The syncs around a position on the source. */
export interface Bracket {
	/** Newest sync at or before the position, in the newest lifetime that has one. */
	before: Sync | null;
	/** The sync after it in the same lifetime; with `before` null: the oldest sync of all. */
	after: Sync | null;
	/** False when a later lifetime began after the position: the target then holds the stretch before it more than once. */
	newest: boolean;
	/** Where the newest lifetime begins on the target: from there on every lifetime is known by its own syncs. */
	horizon: bigint;
}

/**
 * The syncs around `position`. An older lifetime is only used when no later one reaches back to the position: it lies
 * lower on the target, so nothing is skipped, whatever made the mirror go back.
 */
export function bracketOf(history: SyncHistory, position: bigint, checkpoint: Sync | null = null): Bracket | null {
	if (history.length === 0) return null;
	const { lifetimes } = history;
	const horizon = syncAt(history, lifetimes.at(-1) ?? 0).downstream;
	for (let life = lifetimes.length - 1; life >= 0; life--) {
		const [from, to] = [lifetimes[life] ?? 0, lifetimes[life + 1] ?? history.length];
		const first = syncAt(history, from);
		if (first.upstream > position || (life > 0 && checkpoint && isAfter(first, checkpoint))) continue;
		const index = lastAtOrBefore(history.upstream, position, from, to);
		const after = index + 1 < to ? syncAt(history, index + 1) : null;
		return { before: syncAt(history, index), after, newest: life === lifetimes.length - 1, horizon };
	}
	return { before: null, after: syncAt(history, 0), newest: lifetimes.length === 1, horizon };
}

/** Whether a lifetime began after a checkpoint was written, by its first sync. */
const isAfter = (first: Sync, { upstream, downstream }: Sync): boolean =>
	first.downstream > downstream || (first.downstream === downstream && first.upstream !== upstream);

/** The syncs around a position on the target, and whether both are of one lifetime (`after` null otherwise). */
export function bracketBack(history: SyncHistory, position: bigint): { before: Sync | null; after: Sync | null } {
	if (history.length === 0) return { before: null, after: null };
	if (syncAt(history, 0).downstream > position) return { before: null, after: null };
	const index = lastAtOrBefore(history.downstream, position, 0, history.length);
	const sameLife = index + 1 < history.length && !history.lifetimes.includes(index + 1);
	return { before: syncAt(history, index), after: sameLife ? syncAt(history, index + 1) : null };
}

/** The lowest record of the source at which the mirror began again later than at a position on the target; null: it did not. */
export function laterStart(history: SyncHistory, position: bigint): bigint | null {
	const later = history.lifetimes.map((index) => syncAt(history, index)).filter((one) => one.downstream > position);
	return later.reduce<bigint | null>((low, { upstream }) => (low === null || upstream < low ? upstream : low), null);
}

/** Index of the last value ≤ `wanted` in [from, to), which rises; the first one is known to be. */
function lastAtOrBefore(values: BigInt64Array, wanted: bigint, from: number, to: number): number {
	let [low, high] = [from, to - 1];
	while (low < high) {
		const middle = (low + high + 1) >>> 1;
		if ((values[middle] ?? 0n) <= wanted) low = middle;
		else high = middle - 1;
	}
	return low;
}

/** A place on the target where the mirror went back and copied records a second time: its worker was killed or cancelled. */
export interface Repeat {
	/** A group that continues at this offset or later reads none of them twice. */
	until: bigint;
	/** Records copied twice, at most. */
	records: bigint;
}

/**
 * Known by the syncs: from one to the next the target takes more slots than the source has offsets. A started task leaves a sync at once
 * and every gap leaves one, so between two of them what is too much was copied before, or is a transaction marker. A second copy whose
 * syncs were lost among gaps is not seen.
 */
export function surplusOf({ length, upstream, downstream, lifetimes, fillers }: SyncHistory): Repeat[] {
	if (!fillers && lifetimes.length < 2) return [];
	const found: Repeat[] = [];
	for (let i = 1; i < length; i++) {
		const [u0 = 0n, u1 = 0n, d0 = 0n, d1 = 0n] = [upstream[i - 1], upstream[i], downstream[i - 1], downstream[i]];
		if (d1 - d0 > u1 - u0) found.push({ until: d1, records: d1 - d0 - (u1 - u0) });
	}
	return found;
}

/** An exactly-once worker leaves a marker, and a sync, with every batch; workers are killed more rarely than once in so many syncs. */
const syncsPerKill = 4;

/** What the mirror copied twice; where there is a surplus all the time it is markers, and nothing was. */
export function repeatsOf(history: SyncHistory): Repeat[] {
	const found = surplusOf(history);
	return found.length >= 3 && found.length * syncsPerKill > history.length ? [] : found;
}

/** Records that are read twice from an offset on because the mirror copied them twice, at most. */
export function repeatedFrom(repeats: readonly Repeat[] | undefined, offset: bigint): bigint {
	return (repeats ?? []).reduce((sum, { until, records }) => (offset < until ? sum + records : sum), 0n);
}
