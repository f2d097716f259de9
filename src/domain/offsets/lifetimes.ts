import { type Sync, type SyncHistory, syncAt } from './syncs.ts';

/** The syncs around a position on the source. */
export interface Bracket {
	/** Newest sync at or before the position, in the newest lifetime that has one. */
	before: Sync | null;
	/** The sync after it in the same lifetime; with `before` null: the oldest sync of all. */
	after: Sync | null;
	/** False when a later lifetime began after the position: the target then holds the stretch before it more than once. */
	newest: boolean;
	/** Where the newest lifetime begins on the target: from there on every lifetime is told by its own syncs. */
	horizon: bigint;
}

/**
 * The syncs around `position`. An older lifetime is only used when no later one reaches back to the position: it lies
 * lower on the target, so nothing is skipped, whatever made the mirror go back.
 */
export function bracketOf(history: SyncHistory, position: bigint): Bracket | null {
	if (history.length === 0) return null;
	const { lifetimes } = history;
	const horizon = syncAt(history, lifetimes.at(-1) ?? 0).downstream;
	for (let life = lifetimes.length - 1; life >= 0; life--) {
		const [from, to] = [lifetimes[life] ?? 0, lifetimes[life + 1] ?? history.length];
		if (syncAt(history, from).upstream > position) continue;
		const index = lastAtOrBefore(history.upstream, position, from, to);
		const after = index + 1 < to ? syncAt(history, index + 1) : null;
		return { before: syncAt(history, index), after, newest: life === lifetimes.length - 1, horizon };
	}
	return { before: null, after: syncAt(history, 0), newest: lifetimes.length === 1, horizon };
}

/** The syncs around a position on the target, and whether both are of one lifetime (`after` null otherwise). */
export function bracketBack(history: SyncHistory, position: bigint): { before: Sync | null; after: Sync | null } {
	if (history.length === 0) return { before: null, after: null };
	if (syncAt(history, 0).downstream > position) return { before: null, after: null };
	const index = lastAtOrBefore(history.downstream, position, 0, history.length);
	const sameLife = index + 1 < history.length && !history.lifetimes.includes(index + 1);
	return { before: syncAt(history, index), after: sameLife ? syncAt(history, index + 1) : null };
}

/** Index of the last value ≤ `wanted` in [from, to), which rises; the first one is known to be. */
function lastAtOrBefore(values: BigInt64Array, wanted: bigint, from: number, to: number): number {
	let [low, high] = [from, to - 1];
	while (low < high) {
		const middle = (low + high + 1) >>> 1;
		if ((values[middle] ?? 0n) <= wanted) low = middle;
		else high = middle - 1;
	}
	return low;
}
