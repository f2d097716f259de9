import type { TopicPartition } from '../kafka/partition.ts';
import type { Fate } from './orphan.ts';

/** The records that one partition of the returned cluster holds and the active cluster never got. */
export interface TailRow extends TopicPartition {
	/** Every one of them lies in [from, to) on the returned cluster. */
	from: bigint;
	to: bigint;
	/** How `from` is known. */
	evidence: string;
	/** Data records of transactions that were committed; aborted ones are left out. */
	records: number;
	/** Of keys and values. */
	bytes: bigint;
	/** Oldest and newest timestamp, ms since the epoch, by the producers' clocks; null without records. */
	time: { first: bigint; last: bigint } | null;
	fates: Record<Fate, number>;
}

/** All of them, as `kdr salvage plan` tells it. */
export interface SalvageView {
	link: string;
	/** The run that left the returned cluster; null when no unplanned move is journalled. */
	run: string | null;
	returned: string;
	active: string;
	/** Partitions that have some. */
	rows: TailRow[];
	/** Partitions of which it cannot be known. */
	unknown: (TopicPartition & { reason: string })[];
}

export interface SalvageTotals {
	records: number;
	bytes: bigint;
	fates: Record<Fate, number>;
}

export function salvageTotals(rows: readonly TailRow[]): SalvageTotals {
	const totals: SalvageTotals = { records: 0, bytes: 0n, fates: noFates() };
	for (const { records, bytes, fates } of rows) {
		totals.records += records;
		totals.bytes += bytes;
		for (const fate of Object.keys(fates) as Fate[]) totals.fates[fate] += fates[fate];
	}
	return totals;
}

export const noFates = (): Record<Fate, number> => ({ free: 0, conflict: 0, superseded: 0, replayed: 0 });
