import type { Item } from '../domain/item.ts';

/** An application's own login, used to see whether the fence stops it. */
export interface Canary {
	/** Who it is, e.g. `User:app`; null: whoever its certificate names. */
	readonly principal: string | null;
	/**
	 * By broker id, the topics it would let the application write to. Leaves no record anywhere, whatever the answer.
	 * KDR_AUTH_FAILED inside: not even the login is let through.
	 */
	writable(topics: readonly string[]): Promise<Map<number, Item<string[]>>>;
}
