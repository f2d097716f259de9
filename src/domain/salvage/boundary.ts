import type { Fingerprint } from '../offsets/content.ts';

/** What is known of one partition's two logs around the last record the mirror copied. */
export interface BoundaryFacts {
	/** Data records of the returned cluster, from some before `floor` up to the end of its tail, oldest first. */
	returned: readonly Fingerprint[];
	/** The last data records of the active cluster before the cut, oldest first. */
	active: readonly Fingerprint[];
	/** The mirror has copied everything before this offset of the returned cluster; null when that is not known. */
	floor: bigint | null;
	/** First offset of the returned cluster's log. */
	logStart: bigint;
	/** True when the active cluster still holds its log from the beginning. */
	activeWhole: boolean;
	/** True when both lists hold all that was ever written to their logs. */
	bothWhole: boolean;
}

/**
 * Where the records begin that never reached the active cluster. `doubtful`: so many of them, at most, may have reached it after all,
 * because the records cannot tell.
 */
export type Boundary =
	| { kind: 'found'; from: bigint; doubtful: number; evidence: string }
	| { kind: 'unknown'; reason: string };

/** The record at `index` as the last mirrored one: `same` records up to it are the same as the end of the active cluster's log. */
interface Place {
	index: number;
	after: bigint;
	same: number;
}

/**
 * The last mirrored record, found by content: order is preserved and content copied byte by byte, so up to the true place everything
 * is the same, as far as both sides were read. Where more places are like that, because records are identical, the earliest counts: what may be missing is
 * kept. Where none is (a stretch was copied twice, or one log was compacted), every place whose own record is the last copied one is as good.
 */
export function findBoundary({ returned, active, floor, logStart, activeWhole, bothWhole }: BoundaryFacts): Boundary {
	const from = floor ?? logStart;
	if (active.length === 0) {
		const evidence = `mirrored position ${from - 1n}; the active side holds nothing from before the cut`;
		if (floor !== null) return { kind: 'found', from, doubtful: 0, evidence };
		if (activeWhole) return { kind: 'found', from: logStart, doubtful: 0, evidence: 'nothing was ever mirrored' };
		return {
			kind: 'unknown',
			reason: 'no mirrored position, and the active side no longer holds what it had at the cut',
		};
	}
	const places = placesFrom(from, returned, active);
	const sound = places.filter(({ index, same }) =>
		bothWhole ? same === index + 1 && same === active.length : same === Math.min(index + 1, active.length),
	);
	const good = sound.length > 0 ? sound : places;
	const [first, last] = [good[0], good.at(-1)];
	if (first && last) return { kind: 'found', from: first.after, ...doubt(first, last) };
	const evidence = `mirrored position ${from - 1n}; no record before it is on both sides to compare`;
	if (floor !== null) return { kind: 'found', from, doubtful: 0, evidence };
	return {
		kind: 'unknown',
		reason: 'no mirrored position, and no record of the cut was found on the returned cluster',
	};
}

function doubt(first: Place, last: Place): { doubtful: number; evidence: string } {
	const doubtful = last.index - first.index;
	const same = `the same ${count(first.same)} up to offset ${first.after - 1n}`;
	return {
		doubtful,
		evidence: doubtful === 0 ? same : `${same}; so many are identical that ${count(doubtful)} more may be mirrored`,
	};
}

/** The last mirrored record is the one before the floor or a later one, and is the last one copied. */
function placesFrom(floor: bigint, returned: readonly Fingerprint[], active: readonly Fingerprint[]): Place[] {
	const runs = runsBackwards(returned, active);
	const places = returned.flatMap(({ offset }, index) => {
		const [next, same] = [returned[index + 1], runs[index] ?? 0];
		return same === 0 || (next && next.offset < floor) ? [] : [{ index, after: offset + 1n, same }];
	});
	const unseen =
		floor > 0n && returned.every(({ offset }) => offset >= floor) && isRepeated(active.at(-1), returned, active);
	return unseen ? [{ index: -1, after: floor, same: 0 }, ...places] : places;
}

/** A record of a kind that comes more than once: finding its like among those after the position says nothing. */
const isRepeated = (one: Fingerprint | undefined, ...logs: (readonly Fingerprint[])[]): boolean =>
	logs.some((log) => log.filter(({ print }) => print === one?.print).length > 1);

/** For each record of `log`, how many up to it are the same as the last ones of `end`, by the Z-algorithm: logs may be long and all identical. */
function runsBackwards(log: readonly Fingerprint[], end: readonly Fingerprint[]): number[] {
	const all = [...end.toReversed(), ...log.toReversed()].map(({ print }) => print);
	const same = new Int32Array(all.length);
	let [left, right] = [0, 0];
	for (let at = 1; at < all.length; at++) {
		let run = at < right ? Math.min(right - at, same[at - left] ?? 0) : 0;
		while (at + run < all.length && all[run] === all[at + run]) run++;
		same[at] = run;
		if (at + run > right) [left, right] = [at, at + run];
	}
	return log.map((_, index) => Math.min(end.length, same[all.length - 1 - index] ?? 0));
}

const count = (n: number): string => `${n} ${n === 1 ? 'record' : 'records'}`;
