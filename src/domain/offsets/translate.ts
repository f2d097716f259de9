import { type Bracket, bracketBack, bracketOf, type Sync, type SyncHistory } from './syncs.ts';

/** Where a position of the source lies on the target, and how that is known. Never past the first record not yet processed. */
export interface Translation {
	offset: bigint;
	proof: 'exact' | 'bounded';
	/** Records before the offset's true place that are read again, at most. */
	rereadAtMost: bigint;
	evidence: string;
	/** MirrorMaker 2's own rule, which needs no premise: the sync's offset, else one past it. */
	conservative: { offset: bigint; rereadAtMost: bigint };
	/** The syncs it rests on: between them lies the record, whatever the premises. */
	bracket: Bracket;
}

/** What is known of a partition besides its syncs. */
export interface TranslateFacts {
	/** First and last stable offset of the target, read before the syncs. */
	target: { logStart: bigint; end: bigint };
	/** The mirror is stopped and the target's end does not move: nothing is on its way any more. */
	settled: boolean;
	/** The worker writes transaction markers (exactly-once), so offsets of the target are no count of records. */
	fillers: boolean;
	/**
	 * Whether the target holds nothing but this mirror's records below its first sync: not so on the way back, where what lies there is
	 * the original. Only then may offsets be counted back from the first sync.
	 */
	pureBelow: boolean;
	/** First offset of the source that is still there; 0 when not known. */
	sourceStart: bigint;
	/** Final Connect position and the target's last data record, once the mirror is stopped; closes the last window. */
	closing: Sync | null;
}

type Core = Pick<Translation, 'offset' | 'proof' | 'rereadAtMost' | 'evidence'>;

/**
 * Translates a position by raw offset-syncs alone. Between two syncs it is the lower of two bounds: counting forward
 * from the earlier (safe unless a gap left no sync) and backward from the later (safe unless the target holds anything but mirrored
 * records), so that it is safe when either premise holds. null: no sync, or they are of another log.
 */
export function translate(history: SyncHistory, position: bigint, facts: TranslateFacts): Translation | null {
	const from = max(position, facts.sourceStart);
	const found = bracketOf(history, from);
	if (!found) return null;
	const closing = closingOf(found, facts);
	const bracket = closing ? closed(found, closing, from) : found;
	const impure = facts.fillers || history.fillers;
	const careful = conservative(bracket, from, facts);
	const core = (closing && beyond(closing, from, facts)) ??
		tight(bracket, from, facts, impure) ?? {
			...careful,
			proof: 'bounded' as const,
			evidence: bracket.before ? `one past sync ${show(bracket.before)}` : 'before the first sync',
		};
	return { ...core, conservative: careful, bracket };
}

function tight(bracket: Bracket, position: bigint, facts: TranslateFacts, impure: boolean): Core | null {
	const { before, after, newest } = bracket;
	if (!before) return impure || !after || !facts.pureBelow ? null : backwards(after, position, bracket, facts);
	if (position === before.upstream) {
		const evidence = `sync ${show(before)}`;
		const again = newest ? 0n : max(0n, bracket.horizon - before.downstream);
		return { offset: before.downstream, proof: newest ? 'exact' : 'bounded', rereadAtMost: again, evidence };
	}
	// Past the last sync a gap may have left none, and nothing later gives it away.
	return impure || !after ? null : between(before, after, position, bracket);
}

function between(before: Sync, after: Sync, position: bigint, bracket: Bracket): Core | null {
	const [span, slots] = [after.upstream - before.upstream, after.downstream - before.downstream];
	if (slots > span) return null;
	const forward = before.downstream + (position - before.upstream);
	const backward = after.downstream - (after.upstream - position);
	const offset = max(before.downstream + 1n, min(forward, backward));
	if (span === slots && bracket.newest)
		return {
			offset,
			proof: 'exact',
			rereadAtMost: 0n,
			evidence: `closed window, syncs ${show(before)} and ${show(after)}`,
		};
	return {
		offset,
		proof: 'bounded',
		rereadAtMost: againWithin(bracket, position, offset, after.downstream),
		evidence: `between syncs ${show(before)} and ${show(after)}`,
	};
}

/** Counting back from the first sync there is; what was mirrored before it is at most one record per offset. */
function backwards(after: Sync, position: bigint, bracket: Bracket, { target }: TranslateFacts): Core {
	const offset = max(target.logStart, after.downstream - (after.upstream - position));
	return {
		offset,
		proof: 'bounded',
		rereadAtMost: max(0n, max(after.downstream, bracket.horizon) - offset),
		evidence: `counted back from the first sync ${show(after)}`,
	};
}

