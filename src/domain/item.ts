import type { KdrError } from './errors/kdr-error.ts';

/** Partial failure is a value: the result for one of many items. */
export type Item<T> = { ok: true; value: T } | { ok: false; error: KdrError };

export const good = <T>(value: T): Item<T> => ({ ok: true, value });
export const bad = <T = never>(error: KdrError): Item<T> => ({ ok: false, error });
