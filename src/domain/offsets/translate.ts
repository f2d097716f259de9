import { max, min } from '../bigint.ts';
import { count } from '../text.ts';
import type { Fingerprint } from './content.ts';
import { type Bracket, bracketBack, bracketOf, type Sync, type SyncHistory } from './syncs.ts';

/**
 * Where a position of the source lies on the target by the mirror's syncs: a bound, never a proof. `offset` counts between two syncs and
 * needs a premise, so it is believed only when the records in between were read; `conservative` needs none.
 */
export interface Translation {
	offset: bigint;
	/** Records before the offset's true place that are read again, at most. */
	rereadAtMost: bigint;
	evidence: string;
	/** MirrorMaker 2's own rule: the sync's offset, else one past it. */
	conservative: { offset: bigint; rereadAtMost: bigint };
	/** The syncs it rests on: between them lies the record, whatever the premises. */
	bracket: Bracket;
	/** By syncs of the opposite mirror: where the records differ, the topic they are of may be gone, and no place of theirs holds. */
	opposite?: true;
}

/** What is known of a partition besides its syncs. */
export interface TranslateFacts {
	/** First and last stable offset of the target, read before the syncs. */
	target: { logStart: bigint; end: bigint };
	/** The mirror is stopped and the target's end does not move: nothing is on its way any more. */
	settled: boolean;
	/** The worker writes transaction markers (exactly-once), so offsets of the target are no count of records. */
	fillers: boolean;
	/** The checkpoint the position comes from: a lifetime that began after it says nothing about it, the topic may be another one. */
	checkpoint: Sync | null;
}

type Core = Pick<Translation, 'offset' | 'rereadAtMost' | 'evidence'>;

/**
 * Translates a position by raw offset-syncs alone. Between two syncs it is the lower of two bounds: counting forward from the earlier (safe
 * unless a gap left no sync) and backward from the later (safe unless the target holds anything but mirrored records), so that it is safe
 * when either premise holds. Nothing is counted back from the first sync: what lies below it may be the opposite mirror's original.
 * null: no sync, or they are of another log.
 */
export function translate(history: SyncHistory, position: bigint, facts: TranslateFacts): Translation | null {
	const bracket = bracketOf(history, position, facts.checkpoint);
	if (!bracket) return null;
	const careful = conservative(bracket, position, facts);
	const core = tight(bracket, position, facts.fillers || history.fillers) ?? {
		...careful,
		evidence: carefulOf(bracket),
	};
	return { ...core, conservative: careful, bracket };
}

const carefulOf = ({ before }: Bracket): string => (before ? `one past sync ${show(before)}` : 'before the first sync');

/**
 * The translation when the records were not read, or contradict it: MirrorMaker 2's own rule. Restarts may have left no sync, so nothing but
 * the slots between the syncs bounds it; where the records contradict the syncs, nothing but all up to the `end` of the target.
 */
export function carefully({ conservative: careful, bracket }: Translation, why: string, end?: bigint): Translation {
	const { after, horizon } = bracket;
	const slots = max(end ?? after?.downstream ?? horizon, horizon) - careful.offset;
	const rereadAtMost = max(careful.rereadAtMost, slots);
	return { ...careful, rereadAtMost, conservative: careful, bracket, evidence: `${carefulOf(bracket)}${why}` };
}

function tight(bracket: Bracket, position: bigint, impure: boolean): Core | null {
	const { before, after, newest } = bracket;
	if (!before) return null;
	if (position === before.upstream) {
		const again = newest ? 0n : max(0n, bracket.horizon - before.downstream);
		return { offset: before.downstream, rereadAtMost: again, evidence: `sync ${show(before)}` };
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
	const closed = span === slots && bracket.newest;
	return {
		offset,
		rereadAtMost: closed ? 0n : againWithin(bracket, position, offset, after.downstream),
		evidence: `${closed ? 'closed window, syncs' : 'between syncs'} ${show(before)} and ${show(after)}`,
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

/** What lies between two syncs on the target, read there. */
export interface TargetWindow {
	/** Data records after the earlier sync's, up to and including the later sync's own. */
	inside: readonly Fingerprint[];
	/** At least as many data records before the window, or all there are; null: not readable any more. */
	earlier: readonly Fingerprint[] | null;
}

/** The translation as what was read between its two syncs bears it out. */
export function refine(translation: Translation, position: bigint, window: TargetWindow): Translation {
	const { before, after, newest, horizon } = translation.bracket;
	if (!before || !after || position === before.upstream) return translation;
	const counted = translateCounted(before, after, position, window);
	// A restart may hide behind records that are equal anyway, and then neither bound is one.
	if (!counted) return carefully(translation, ', because records repeat');
	// A later lifetime began before the position was reached again: the stretch in between is on the target more than once.
	const rereadAtMost = horizon > counted.offset ? horizon - counted.offset : 0n;
	return newest ? { ...translation, ...counted } : { ...translation, ...counted, rereadAtMost };
}

/**
 * Translates by what the target itself holds between two syncs: markers are no data and do not count, and a record that
 * occurs once is no duplicate, so that counting back from the later sync needs no premise about markers, gaps or lost syncs. Nothing
 * is read again when every offset between the syncs is there. null: the window repeats itself, and equal records cannot be distinguished from a restart.
 */
function translateCounted(
	before: Sync,
	after: Sync,
	position: bigint,
	{ inside, earlier }: TargetWindow,
): Pick<Translation, 'offset' | 'rereadAtMost' | 'evidence'> | null {
	const seen = new Set(inside.map(({ print }) => print));
	const whole = inside.at(-1)?.offset === after.downstream;
	if (!whole || seen.size !== inside.length || position <= before.upstream || position > after.upstream) return null;
	// Copies of what came before the window would be the first of a restart; the second lot then lies in the window.
	const clean = earlier !== null && !earlier.some(({ print }) => seen.has(print));
	const last = inside.length - 1;
	const index = Math.max(0, last - Number(after.upstream - position));
	const offset = inside[index]?.offset ?? after.downstream;
	const full = BigInt(inside.length) === after.upstream - before.upstream;
	const where = `${count(last, 'record')} between syncs ${before.upstream} → ${before.downstream} and ${after.upstream} → ${after.downstream}`;
	if (full && clean) return { offset, rereadAtMost: 0n, evidence: `every offset is there: ${where}` };
	const above = BigInt(last - index);
	const below = position - before.upstream - 1n - BigInt(index);
	return {
		offset,
		rereadAtMost: clean ? min(below, above) : above,
		evidence: `counted: ${where}`,
	};
}