/**
 * The mirror's final position and the target's last record, as good as a sync, where they fit the syncs: a stopped task that was
 * cancelled leaves a position from before its last records, and the target is then further than it says.
 */
function closingOf({ before, after, newest }: Bracket, { closing, settled, fillers }: TranslateFacts): Sync | null {
	if (!settled || !closing || !before || after || !newest) return null;
	const [span, slots] = [closing.upstream - before.upstream, closing.downstream - before.downstream];
	return span >= 0n && slots >= 0n && (fillers || slots <= span) ? closing : null;
}

function closed(bracket: Bracket, closing: Sync, position: bigint): Bracket {
	if (position === closing.upstream) return { ...bracket, before: closing };
	return position < closing.upstream ? { ...bracket, after: closing } : bracket;
}

/** A group that has read everything the mirror ever copied has read all there is. */
function beyond(closing: Sync, position: bigint, { target }: TranslateFacts): Core | null {
	if (position <= closing.upstream) return null;
	const evidence = `read past the mirror's final position ${closing.upstream}`;
	// What the group has read beyond it may still come, when the mirror resumes or is reversed.
	const ahead = position - closing.upstream - 1n;
	return {
		offset: max(target.end, closing.downstream + 1n),
		proof: ahead === 0n ? 'exact' : 'bounded',
		rereadAtMost: ahead,
		evidence,
	};
}

function conservative(
	bracket: Bracket,
	position: bigint,
	{ target, settled }: TranslateFacts,
): Translation['conservative'] {
	const { before, after, horizon, newest } = bracket;
	if (!before)
		return { offset: target.logStart, rereadAtMost: max(0n, max(after?.downstream ?? 0n, horizon) - target.logStart) };
	if (position === before.upstream)
		return { offset: before.downstream, rereadAtMost: newest ? 0n : max(0n, horizon - before.downstream) };
	const offset = before.downstream + 1n;
	// While the mirror runs, records from before the position may still arrive at the end.
	const upTo = after?.downstream ?? (settled ? target.end : offset + (position - before.upstream));
	return { offset, rereadAtMost: againWithin(bracket, position, offset, upTo) };
}

/** Records from an offset on that lie before the position: no more than there are slots, or offsets on the source. */
function againWithin({ before, newest, horizon }: Bracket, position: bigint, offset: bigint, upTo: bigint): bigint {
	const slots = max(0n, (newest ? upTo : max(upTo, horizon)) - offset);
	return newest && before ? min(slots, max(0n, position - before.upstream - 1n)) : slots;
}

const show = ({ upstream, downstream }: Sync): string => `${upstream} → ${downstream}`;
const min = (a: bigint, b: bigint): bigint => (a < b ? a : b);
const max = (a: bigint, b: bigint): bigint => (a > b ? a : b);

/** Where a position of the mirror's target lies on its source. */
export interface WayBack {
	offset: bigint;
	proof: 'exact' | 'bounded';
	/** Offsets before the true place that are read again, at most; null when no later sync bounds it. */
	rereadAtMost: bigint | null;
	evidence: string;
}

/**
 * Translates a group's position on the target back to the source it was mirrored from: for groups below the cut on the
 * way back. Only on a pure mirror (every record of the target came from the source) is a slot at least one record of the source;
 * otherwise, and where the target advanced by more than the source, one past the sync. null: before the first sync.
 */
export function translateBack(history: SyncHistory, position: bigint, { pure }: { pure: boolean }): WayBack | null {
	const { before, after } = bracketBack(history, position);
	if (!before) return null;
	const evidence = `sync ${before.upstream} ← ${before.downstream}`;
	if (position === before.downstream) return { offset: before.upstream, proof: 'exact', rereadAtMost: 0n, evidence };
	const slots = position - before.downstream;
	const careful = before.upstream + 1n;
	const most = after ? after.upstream - 1n : null;
	if (!pure || history.fillers || !after) {
		const rereadAtMost = most === null ? null : most - careful < 0n ? 0n : most - careful;
		return { offset: careful, proof: 'bounded', rereadAtMost, evidence: `one past ${evidence}` };
	}
	const highest = after.upstream - (after.downstream - position);
	const offset = before.upstream + slots;
	const exact = highest === offset;
	return {
		offset,
		proof: exact ? 'exact' : 'bounded',
		rereadAtMost: highest - offset,
		evidence: `${exact ? 'closed window' : 'between syncs'} ${before.upstream} ← ${before.downstream} and ${after.upstream} ← ${after.downstream}`,
	};
}
