/** What is known of one group's position in one partition, and of the partition's logs, when its new offset is chosen. */
export interface PlaceFacts {
	/** Last commit on the cluster we leave; null when that cluster is not asked or the group has none there. */
	source: bigint | null;
	/** First and next offset on the cluster we move to. */
	target: { logStart: bigint; end: bigint };
	/** Newest checkpoint of MirrorMaker 2, if any. */
	checkpoint: { upstream: bigint; downstream: bigint; at: number } | null;
	/** Committed now on the cluster we move to. */
	prior: bigint | null;
	/** Offset after the last data record of the source, when the partition is drained: everything below is on the target. */
	drainedTo: bigint | null;
	/** True when the group was still reading as its members were evicted: what it processed since its last commit is not known. */
	moving: boolean;
	/** What comparing the ends of both logs record by record gave; null when they were not compared. */
	tail: Tail | null;
}

export interface Tail {
	/** Data records of the source at or after the group's commit. */
	unread: bigint;
	/** Offset on the target from where on the same records follow in the same order; null when they do not. */
	sameFrom: bigint | null;
}

/** `exact`: neither skipped nor read again. `bounded`: read again at most so much. `earliest`: nothing known, all is read again. */
export type Proof = 'exact' | 'bounded' | 'earliest' | 'policy';

/** Where a group goes on, and how that is known. Never past the first record it has not processed. */
export interface Placement {
	offset: bigint;
	proof: Proof;
	/** Upper bound on records the group reads again. */
	rereadAtMost: bigint;
	evidence: string;
	/** True when the standby's own commit is newer: setting the offset takes the group back. */
	rewinds: boolean;
}

/**
 * Chooses the new offset, best proof first: everything read; the same records on both sides; MirrorMaker 2's
 * checkpoint; the beginning. What is uncertain is read again, never skipped.
 */
export function place(facts: PlaceFacts): Placement {
	return settle(caughtUp(facts) ?? sameTail(facts) ?? fromCheckpoint(facts) ?? fromBeginning(facts), facts);
}

/** MirrorMaker 2's checkpoint alone, as its own group sync would use it. */
export function placeByCheckpoint(facts: PlaceFacts): Placement {
	return settle(fromCheckpoint(facts) ?? fromBeginning(facts), facts);
}

/**
 * The first offset on the target whose timestamp is at or after that of the record at the group's position, which is on
 * the target at or after it: safe, and as exact as timestamps are ordered. `found` null: no record is that new.
 */
export function placeByTimestamp(facts: PlaceFacts, at: number | null, found: bigint | null, chosen: boolean): Placement {
	if (at === null) return settle(caughtUp(facts) ?? fromBeginning(facts), facts);
	const offset = found ?? facts.target.end;
	const evidence = `first record at or after ${new Date(at).toISOString()}`;
	return settle({ offset, proof: chosen ? 'policy' : 'bounded', rereadAtMost: rereadAbove(offset, facts), evidence }, facts);
}

type Chosen = Omit<Placement, 'rewinds'>;

function settle(chosen: Chosen, { target, prior, moving }: PlaceFacts): Placement {
	const offset = clamp(chosen.offset, target.logStart, target.end);
	const placement = { ...chosen, offset, rewinds: prior !== null && offset < prior };
	return moving && offset < target.end ? stillReading(placement, target.end) : placement;
}

/** Its position is that of its last commit, but it may have processed anything above it. */
function stillReading(placement: Placement, end: bigint): Placement {
	const evidence = `${placement.evidence}; was still reading when evicted`;
	return { ...placement, proof: placement.proof === 'exact' ? 'bounded' : placement.proof, rereadAtMost: end - placement.offset, evidence };
}

function caughtUp({ source, drainedTo, target }: PlaceFacts): Chosen | null {
	if (source === null || drainedTo === null || source < drainedTo) return null;
	return { offset: target.end, proof: 'exact', rereadAtMost: 0n, evidence: 'everything read, and everything is on both sides' };
}

function sameTail({ tail }: PlaceFacts): Chosen | null {
	if (!tail || tail.sameFrom === null) return null;
	return { offset: tail.sameFrom, proof: 'exact', rereadAtMost: 0n, evidence: `the same ${tail.unread} records follow on both sides` };
}

/**
 * A checkpoint whose `upstream` is at or before the group's commit is safe: MirrorMaker 2 never translates past it
 * (OffsetSyncStore since 3.5). One from after it is not: the group was taken back on the source.
 */
function fromCheckpoint(facts: PlaceFacts): Chosen | null {
	const { checkpoint, source, target } = facts;
	if (!checkpoint || (source !== null && source < checkpoint.upstream)) return null;
	const offset = clamp(checkpoint.downstream, target.logStart, target.end);
	return {
		offset,
		proof: 'bounded',
		rereadAtMost: rereadAbove(offset, facts),
		evidence: `checkpoint ${checkpoint.upstream} → ${checkpoint.downstream}`,
	};
}

function fromBeginning(facts: PlaceFacts): Chosen {
	const { logStart, end } = facts.target;
	if (logStart === end) return { offset: end, proof: 'exact', rereadAtMost: 0n, evidence: 'the partition holds no record' };
	const evidence = facts.checkpoint ? 'taken back on the source since the last checkpoint' : 'no checkpoint';
	return { offset: logStart, proof: 'earliest', rereadAtMost: rereadAbove(logStart, facts), evidence };
}

/**
 * Everything above the new offset, less what the group has not processed yet: when the partition is drained, each
 * unread record is on the target at least once, above the group's true position.
 */
function rereadAbove(offset: bigint, { target, tail, drainedTo }: PlaceFacts): bigint {
	const unread = drainedTo === null ? 0n : (tail?.unread ?? 0n);
	const above = target.end - clamp(offset, target.logStart, target.end) - unread;
	return above > 0n ? above : 0n;
}

function clamp(value: bigint, low: bigint, high: bigint): bigint {
	return value < low ? low : value > high ? high : value;
}
