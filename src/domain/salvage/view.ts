import type { TopicPartition } from '../kafka/partition.ts';
import type { Fate } from './tail-record.ts';

/** The records that one partition of the returned cluster holds and the active cluster never got. */
export interface TailRow extends TopicPartition {
	/** Every one of them lies in [from, to) on the returned cluster. */
	from: bigint;
	to: bigint;
	/** How `from` is known. */
	evidence: string;
	/** So many of the records, at most, were mirrored after all: they are like others, and nothing tells them apart. */
	doubtful: number;
	/** Data records of transactions that were committed; aborted ones are left out. */
	records: number;
	/** Of keys and values. */
	bytes: bigint;
	/** Oldest and newest timestamp, ms since the epoch, by the producers' clocks; null without records. */
	time: { first: bigint; last: bigint } | null;
	fates: Record<Fate, number>;
	/** How many of each lie in a quarantine topic of the active cluster. */
	quarantined: Record<Fate, number>;
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
	quarantined: Record<Fate, number>;
	/** On no topic of the active cluster: neither replayed, nor older than what is there, nor in quarantine. */
	open: number;
}

export function salvageTotals(rows: readonly TailRow[]): SalvageTotals {
	const totals = { records: 0, bytes: 0n, fates: noFates(), quarantined: noFates() };
	for (const { records, bytes, fates, quarantined } of rows) {
		totals.records += records;
		totals.bytes += bytes;
		for (const fate of Object.keys(fates) as Fate[]) {
			totals.fates[fate] += fates[fate];
			totals.quarantined[fate] += quarantined[fate];
		}
	}
	const { fates, quarantined } = totals;
	return { ...totals, open: fates.free + fates.conflict - quarantined.free - quarantined.conflict };
}

/** How many of the records still to be replayed may be there already, at most. */
export const doubtfulOf = ({ doubtful, records, fates }: TailRow): number =>
	Math.min(doubtful, records - fates.replayed);

export const noFates = (): Record<Fate, number> => ({ free: 0, conflict: 0, superseded: 0, replayed: 0 });
