import { createHash } from 'node:crypto';
import { type KafkaRecord, sameContent } from '../kafka/record.ts';
import type { Sync } from './syncs.ts';

/** A record by its place and what is in it. */
export interface Fingerprint {
	offset: bigint;
	/** Equal prints: the same key, value, headers and (unless left out) timestamp. */
	print: string;
}

/**
 * What a record is, in a few bytes. `timed` false leaves the timestamp out: a topic that stamps append time has another
 * one on each cluster.
 */
export function fingerprintOf({ offset, timestamp, key, value, headers }: KafkaRecord, timed: boolean): Fingerprint {
	const hash = createHash('sha256');
	const part = (bytes: Buffer | null): void => {
		const length = Buffer.alloc(4);
		length.writeInt32BE(bytes === null ? -1 : bytes.length);
		hash.update(length);
		if (bytes) hash.update(bytes);
	};
	hash.update(timed ? String(timestamp) : '');
	part(key);
	part(value);
	for (const [name, content] of headers) {
		part(name);
		part(content);
	}
	return { offset, print: hash.digest('base64').slice(0, 24) };
}

/** The same stretch of one partition on both clusters, between two syncs where there are any. */
export interface BothSides {
	/** Data records of the source from `before` to `after`, both included. */
	source: readonly Fingerprint[];
	/** Data records of the target from `before` to `after`, both included. */
	target: readonly Fingerprint[];
	before: Sync | null;
	after: Sync | null;
	/** Last stable offset of the target. */
	end: bigint;
}

/** Where a position of the source was found on the target by the records themselves. */
export interface Found {
	offset: bigint;
	rereadAtMost: bigint;
	evidence: string;
}

/**
 * Finds a position of the source on the target by content, without any premise about gaps, markers, lost syncs or
 * duplicates: the records from it up to the later sync are the same on both sides, or those from the earlier sync up to it are; where the
 * two logs were compacted differently, the nearest records on either side of it that occur once on both. null: not found.
 */
export function locate(position: bigint, sides: BothSides): Found | null {
	return upToLater(position, sides) ?? fromEarlier(position, sides) ?? bySingles(position, sides);
}

function upToLater(position: bigint, { source, target, after }: BothSides): Found | null {
	if (!after || source.at(-1)?.offset !== after.upstream || target.at(-1)?.offset !== after.downstream) return null;
	const count = source.length - indexFrom(source, position);
	const first = target[target.length - count];
	if (count === 0 || !first) return null;
	for (let i = 1; i <= count; i++)
		if (source[source.length - i]?.print !== target[target.length - i]?.print) return null;
	return {
		offset: first.offset,
		rereadAtMost: 0n,
		evidence: `the same ${records(count)} up to offset ${after.downstream}`,
	};
}

function fromEarlier(position: bigint, { source, target, before, after, end }: BothSides): Found | null {
	// The sync's own record comes first on both sides, or the sync is of another log.
	if (!before || source[0]?.offset !== before.upstream || target[0]?.offset !== before.downstream) return null;
	const count = indexFrom(source, position);
	const common = Math.min(count, target.length);
	for (let i = 0; i < common; i++) if (source[i]?.print !== target[i]?.print) return null;
	const since = `since offset ${before.downstream}`;
	if (count > target.length) {
		if (after) return null;
		// What is missing may still come, when the mirror resumes or is reversed.
		const rereadAtMost = BigInt(count - target.length);
		return { offset: end, rereadAtMost, evidence: `read further than the mirror has come ${since}` };
	}
	const [wanted, next] = [source[count], target[count]];
	if (!next && (after || common === 0)) return null;
	if (next && wanted?.print !== next.print) return null;
	// With nothing after it, markers may follow the last record; the end is past them.
	if (!next)
		return {
			offset: end,
			rereadAtMost: 0n,
			evidence: `everything mirrored is read: the same ${records(count)} ${since}`,
		};
	return { offset: next.offset, rereadAtMost: 0n, evidence: `the same ${records(count + 1)} ${since}` };
}

/** Records that occur once on both sides are the same ones; between two of them lies the position. */
function bySingles(position: bigint, { source, target, before, after }: BothSides): Found | null {
	const places = singles(target);
	// The record of the earlier sync bounds the place from below only while it is there.
	const begins = before !== null && target[0]?.offset === before.downstream;
	let [low, high, last] = [begins ? 0 : -1, after ? target.length - 1 : target.length, -1];
	let [found, closed] = [false, false];
	for (const [index, { offset }] of singles(source, places)) {
		// The record of a sync is the copy of its own original: any other is only like it.
		if (index <= last || contradicts(before, target[index], offset) || contradicts(after, target[index], offset))
			return null;
		last = index;
		if (offset < position) low = index + 1;
		else if (!closed) [high, closed] = [index, true];
		found = true;
	}
	const at = target[low];
	if (!found || low < 0 || !at || !closed) return null;
	const again = BigInt(Math.max(0, high - low));
	return {
		offset: at.offset,
		rereadAtMost: again,
		evidence: again === 0n ? 'the same record, once on both sides' : 'between two records found on both sides',
	};
}

