import type { TopicPartition } from '../domain/kafka/partition.ts';
import type { KafkaRecord } from '../domain/kafka/record.ts';
import { fingerprintOf } from '../domain/offsets/content.ts';
import type { ReadOptions } from '../ports/records.ts';
import type { Comparison, Log } from './compare-logs.ts';

/** The newest record of one key. */
interface Newest {
	offset: bigint;
	/** Of its content without the time. */
	print: string;
	timestamp: bigint;
	stamped: boolean;
	/** It says that the key is gone: such a record may itself be cleaned away, on either side at another time. */
	gone: boolean;
}

/**
 * Whether a compacted log is the other's mirror: the newest record of each key must be the same. Brokers clean each side at their own
 * pace, so older ones are not compared. `position`: offset of the active side up to which all was mirrored before the copy's edges were read; a key
 * written after it says nothing. Reads both logs whole.
 */
export async function compareKeys(
	active: Log,
	rebuilt: Log,
	at: TopicPartition,
	{ position, options }: { position: bigint | null; options: ReadOptions },
): Promise<Comparison> {
	if (position === null) {
		if (active.edge.logStart === active.edge.end) return { kind: 'equal', records: 0n };
		return { kind: 'unknown', why: 'the mirror has no position' };
	}
	const [there, here] = [await newestOf(active, at, options), await newestOf(rebuilt, at, options)];
	let compared = 0n;
	let wrong = 0;
	for (const [key, theirs] of there) {
		if (theirs.offset > position) continue;
		const ours = here.get(key);
		if (ours ? isSame(theirs, ours) : theirs.gone) compared++;
		else wrong++;
	}
	for (const [key, ours] of here) if (!ours.gone && !there.has(key)) wrong++;
	return wrong === 0
		? { kind: 'equal', records: compared }
		: { kind: 'differs', why: `${wrong} keys whose newest record is not the same`, records: BigInt(wrong) };
}

const isSame = (a: Newest, b: Newest): boolean =>
	a.print === b.print && (a.stamped || b.stamped || a.timestamp === b.timestamp);

async function newestOf({ side, edge }: Log, at: TopicPartition, options: ReadOptions): Promise<Map<string, Newest>> {
	const newest = new Map<string, Newest>();
	for await (const record of side.records.read(at, edge.logStart, edge.lastStable, options))
		newest.set(record.key?.toString('base64') ?? '', facts(record));
	return newest;
}

function facts(record: KafkaRecord): Newest {
	const { offset, timestamp, timestampType, value } = record;
	const { print } = fingerprintOf(record, false);
	return { offset, print, timestamp, stamped: timestampType === 'log-append', gone: value === null };
}
