import type { Claim } from '../claim.ts';
import type { Move } from '../run/events.ts';

/** How far the mirror is behind, as `kdr lag` tells it. */
export interface LagView {
	link: string;
	/** The direction records flow. */
	from: Move['from'];
	to: Move['to'];
	/** Milliseconds since the epoch. */
	at: number;
	behind: Claim<bigint>;
	/** Milliseconds. */
	behindMs: Claim<number>;
	/** e.g. `RUNNING, 2 of 2 tasks`. */
	mirror: string;
	/** False when `from` did not answer: then only what `to` knows is shown. */
	fromAnswers: boolean;
	topics: TopicLag[];
	/** Partitions whose copy lacks records from before the mirrored position: the mirror will never bring them. Absent: none. */
	incomplete?: IncompleteCopy[];
}

export interface IncompleteCopy {
	topic: string;
	partition: number;
	/** null: not known. */
	recordsAtMost: bigint | null;
	/** How it is known, or why not. */
	evidence: string;
}

export interface TopicLag {
	topic: string;
	partitions: number;
	behind: Claim<bigint>;
	/** Milliseconds. */
	behindMs: Claim<number>;
	/** Against the look before; `unknown` on the first. */
	trend: 'growing' | 'shrinking' | 'steady' | 'drained' | 'unknown';
}
