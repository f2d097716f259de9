import { bracketBack } from './lifetimes.ts';
import type { SyncHistory } from './syncs.ts';

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
 * way home. Only on a pure mirror (every record of the target came from the source) is a slot at least one record of the source;
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
