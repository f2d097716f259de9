import type { Print } from '../offsets/content.ts';

/** What is known of one partition's two logs around the last record the mirror copied. */
export interface BoundaryFacts {
	/** Data records of the returned cluster, from some before `floor` up to the end of its tail, oldest first. */
	returned: readonly Print[];
	/** The last data records of the active cluster before the cut, oldest first. */
	active: readonly Print[];
	/** The mirror has copied everything before this offset of the returned cluster; null when that is not known. */
	floor: bigint | null;
	/** First offset of the returned cluster's log. */
	logStart: bigint;
	/** True when the active cluster still holds its log from the beginning. */
	activeWhole: boolean;
}

/** Where the records begin that never reached the active cluster. */
export type Boundary = { kind: 'found'; from: bigint; evidence: string } | { kind: 'unknown'; reason: string };

/**
 * The last mirrored record, found by content: the place where the longest run of records, read backwards, is the same
 * as the end of the active cluster's log at the cut. Order is preserved and content copied byte by byte, so the true place always
 * matches; repeated copies only shorten the run. Of places equally good the earliest counts: what may be missing is kept.
 */
export function findBoundary({ returned, active, floor, logStart, activeWhole }: BoundaryFacts): Boundary {
	const from = floor ?? logStart;
	if (active.length === 0) {
		if (floor !== null)
			return { kind: 'found', from, evidence: `mirrored position ${floor - 1n}; the active side holds nothing from before the cut` };
		if (activeWhole) return { kind: 'found', from: logStart, evidence: 'nothing was ever mirrored' };
		return { kind: 'unknown', reason: 'no mirrored position, and the active side no longer holds what it had at the cut' };
	}
	const best = longestRun(returned, active, from);
	if (best) return { kind: 'found', from: best.after, evidence: `the same ${count(best.same)} up to offset ${best.after - 1n}` };
	if (floor !== null)
		return { kind: 'found', from, evidence: `mirrored position ${floor - 1n}; no record before it is on both sides to compare` };
	return { kind: 'unknown', reason: 'no mirrored position, and no record of the cut was found on the returned cluster' };
}

function longestRun(returned: readonly Print[], active: readonly Print[], floor: bigint): { same: number; after: bigint } | null {
	let best: { same: number; after: bigint } | null = null;
	for (const [index, { offset }] of returned.entries()) {
		// The last mirrored record is the one before the floor or a later one.
		const next = returned[index + 1];
		if (next && next.offset < floor) continue;
		const same = sameBackwards(returned, index, active);
		if (same > (best?.same ?? 0)) best = { same, after: offset + 1n };
	}
	return best;
}

function sameBackwards(returned: readonly Print[], last: number, active: readonly Print[]): number {
	let same = 0;
	while (same <= last && same < active.length && returned[last - same]?.print === active[active.length - 1 - same]?.print) same++;
	return same;
}

const count = (n: number): string => `${n} ${n === 1 ? 'record' : 'records'}`;
