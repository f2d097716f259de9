import { clamp, max, min } from '../bigint.ts';
import { type Fact, factValue } from '../fact.ts';
import type { Found, TailMatch } from './content.ts';
import { type Repeat, repeatedFrom } from './syncs.ts';
import type { Translation } from './translate.ts';

/** What is known of one group's position in one partition, and of the partition's logs, when its new offset is chosen. */
export interface PlaceFacts {
	/** Last commit on the cluster we leave; null when that cluster is not asked or the group has none there. */
	source: bigint | null;
	/** First and next offset on the cluster we move to; up to the last stable one, so that nothing open is skipped. */
	target: { logStart: bigint; end: bigint };
	/** Newest checkpoint of MirrorMaker 2, if any. */
	checkpoint: { upstream: bigint; downstream: bigint; at: number } | null;
	/** Committed now on the cluster we move to. */
	prior: bigint | null;
	/**
	 * When the partition is drained: offset after the last data record of the source, and the target's end from before that was read, so that
	 * everything below the one is below the other. Read: the last record is on both sides. Computed: the mirror's position says so.
	 */
	drained: Fact<{ upTo: bigint; targetEnd: bigint }> | null;
	/** The mirror may copy records at any moment. */
	live?: boolean;
	/** Why it is not known what the group has processed since its last commit; null when its commit is its position. */
	moving: string | null;
	/** What comparing the ends of both logs record by record gave; null when they were not compared. */
	tail: TailMatch | null;
	/** First and next offset on the cluster we leave; absent when it is not asked. */
	sourceLog?: { logStart: bigint; end: bigint } | null;
	/** The source's commit by raw offset-syncs, or that of the newest checkpoint when the source is not asked. */
	syncs?: Translation | null;
	/** Why the mirror's syncs could not be used, when they could not. */
	noSyncs?: string | null;
	/** The source's commit by the records themselves; value null: they show it nowhere. */
	content?: Fact<Found | null>;
	/** Where the mirror copied records a second time, as far as its syncs tell. */
	repeats?: readonly Repeat[];
	/** Now, ms since the epoch: tells how old a checkpoint is. */
	now?: number;
}

/** `exact`: the place itself; nothing before it is read again. `bounded`: read again at most so much. `earliest`: nothing known, all is read again. */
export type Proof = 'exact' | 'bounded' | 'earliest' | 'policy';

/** Where a group continues, and how that is known. Never past the first record it has not processed. */
export interface Placement {
	offset: bigint;
	proof: Proof;
	/** Upper bound on records the group reads again. */
	rereadAtMost: bigint;
	evidence: string;
	/** Records the group has not processed, which the source still holds and the standby has deleted: it skips them, at most so many. */
	skipsAtMost: bigint;
	/** True when the standby's own commit is newer: setting the offset rewinds the group. */
	rewinds: boolean;
	/** What MirrorMaker 2's own offset (the one on the standby, else its checkpoint) would have done; null: it has none. */
	mirrorMaker: OwnOffset | null;
}

export interface OwnOffset {
	rereadAtMost: bigint;
	/** Records it would have skipped, at least. */
	skips: bigint;
}

/**
 * Chooses the new offset, best proof first: everything read; the same records on both sides, in the end or between syncs; a
 * closed window; a bound by syncs; MirrorMaker 2's checkpoint; the beginning. What is uncertain is read again, never skipped.
 */
export function place(facts: PlaceFacts): Placement {
	if (beyondEnd(facts)) return settle(fromBeginning(facts), facts);
	return settle(
		caughtUp(facts) ??
			sameRecords(facts) ??
			sameTail(facts) ??
			better(fromSyncs(facts), fromCheckpoint(facts)) ??
			fromBeginning(facts),
		facts,
	);
}

/** Raw offset-syncs alone; `conservative` by MirrorMaker 2's own rule, which needs no premise. */
export function placeBySyncs(facts: PlaceFacts, { conservative }: { conservative: boolean }): Placement {
	if (beyondEnd(facts)) return settle(fromBeginning(facts), facts);
	return settle((conservative ? byOwnRule(facts) : fromSyncs(facts)) ?? fromBeginning(facts), facts);
}

/** MirrorMaker 2's checkpoint alone, as its own group sync would use it. */
export function placeByCheckpoint(facts: PlaceFacts): Placement {
	return settle(fromCheckpoint(facts) ?? fromBeginning(facts), facts);
}

/**
 * The first offset on the target whose timestamp is at or after that of the record at the group's position, which is on
 * the target at or after it: safe, and as exact as timestamps are ordered. `found` null: no record is that new.
 */