const contradicts = (sync: Sync | null, copy: Fingerprint | undefined, original: bigint): boolean =>
	sync !== null && copy?.offset === sync.downstream && original !== sync.upstream;

/** Index on the target of every record that occurs once there and (given `places`) once here; in the order of `prints`. */
function singles(prints: readonly Fingerprint[]): Map<string, number>;
function singles(prints: readonly Fingerprint[], places: Map<string, number>): [number, Fingerprint][];
function singles(
	prints: readonly Fingerprint[],
	places?: Map<string, number>,
): Map<string, number> | [number, Fingerprint][] {
	const times = new Map<string, number>();
	for (const { print } of prints) times.set(print, (times.get(print) ?? 0) + 1);
	const once = prints.map((one, index) => ({ one, index })).filter(({ one }) => times.get(one.print) === 1);
	if (!places) return new Map(once.map(({ one, index }) => [one.print, index]));
	return once.flatMap(({ one }): [number, Fingerprint][] => {
		const index = places.get(one.print);
		return index === undefined ? [] : [[index, one]];
	});
}

/** Index of the first print at or after `position`. */
function indexFrom(prints: readonly Fingerprint[], position: bigint): number {
	let [low, high] = [0, prints.length];
	while (low < high) {
		const middle = (low + high) >>> 1;
		if ((prints[middle]?.offset ?? position) < position) low = middle + 1;
		else high = middle;
	}
	return low;
}

const records = (count: number): string => `${count} ${count === 1 ? 'record' : 'records'}`;

export interface TailMatch {
	/** Data records of the source at or after the group's commit. */
	unread: bigint;
	/** Offset on the target from where on the same records follow in the same order; null when they do not. */
	sameFrom: bigint | null;
}

/**
 * Compares the ends of one partition's two logs backwards, record by record, and tells for any position on the source
 * where the same records begin on the target. Needs no premise about gaps, markers, duplicates or lost syncs: the
 * records themselves are the proof.
 *
 * @param source data records of the source up to its end, oldest first
 * @param target data records of the target up to its end, oldest first
 */
export function compareTails(
	source: readonly KafkaRecord[],
	target: readonly KafkaRecord[],
): (position: bigint) => TailMatch {
	let same = 0;
	while (same < source.length && same < target.length) {
		const [a, b] = [source[source.length - 1 - same], target[target.length - 1 - same]];
		if (!a || !b || !sameContent(a, b)) break;
		same++;
	}
	return (position) => {
		const unread = source.length - lowerBound(source, position);
		const first = unread <= same ? target[target.length - unread] : undefined;
		return { unread: BigInt(unread), sameFrom: unread > 0 && first ? first.offset : null };
	};
}

/** Index of the first record at or after `position`. */
function lowerBound(records: readonly KafkaRecord[], position: bigint): number {
	let [low, high] = [0, records.length];
	while (low < high) {
		const middle = (low + high) >>> 1;
		const record = records[middle];
		if (record && record.offset < position) low = middle + 1;
		else high = middle;
	}
	return low;
}

/** The record found at or after one offset on both clusters; null: none is there. */
export interface Sample {
	at: bigint;
	source: KafkaRecord | null;
	target: KafkaRecord | null;
}

/** Whether offsets mean the same on both clusters, as far as records were compared. */
export type Identity =
	| { kind: 'same'; compared: number }
	| { kind: 'different'; why: string }
	| { kind: 'unknown'; why: string };

/** Offsets are the same when every pair of records is: the same content at the same offset. Nothing compared proves nothing. */
export function identityOf(samples: readonly Sample[]): Identity {
	let compared = 0;
	for (const { at, source, target } of samples) {
		if (!source && !target) continue;
		if (!source || !target) return { kind: 'different', why: `only one side has a record at or after ${at}` };
		if (source.offset !== target.offset || !sameContent(source, target)) {
			return { kind: 'different', why: `the record at ${source.offset} there is not the one at ${target.offset} here` };
		}
		if (source.timestampType === 'log-append' || target.timestampType === 'log-append')
			return { kind: 'unknown', why: 'append time on one side: identical records may be different ones' };
		compared++;
	}
	return compared > 0 ? { kind: 'same', compared } : { kind: 'unknown', why: 'no record is on both sides to compare' };
}
