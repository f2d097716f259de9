import { blockUnless, type Check } from '../check.ts';
import { figureOfPlan } from '../plan/digest.ts';

/** Name of the consent that bounds what groups read again; without it the plan's own figures do. */
export const maxReread = 'max-reread';
const planned = `${figureOfPlan}reread-at-rest`;
const behind = `${figureOfPlan}reread-behind`;

/** What the plan says of groups that still read: how far they are behind, and where the logs end together. */
export const agreesBehind = (records: bigint, ends: bigint): NonNullable<Check['agrees']> => ({
	name: behind,
	value: `${records}@${ends}`,
});

export const agreesPlanned = (records: bigint): NonNullable<Check['agrees']> => ({
	name: planned,
	value: `${records}`,
});

export interface RereadFacts {
	/** null: unknown for some position. */
	atMost: bigint | null;
	groups: number;
	positions: number;
	/** Where the logs that are left ended together at the cut; null: not known. */
	ends: bigint | null;
}

/** How far two readings of one position may differ while nothing is written: the spacing of MirrorMaker 2's syncs by default, twice. */
const perPosition = 200n;

/**
 * Pure. Whether what groups read again is what was agreed to: by name; or what the plan said of groups at rest and of those that read, and
 * for each group what was written since. null: nothing was agreed to.
 */
export function rereadCheck(facts: RereadFacts, consent: Readonly<Record<string, string>>): Check | null {
	const most = agreedTo(facts, consent);
	if (most === null) return null;
	const { atMost } = facts;
	const named = consent[maxReread] !== undefined;
	return blockUnless(atMost !== null && atMost <= most, {
		code: 'KDR_REREAD_NOT_AGREED',
		what: 'records that groups read again',
		observed: atMost === null ? 'unknown for some positions' : `at most ${atMost.toLocaleString('en-US')}`,
		wanted: `at most ${most.toLocaleString('en-US')}, as agreed ${named ? 'by number' : 'to by the plan, and what was written since'}`,
	});
}

function agreedTo({ groups, positions, ends }: RereadFacts, consent: Readonly<Record<string, string>>): bigint | null {
	const named = consent[maxReread];
	if (named !== undefined) return BigInt(named);
	const [records, endsThen] = (consent[behind] ?? '').split('@');
	const atRest = consent[planned];
	if (ends === null || atRest === undefined || records === undefined || endsThen === undefined) return null;
	const written = ends - BigInt(endsThen);
	return BigInt(atRest) + BigInt(records) + written * BigInt(groups) + perPosition * BigInt(positions);
}
