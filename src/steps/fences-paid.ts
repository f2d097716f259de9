import type { Check } from '../domain/check.ts';
import type { FenceDebt } from '../domain/fence/debt.ts';
import { list } from '../domain/text.ts';
import type { LinkRuns } from '../observe/runs.ts';

/** Nothing may be mirrored or moved onto a cluster that is back and where clients may still work. */
export function paidCheck(debts: readonly FenceDebt[], missing: LinkRuns['missing']): Check {
	const unread = missing.map(({ alias }) => alias);
	return {
		code: 'KDR_FENCE_OWED',
		status: debts.length > 0 ? 'block' : unread.length > 0 ? 'unknown' : 'pass',
		what: 'fences owed by earlier moves',
		observed:
			debts.length > 0
				? list(debts.map(({ cluster, owes, run }) => `${owes.join(' and ')} on ${cluster} since run ${run}`))
				: unread.length > 0
					? `unknown: the journal of ${list(unread)} was not readable`
					: 'none',
		wanted: 'none',
		hint: 'kdr fence pay',
	};
}
