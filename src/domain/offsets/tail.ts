import type { KafkaRecord } from '../kafka/record.ts';
import { sameContent } from '../kafka/record.ts';
import type { Tail } from './place.ts';

/**
 * Compares the ends of one partition's two logs backwards, record by record, and tells for any position on the source
 * where the same records begin on the target. Needs no premise about gaps, markers, duplicates or lost syncs: the
 * records themselves are the proof.
 *
 * @param source data records of the source up to its end, oldest first
 * @param target data records of the target up to its end, oldest first
 */
export function compareTails(
	source: readonly KafkaRecord[],
	target: readonly KafkaRecord[],
): (position: bigint) => Tail {
	let same = 0;
	while (same < source.length && same < target.length) {
		const [a, b] = [source[source.length - 1 - same], target[target.length - 1 - same]];
		if (!a || !b || !sameContent(a, b)) break;
		same++;
	}
	return (position) => {
		const unread = source.length - lowerBound(source, position);
		const first = unread <= same ? target[target.length - unread] : undefined;
		return { unread: BigInt(unread), sameFrom: unread > 0 && first ? first.offset : null };
	};
}

/** Index of the first record at or after `position`. */
function lowerBound(records: readonly KafkaRecord[], position: bigint): number {
	let [low, high] = [0, records.length];
	while (low < high) {
		const middle = (low + high) >>> 1;
		const record = records[middle];
		if (record && record.offset < position) low = middle + 1;
		else high = middle;
	}
	return low;
}
