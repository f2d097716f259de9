import type { JournalEntry, Operator, RunEvent } from '../domain/run/events.ts';

/** The journal of one cluster: every run of every link that moves to it. */
export interface Journal {
	/** All committed entries, oldest first; `link` keeps those of one link. Missing topic: none. */
	read(link?: string): Promise<JournalEntry[]>;
	/** Connects ahead, because `open` may follow soon; takes no lock. Never fails. */
	prepare?(link: string): void;
	/**
	 * Becomes the only writer for the link: initTransactions with the link's transactional id, which fences whoever
	 * held it before. Creates the journal topic if need be.
	 */
	open(link: string): Promise<JournalWriter>;
	/** Sends a signal to the holder of the run, without taking the lock. Resolves when it is durable. */
	signal(run: string, signal: RunSignal): Promise<void>;
	/** Signals to the run: from the position `next` of an earlier answer, or all. */
	signals(run: string, from?: bigint): Promise<{ signals: RunSignal[]; next: bigint }>;
}

/**
 * `pause`: stop at the next safe point. `release`: continue past the point of no return. `approve`: a second
 * person agrees with the plan of that token.
 */
export interface RunSignal {
	type: 'pause' | 'release' | 'approve';
	by: Operator;
	plan?: string;
}

export interface JournalWriter {
	/** Resolves when the events are durable: all or none. Throws KDR_FENCED_BY_OTHER when another writer has taken over. */
	append(run: string, events: readonly RunEvent[]): Promise<void>;
	close(): Promise<void>;
}
