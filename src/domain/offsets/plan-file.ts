import { z } from 'zod';
import { KdrError } from '../errors/kdr-error.ts';
import { int64 } from '../run/outputs.ts';
import { itemOf, type OffsetRow, type Refusal } from './row.ts';

/** What a plan was made from, as far as it must still hold when it is applied. */
export const plannedFacts = z.object({
	/** Cluster id by alias. */
	clusterIds: z.record(z.string(), z.string()),
	/** group, topic, partition, commit there, new offset, log end. */
	rows: z.array(
		z.tuple([
			z.string(),
			z.string(),
			z.number().int().nonnegative(),
			int64.nullable(),
			int64.nullable(),
			int64.nullable(),
		]),
	),
	/** Groups and partitions that were left as they are. */
	refused: z.array(z.string()),
});
export type PlannedFacts = z.infer<typeof plannedFacts>;

export function factsOf(
	clusterIds: Record<string, string>,
	rows: readonly OffsetRow[],
	refused: readonly Refusal[],
	endOf: (row: OffsetRow) => bigint | null,
): PlannedFacts {
	return {
		clusterIds,
		rows: rows.map((row) => [row.group, row.topic, row.partition, row.prior, row.offset, endOf(row)]),
		refused: refused.map(itemOf).toSorted(),
	};
}

/**
 * What of the facts no longer holds, one sentence each; empty: the plan may be applied. A commit that already is the planned one is
 * as wanted: a run that was cut short resumes like this.
 */
export function staleBecause(planned: PlannedFacts, now: PlannedFacts): string[] {
	const wrong: string[] = [];
	for (const [alias, id] of Object.entries(planned.clusterIds)) {
		const found = now.clusterIds[alias];
		if (found !== undefined && found !== id) wrong.push(`${alias} is cluster ${found}, was ${id}`);
	}
	const current = new Map(now.rows.map((row) => [keyOf(row), row]));
	for (const row of planned.rows) {
		const found = current.get(keyOf(row));
		current.delete(keyOf(row));
		const [group, topic, partition, prior, offset, end] = row;
		const where = `${group} ${topic} ${partition}`;
		if (!found) {
			wrong.push(`${where}: not to be set any more`);
			continue;
		}
		const [, , , priorNow, offsetNow, endNow] = found;
		if (priorNow !== prior && priorNow !== offset)
			wrong.push(`${where}: its commit was ${offsetText(prior)}, is ${offsetText(priorNow)}`);
		else if (offsetNow !== offset)
			wrong.push(`${where}: would go to ${offsetText(offsetNow)} now, not to ${offsetText(offset)}`);
		else if (end !== null && endNow !== null && endNow < end)
			wrong.push(`${where}: its log ended at ${end}, ends at ${endNow}`);
	}
	for (const [group, topic, partition] of current.values())
		wrong.push(`${group} ${topic} ${partition}: was not in the plan`);
	const [was, is] = [new Set(planned.refused), new Set(now.refused)];
	for (const item of was) if (!is.has(item)) wrong.push(`${item}: is free now, was to be left as it is`);
	for (const item of is) if (!was.has(item)) wrong.push(`${item}: was free, would be left as it is now`);
	return wrong;
}

const keyOf = ([group, topic, partition]: PlannedFacts['rows'][number]): string =>
	JSON.stringify([group, topic, partition]);
const offsetText = (offset: bigint | null): string => (offset === null ? 'none' : String(offset));

const planFile = z.object({
	schema: z.literal('kdr.offsets-plan/1'),
	/** ISO 8601, UTC. */
	createdAt: z.string(),
	link: z.string(),
	from: z.string(),
	to: z.string(),
	/** Parameters of the step, wire form. */
	params: z.record(z.string(), z.unknown()),
	facts: plannedFacts,
});
export type PlanFile = z.infer<typeof planFile>;

export const writePlan = (plan: PlanFile): string => `${JSON.stringify(z.encode(planFile, plan), null, '\t')}\n`;

/** @throws KDR_PLAN_INVALID */
export function readPlan(text: string): PlanFile {
	let json: unknown;
	try {
		json = JSON.parse(text);
	} catch (cause) {
		throw new KdrError('KDR_PLAN_INVALID', 'the plan file is not JSON', { cause });
	}
	const parsed = z.safeDecode(planFile, json as z.input<typeof planFile>);
	if (parsed.success) return parsed.data;
	const [issue] = parsed.error.issues;
	throw new KdrError(
		'KDR_PLAN_INVALID',
		`the plan file: ${issue?.path.join('.') || 'it'}: ${issue?.message ?? 'not understood'}`,
	);
}
