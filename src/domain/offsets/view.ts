import type { ItemFailure } from '../run/events.ts';
import type { Outputs } from '../run/outputs.ts';
import type { OffsetRow, Refusal } from './row.ts';

/** Old and new offsets of groups on the cluster to move to, as `kdr offsets convert` tells them. */
export interface OffsetsView {
	to: string;
	rows: OffsetsViewRow[];
	totals: {
		groups: number;
		partitions: number;
		exact: number;
		bounded: number;
		unknown: number;
		/** Chosen by a person, who answers for what is skipped. */
		policy?: number;
		rereadAtMost: bigint | null;
		/** What MirrorMaker 2's own offsets would have cost; absent where not known. */
		mirrorMaker?: { rereadAtMost: bigint; skips: bigint };
	};
	/** Groups and partitions that were left alone, each with its reason. */
	refused: ItemFailure[];
	/** Positions around which no record was read because of the caps; absent: none. */
	notRead?: number;
	/** True when they were committed and read back. */
	applied: boolean;
	/** Groups that are no plain consumer groups, and why they are not moved. */
	leftAlone?: { group: string; why: string }[];
	/** Until when they are kept for groups whose members do not come. */
	kept?: string;
	/** Why they could not be applied now, and what to do. */
	notes?: string[];
	/** The command that applies them; shown while they are not. */
	applyWith?: string;
}

export interface OffsetsViewRow {
	group: string;
	topic: string;
	partition: number;
	/** What the cluster to move to holds now; null: nothing. */
	prior: bigint | null;
	/** What it is to hold; null: not known, or left as it is. */
	next: bigint | null;
	proof: 'exact' | 'bounded' | 'policy' | 'unknown';
	/** Upper bound on records read again; null: not known. */
	rereadAtMost: bigint | null;
	/** How it is known, or why not. */
	why: string;
	/** What MirrorMaker 2's own offset would have cost; absent where it has none. */
	mirrorMaker?: { rereadAtMost: bigint; skips: bigint };
}

/** What the numbers of a plan, or of what was set, add up to. */
export function totals({
	rows,
	refused,
}: {
	rows: readonly OffsetRow[];
	refused: readonly Refusal[];
}): Outputs['offsetTotals'] {
	const groups = [...Map.groupBy(rows, ({ group }) => group)].map(([group, of]) => ({
		group,
		rereadAtMost: of.reduce((sum, one) => sum + one.rereadAtMost, 0n),
	}));
	const exact = rows.reduce((sum, { proof }) => (proof === 'exact' ? sum + 1 : sum), 0);
	const unknown = refused.filter(({ code }) => code === 'KDR_OFFSET_UNMAPPED').length;
	return {
		groups: groups.length,
		partitions: rows.length + unknown,
		exact,
		bounded: rows.length - exact,
		unknown,
		rereadAtMost: unknown > 0 ? null : groups.reduce((sum, one) => sum + one.rereadAtMost, 0n),
		worst: groups
			.filter(({ rereadAtMost }) => rereadAtMost > 0n)
			.toSorted((a, b) => (a.rereadAtMost < b.rereadAtMost ? 1 : -1))
			.slice(0, 20),
	};
}