export function placeByTimestamp(facts: PlaceFacts, { at, found, why }: TimeFacts): Placement {
	if (at === null) {
		const beginning = fromBeginning(facts);
		return settle(
			caughtUp(facts) ??
				(why === undefined || beginning.proof === 'exact' ? beginning : { ...beginning, evidence: why }),
			facts,
		);
	}
	const offset = found ?? facts.target.end;
	const evidence = `first record at or after ${new Date(at).toISOString()}`;
	return settle({ offset, proof: 'bounded', rereadAtMost: rereadAbove(offset, facts), evidence }, facts);
}

/** What a look-up by time gave. */
export interface TimeFacts {
	/** Time looked for, ms since the epoch; null: the group has read everything, or its record was not readable. */
	at: number | null;
	/** First offset on the target at or after it; null: no record is that new. */
	found: bigint | null;
	/** What failed, where there is no time for that. */
	why?: string;
}

interface Chosen extends Pick<Placement, 'offset' | 'proof' | 'rereadAtMost' | 'evidence'> {
	/** How far above the offset the true position may be; absent: as `rereadAtMost`. */
	slack?: bigint;
}

function settle({ slack, ...chosen }: Chosen, facts: PlaceFacts): Placement {
	const { target, prior, moving } = facts;
	const offset = clamp(chosen.offset, target.logStart, target.end);
	const skipsAtMost = deletedBefore(chosen, facts);
	const rewinds = prior !== null && offset < prior;
	const upTo = clamp(offset + (slack ?? chosen.rereadAtMost), offset, target.end);
	const mirrorMaker = ownOffset(facts, offset + chosen.rereadAtMost, upTo);
	const skips = rewinds ? (mirrorMaker?.skips ?? 0n) : 0n;
	const back =
		skips > 0n ? `${chosen.evidence}; rewound: the commit ${prior} there would skip ${skips}` : chosen.evidence;
	const { rereadAtMost, repeated } = withRepeats({ ...chosen, offset }, facts);
	const twice = repeated > 0n ? `${back}; the mirror copied up to ${repeated} above it twice` : back;
	const evidence =
		skipsAtMost > 0n ? `${twice}; the standby no longer holds up to ${skipsAtMost} of its next records` : twice;
	const proof = skipsAtMost > 0n && chosen.proof === 'exact' ? 'bounded' : chosen.proof;
	const placement = { ...chosen, offset, proof, rereadAtMost, evidence, skipsAtMost, rewinds, mirrorMaker };
	return moving !== null && offset < target.end ? stillReading(placement, moving, target.end) : placement;
}

/** What the source has deleted too is lost to the group on either side; of a place that is not known nothing can be said. */
function deletedBefore({ offset, proof }: Chosen, { source, sourceLog, target }: PlaceFacts): bigint {
	const goneThere = source !== null && sourceLog != null && source < sourceLog.logStart;
	return proof === 'earliest' || goneThere ? 0n : max(target.logStart - offset, 0n);
}

/** What lies twice on the target above an offset is read twice, wherever below it a group continues; never more than all there is. */
function withRepeats(
	{ offset, rereadAtMost }: Pick<Chosen, 'offset' | 'rereadAtMost'>,
	{ repeats, target }: PlaceFacts,
) {
	const repeated = repeatedFrom(repeats, offset);
	const all = target.end - offset;
	const sum = rereadAtMost + repeated;
	return { repeated, rereadAtMost: min(sum, max(rereadAtMost, all)) };
}

/** What the standby's own commit, else the checkpoint, would have done to a group whose true place is at most `upTo`. */
function ownOffset({ prior, checkpoint, repeats }: PlaceFacts, readUpTo: bigint, upTo: bigint): OwnOffset | null {
	const own = prior ?? checkpoint?.downstream ?? null;
	if (own === null) return null;
	return { rereadAtMost: max(readUpTo - own, 0n) + repeatedFrom(repeats, own), skips: max(own - upTo, 0n) };
}

/** Its position is that of its last commit, but it may have processed anything above it. */
function stillReading(placement: Placement, why: string, end: bigint): Placement {
	const evidence = `${placement.evidence}; ${why}`;
	return {
		...placement,
		proof: placement.proof === 'exact' ? 'bounded' : placement.proof,
		rereadAtMost: end - placement.offset,
		evidence,
	};
}

/** While the mirror runs, a position is of another moment than the end it is compared with, and proves nothing about it. */
function caughtUp({ source, drained, live = false }: PlaceFacts): Chosen | null {
	const ends = factValue(drained);
	const isRead = drained?.known === 'read';
	if (source === null || !ends || source < ends.upTo || (live && !isRead)) return null;
	const evidence = isRead ? 'everything is on both sides' : "everything is mirrored, by the mirror's position";
	return {
		offset: ends.targetEnd,
		proof: isRead ? 'exact' : 'bounded',
		rereadAtMost: 0n,
		evidence: `everything read, and ${evidence}`,
	};
}

function sameTail({ tail }: PlaceFacts): Chosen | null {
	if (!tail || tail.sameFrom === null) return null;
	return {
		offset: tail.sameFrom,
		proof: 'exact',
		rereadAtMost: 0n,
		evidence: `the same ${tail.unread} records follow on both sides`,
	};
}

