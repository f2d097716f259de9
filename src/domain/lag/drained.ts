import { type KafkaRecord, sameContent } from '../kafka/record.ts';

/** Whether everything of a partition that can be mirrored has been, judged by the records themselves. */
export type Drained =
	| { kind: 'drained'; evidence: string /** Offset after the last data record of the source. */; upTo: bigint }
	| { kind: 'behind'; atMost: bigint; evidence: string }
	| { kind: 'unknown'; reason: string };

/** What is known of one partition on both sides. */
export interface DrainFacts {
	/** Next offset of the source's log (high watermark). */
	sourceEnd: bigint;
	/** Last data record of each side: control records and aborted transactions are none. */
	sourceLast: KafkaRecord | null;
	targetLast: KafkaRecord | null;
	/** Offset of the last record MirrorMaker 2 says it mirrored; up to a flush interval old. */
	position: bigint | null;
	/** True when the source holds a record identical to its last one, not known to be mirrored: the copy may be of that one. */
	twin: boolean;
}

/**
 * Log ends always differ by transaction markers, so they are never compared. Drained is: the last data record is the
 * same on both sides and no other is like it, or the mirrored position has reached it.
 */
export function drained({ sourceEnd, sourceLast, targetLast, position, twin }: DrainFacts): Drained {
	if (!sourceLast) return { kind: 'drained', evidence: 'the source holds no data record', upTo: sourceEnd };
	const upTo = sourceLast.offset + 1n;
	const markers = sourceEnd - upTo;
	const after = markers > 0n ? ` (${markers} markers after it)` : '';
	if (targetLast && !twin && sameContent(sourceLast, targetLast))
		return { kind: 'drained', evidence: `last data record is the same on both sides${after}`, upTo };
	if (position !== null && position >= sourceLast.offset)
		return { kind: 'drained', evidence: `mirrored position ${position} is the last data record${after}`, upTo };
	if (position === null) return { kind: 'unknown', reason: 'the mirror has no position for this partition' };
	return { kind: 'behind', atMost: upTo - (position + 1n), evidence: 'last data record against mirrored position' };
}
