import { type KafkaRecord, sameContent } from '../kafka/record.ts';

/** Whether everything of a partition that can be mirrored has been, judged by the records themselves. */
export type Drained =
	| {
			kind: 'drained';
			evidence: string;
			/** `record`: the last record was read on both sides; `position`: MirrorMaker 2 says so. */
			by: 'record' | 'position';
			/** Offset after the last data record of the source. */
			upTo: bigint;
			/** End of the target's log, read before the source's: nothing the source held up to `upTo` lies past it unread. */
			targetEnd: bigint;
	  }
	| { kind: 'behind'; atMost: bigint; evidence: string }
	/** `unreadable`: a log was not readable, so that waiting does not help. */
	| { kind: 'unknown'; reason: string; unreadable?: true };

/** What is known of one partition on both sides. */
export interface DrainFacts {
	/** Next offset of the source's log (high watermark), and its last stable offset: less while a transaction is open. */
	sourceEnd: bigint;
	sourceStable: bigint;
	/** Last stable offset of the target. */
	targetEnd: bigint;
	/** Last data record of each side: control records and aborted transactions are none. */
	sourceLast: KafkaRecord | null;
	targetLast: KafkaRecord | null;
	/** Offset of the last record MirrorMaker 2 says it mirrored; up to a flush interval old. */
	position: bigint | null;
	/** True when the source holds a record identical to its last one at or after the position: the copy may be of that one. */
	twin: boolean;
	/** Producers with an open transaction, e.g. `producer 4711 (since offset 90)`; empty: the leader names none. */
	openBy?: readonly string[];
}

/**
 * Log ends always differ by transaction markers, so they are never compared. Drained is: no transaction is open, and the last data record is
 * the same on both sides and no other is identical to it, or the mirrored position has reached it.
 */
export function drained(facts: DrainFacts): Drained {
	const { sourceEnd, sourceStable, targetEnd, sourceLast, position } = facts;
	const upTo = sourceLast ? sourceLast.offset + 1n : sourceStable;
	const reached = reachedBy(facts);
	if (sourceStable < sourceEnd && !(position !== null && position >= sourceEnd - 1n)) return behindOpen(facts, reached);
	if (reached) {
		const empty = sourceEnd - upTo;
		const after =
			sourceLast && empty > 0n ? ` (${empty} ${empty === 1n ? 'offset' : 'offsets'} without data after it)` : '';
		return { kind: 'drained', by: reached.by, evidence: `${reached.evidence}${after}`, upTo, targetEnd };
	}
	if (position === null) return { kind: 'unknown', reason: 'the mirror has no position for this partition' };
	return { kind: 'behind', atMost: upTo - (position + 1n), evidence: 'last data record against mirrored position' };
}

/** What proves that the last data record before the last stable offset is mirrored; null: nothing. */
function reachedBy({ sourceLast, targetLast, position, twin }: DrainFacts): Reached | null {
	if (!sourceLast) return { by: 'record', evidence: 'the source holds no data record' };
	if (targetLast && !twin && sameContent(sourceLast, targetLast))
		return { by: 'record', evidence: 'last data record is the same on both sides' };
	if (position !== null && position >= sourceLast.offset)
		return { by: 'position', evidence: `mirrored position ${position} is the last data record` };
	return null;
}

type Reached = Pick<Extract<Drained, { kind: 'drained' }>, 'by' | 'evidence'>;

/** Whatever lies behind an open transaction, acknowledged records of others too, no read_committed reader and no mirror sees yet. */
function behindOpen({ sourceEnd, sourceStable, position, openBy = [] }: DrainFacts, reached: Reached | null): Drained {
	const owner = openBy.length > 0 ? ` of ${openBy.join(', ')}` : '';
	const evidence = `behind an open transaction${owner}`;
	const mirrored = position === null ? null : position + 1n;
	if (!reached && mirrored === null)
		return { kind: 'unknown', reason: `records lie ${evidence}, and the mirror has no position for this partition` };
	const from = reached && (mirrored === null || sourceStable > mirrored) ? sourceStable : (mirrored ?? sourceStable);
	return { kind: 'behind', atMost: sourceEnd - from, evidence };
}