function sameRecords({ source, content }: PlaceFacts): Chosen | null {
	const found = factValue(content);
	if (source === null || !found) return null;
	return { ...found, proof: found.rereadAtMost === 0n ? 'exact' : 'bounded' };
}

const fromSyncs = (facts: PlaceFacts): Chosen | null => (facts.syncs ? asOf(facts.syncs, facts) : null);

function byOwnRule(facts: PlaceFacts): Chosen | null {
	const { syncs } = facts;
	return syncs ? asOf({ ...syncs.conservative, evidence: "MirrorMaker's own rule over raw syncs" }, facts) : null;
}

/** With the source silent the commit is as old as its checkpoint: the group may have read everything since. */
function asOf(
	{ offset, rereadAtMost, evidence }: Pick<Chosen, 'offset' | 'rereadAtMost' | 'evidence'>,
	facts: PlaceFacts,
): Chosen {
	const { source, checkpoint, target, now } = facts;
	if (source !== null || !checkpoint) return { offset, proof: 'bounded', rereadAtMost, evidence };
	const age = now === undefined ? '' : `, ${Math.max(0, Math.round((now - checkpoint.at) / 1000))} s old`;
	const dated = `${evidence}; commit ${checkpoint.upstream} by checkpoint${age}`;
	if (offset >= target.end) return { offset, proof: 'bounded', rereadAtMost, evidence: dated };
	return { offset, proof: 'bounded', rereadAtMost: rereadAbove(offset, facts), evidence: dated, slack: rereadAtMost };
}

/** Both are safe, so the later one is better; the proof of the earlier one tells how far it may be off. */
function better(syncs: Chosen | null, checkpoint: Chosen | null): Chosen | null {
	if (!syncs || !checkpoint || checkpoint.offset <= syncs.offset) return syncs ?? checkpoint;
	const ahead = checkpoint.offset - syncs.offset;
	const least = (bound: bigint): bigint => max(bound - ahead, 0n);
	const rereadAtMost = least(syncs.rereadAtMost);
	return {
		...checkpoint,
		rereadAtMost,
		slack: least(syncs.slack ?? syncs.rereadAtMost),
		evidence: checkpoint.evidence,
	};
}

/**
 * A checkpoint whose `upstream` is at or before the group's commit is safe: MirrorMaker 2 never translates past it
 * (OffsetSyncStore since 3.5). One from after it is not: the group was rewound on the source. Nor is one past the
 * target's end: it is of a topic that was there before.
 */
function fromCheckpoint(facts: PlaceFacts): Chosen | null {
	const { checkpoint, source, target, noSyncs } = facts;
	if (!checkpoint || (source !== null && source < checkpoint.upstream) || checkpoint.downstream > target.end)
		return null;
	const offset = checkpoint.downstream;
	return {
		offset,
		proof: 'bounded',
		rereadAtMost: rereadAbove(offset, facts),
		evidence: `checkpoint ${checkpoint.upstream} → ${checkpoint.downstream}${noSyncs ? `; ${noSyncs}` : ''}`,
		...(source === null && { slack: 0n }),
	};
}

function fromBeginning(facts: PlaceFacts): Chosen {
	const { logStart, end } = facts.target;
	if (logStart === end)
		return { offset: end, proof: 'exact', rereadAtMost: 0n, evidence: 'the partition holds no record' };
	const evidence = situationOf(facts) ?? 'rewound on the source since the last checkpoint';
	return { offset: logStart, proof: 'earliest', rereadAtMost: rereadAbove(logStart, facts), evidence };
}

/** A commit past the source's end is of a log that was truncated or created again: it says nothing. */
const beyondEnd = ({ source, sourceLog }: PlaceFacts): boolean =>
	source !== null && sourceLog != null && source > sourceLog.end;

/**
 * Everything above the new offset, less what the group has not processed yet: when the partition is drained, each
 * unread record is on the target at least once, above the group's true position.
 */
function rereadAbove(offset: bigint, { target, tail, drained }: PlaceFacts): bigint {
	const unread = factValue(drained) ? (tail?.unread ?? 0n) : 0n;
	return max(target.end - clamp(offset, target.logStart, target.end) - unread, 0n);
}

/** What is special about a group's position in one partition; null: nothing. Said beside the proof, so that none is silent. */
function situationOf({ source, sourceLog, checkpoint, prior }: PlaceFacts): string | null {
	if (source !== null && sourceLog && source > sourceLog.end)
		return `beyond the log end ${sourceLog.end}: truncated or created again`;
	if (source !== null && sourceLog && source < sourceLog.logStart)
		return `expired: the source begins at ${sourceLog.logStart}`;
	if (checkpoint && prior !== null && checkpoint.downstream < prior) return "behind the standby's own commit";
	return checkpoint ? null : 'no checkpoint';
}
