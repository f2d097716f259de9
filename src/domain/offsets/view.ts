import type { ItemFailure } from '../run/events.ts';

/** Old and new offsets of groups on the cluster to move to, as `kdr offsets convert` tells them. */
export interface OffsetsView {
	to: string;
	rows: OffsetRow[];
	totals: { groups: number; partitions: number; exact: number; bounded: number; unknown: number; rereadAtMost: bigint | null };
	/** Groups that were left alone, each with its reason. */
	refused: ItemFailure[];
	/** True when they were committed and read back. */
	applied: boolean;
	/** The command that applies them; shown while they are not. */
	applyWith?: string;
}

export interface OffsetRow {
	group: string;
	topic: string;
	partition: number;
	/** What the cluster to move to holds now; null: nothing. */
	prior: bigint | null;
	/** What it is to hold; null: not known. */
	next: bigint | null;
	proof: 'exact' | 'bounded' | 'unknown';
	/** Upper bound on records read again; null: not known. */
	rereadAtMost: bigint | null;
	/** How it is known, or why not. */
	why: string;
}
