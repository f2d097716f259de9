import type { Check } from '../../domain/check.ts';
import { factsOf, type PlannedFacts, staleBecause } from '../../domain/offsets/plan-file.ts';
import { list } from '../../domain/text.ts';
import type { OffsetFacts } from './observe-groups.ts';

/** The facts of a plan as they are now. */
export const plannedFactsOf = ({ table, clusterIds }: Pick<OffsetFacts, 'table' | 'clusterIds'>): PlannedFacts =>
	factsOf(clusterIds, table.set, table.refused, (row) => table.ends.get(row) ?? null);

/** Whether a saved plan still holds. */
export function planCheck(facts: OffsetFacts, planned: PlannedFacts): Check {
	const stale = staleBecause(planned, plannedFactsOf(facts));
	return {
		code: 'KDR_PLAN_STALE',
		status: stale.length === 0 ? 'pass' : 'block',
		what: 'the facts the plan was made from',
		observed: stale.length === 0 ? 'hold' : list(stale),
		wanted: 'as they were',
		hint: 'make a new plan: kdr offsets convert … --out FILE',
	};
}
