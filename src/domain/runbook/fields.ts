import type { Move } from '../run/events.ts';

export type Fields = Record<string, unknown>;

export const isFields = (value: unknown): value is Fields =>
	typeof value === 'object' && value !== null && !Array.isArray(value);

export const runbookModes = ['switchover', 'failover', 'change'] as const;

export const isMode = (value: unknown): value is Move['mode'] => runbookModes.some((mode) => mode === value);

/** Ids end up in file names, messages and shells: they are plain words. */
export const isPlainWord = (value: unknown): value is string =>
	typeof value === 'string' && /^[a-z0-9][a-z0-9-]{0,63}$/.test(value);
