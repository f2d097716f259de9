import type { Check } from '../../domain/check.ts';
import { PartitionMap, type TopicPartition } from '../../domain/kafka/partition.ts';
import type { OffsetsParams } from '../../domain/offsets/params.ts';
import { factsOf, type PlannedFacts, staleBecause } from '../../domain/offsets/plan-file.ts';
import { list } from '../estate.ts';
import type { StepContext } from '../kind.ts';
import type { Facts } from './seen.ts';
import { tableOf } from './table.ts';

/** The facts of a plan as they are now. */
export function plannedFactsOf(
	facts: Facts,
	chosen: OffsetsParams,
	ctx: StepContext,
	clusterIds = facts.clusterIds,
): PlannedFacts {
	const { set, refused } = tableOf(facts, chosen, ctx);
	const ends = new Map<string, PartitionMap<bigint>>();
	const keep = (group: string, at: TopicPartition, end: bigint): void =>
		void ends.set(group, (ends.get(group) ?? new PartitionMap<bigint>()).set(at, end));
	for (const tuple of facts.tuples) keep(tuple.group, tuple, tuple.place.target.end);
	for (const tuple of facts.resets) if (tuple.facts) keep(tuple.group, tuple, tuple.facts.target.end);
	return factsOf(clusterIds, set, refused, (row) => ends.get(row.group)?.get(row) ?? null);
}

/** Whether a saved plan still holds. */
export function planCheck(facts: Facts, chosen: OffsetsParams, planned: PlannedFacts, ctx: StepContext): Check {
	const stale = staleBecause(planned, plannedFactsOf(facts, chosen, ctx));
	return {
		code: 'KDR_PLAN_STALE',
		status: stale.length === 0 ? 'pass' : 'block',
		what: 'the facts the plan was made from',
		observed: stale.length === 0 ? 'hold' : list(stale),
		wanted: 'as they were',
		hint: 'make the plan anew: kdr offsets convert … --out FILE',
	};
}
