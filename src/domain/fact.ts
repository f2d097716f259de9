/** A fact that a decision rests on: how it is known, and of which moment (`at`, ms since the epoch). */
export type Fact<T> =
	| { known: 'read' | 'computed'; value: T; at: number }
	| { known: 'unreadable'; why: string; at: number };

export const readFact = <T>(value: T, at: number): Fact<T> => ({ known: 'read', value, at });
export const unreadableFact = (why: string, at: number): Fact<never> => ({ known: 'unreadable', why, at });

/** The value of a fact that is known; null otherwise. */
export const factValue = <T>(fact: Fact<T> | null | undefined): T | null =>
	fact && fact.known !== 'unreadable' ? fact.value : null;
