import { type KafkaRecord, sameContent } from '../kafka/record.ts';

/** The record found at or after one offset on both clusters; null: none is there. */
export interface Sample {
	at: bigint;
	source: KafkaRecord | null;
	target: KafkaRecord | null;
}

/** Whether offsets mean the same on both clusters, as far as records were compared. */
export type Identity =
	| { kind: 'same'; compared: number }
	| { kind: 'different'; why: string }
	| { kind: 'unknown'; why: string };

/** Offsets are the same when every pair of records is: the same content at the same offset. Nothing compared proves nothing. */
export function identityOf(samples: readonly Sample[]): Identity {
	let compared = 0;
	for (const { at, source, target } of samples) {
		if (!source && !target) continue;
		if (!source || !target) return { kind: 'different', why: `only one side has a record at or after ${at}` };
		if (source.offset !== target.offset || !sameContent(source, target)) {
			return { kind: 'different', why: `the record at ${source.offset} there is not the one at ${target.offset} here` };
		}
		compared++;
	}
	return compared > 0 ? { kind: 'same', compared } : { kind: 'unknown', why: 'no record is on both sides to compare' };
}
