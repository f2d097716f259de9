import type { Check } from '../domain/check.ts';
import { type ReturnedLost, returnedLostText } from '../observe/returned-lost.ts';

/** Nobody may be moved onto a cluster that lacks what a mirror seeded at the cut would never bring back. */
export function returnedLostCheck(found: ReturnedLost, to: string): Check {
	const bad = found.returned === to && found.lost.length > 0;
	return {
		code: 'KDR_RETURNED_LOST',
		status: bad ? 'block' : 'pass',
		what: `records of before the last move on ${to}`,
		observed: bad ? returnedLostText(found) : 'no log ends below its cut, or holds others before it',
		wanted: 'all that was mirrored from there',
		hint: `kdr rebuild ${to}`,
	};
}
