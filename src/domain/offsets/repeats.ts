import type { SyncHistory } from './syncs.ts';

/** A place on the target where the mirror went back and copied records a second time: its worker was killed or cancelled. */
export interface Repeat {
	/** Who goes on from this offset or later reads none of them twice. */
	until: bigint;
	/** Records copied twice, at most. */
	records: bigint;
}

/**
 * Told by the syncs: from one to the next the target takes more slots than the source has offsets. A started task leaves a sync at once
 * and every gap leaves one, so between two of them what is too much was copied before, or is a transaction marker. A second copy whose
 * syncs were lost among gaps is not seen.
 */
export function surplusOf({ length, upstream, downstream, lifetimes, fillers }: SyncHistory): Repeat[] {
	if (!fillers && lifetimes.length < 2) return [];
	const found: Repeat[] = [];
	for (let i = 1; i < length; i++) {
		const [u0 = 0n, u1 = 0n, d0 = 0n, d1 = 0n] = [upstream[i - 1], upstream[i], downstream[i - 1], downstream[i]];
		if (d1 - d0 > u1 - u0) found.push({ until: d1, records: d1 - d0 - (u1 - u0) });
	}
	return found;
}

/** An exactly-once worker leaves a marker, and a sync, with every batch; workers are killed more rarely than once in so many syncs. */
const syncsPerKill = 4;

/** What the mirror copied twice; where there is a surplus all the time it is markers, and nothing was. */
export function repeatsOf(history: SyncHistory): Repeat[] {
	const found = surplusOf(history);
	return found.length >= 3 && found.length * syncsPerKill > history.length ? [] : found;
}

/** Records that are read twice from an offset on because the mirror copied them twice, at most. */
export function repeatedFrom(repeats: readonly Repeat[] | undefined, offset: bigint): bigint {
	return (repeats ?? []).reduce((sum, { until, records }) => (offset < until ? sum + records : sum), 0n);
}
