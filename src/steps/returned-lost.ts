import type { Check } from '../domain/check.ts';
import { partitionName } from '../domain/kafka/partition.ts';
import { list } from '../domain/text.ts';
import { type ReturnedLost, returnedLostText } from '../observe/returned-lost.ts';

/** Nobody may be moved onto a cluster that lacks what a mirror seeded at the cut would never bring back. */
export function returnedLostCheck(found: ReturnedLost, to: string): Check {
	const returns = found.returned === to;
	const bad = returns && found.lost.length > 0;
	const unsure = returns && found.unread.length > 0;
	return {
		code: 'KDR_RETURNED_LOST',
		status: bad ? 'block' : unsure ? 'unknown' : 'pass',
		what: `records of before the last move on ${to}`,
		observed: bad
			? returnedLostText(found)
			: unsure
				? `unknown: the log of ${list(found.unread.map(partitionName))} was not readable`
				: 'no log ends below its cut, or holds others before it',
		wanted: 'all that was mirrored from there',
		hint: `kdr rebuild ${to}`,
	};
}
