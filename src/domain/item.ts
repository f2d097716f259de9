import { KdrError } from './errors/kdr-error.ts';

/** Partial failure is a value: the result for one of many items. */
export type Item<T> = { ok: true; value: T } | { ok: false; error: KdrError };

export const good = <T>(value: T): Item<T> => ({ ok: true, value });
export const bad = <T = never>(error: KdrError): Item<T> => ({ ok: false, error });

/** Both halves at once: whoever folds the values has the failures in hand, to name them. */
export function splitItems<K, T>(items: Iterable<readonly [K, Item<T>]>): { read: [K, T][]; failed: [K, KdrError][] } {
	const read: [K, T][] = [];
	const failed: [K, KdrError][] = [];
	for (const [key, item] of items)
		if (item.ok) read.push([key, item.value]);
		else failed.push([key, item.error]);
	return { read, failed };
}

/** The value, or the failure thrown; a bug where nobody answered at all. */
export function valueOrThrow<T>(item: Item<T> | undefined): T {
	if (!item) throw new KdrError('KDR_BUG', 'something that was asked for has no answer');
	if (!item.ok) throw item.error;
	return item.value;
}

/** For whoever treats null as unknown. */
export const valueOrNull = <T>(item: Item<T> | null | undefined): T | null => (item?.ok ? item.value : null);
