import { blockUnless, type Check, warnIf, warnUnless } from '../../domain/check.ts';
import { checkpointsCheck } from '../../domain/mirror/version.ts';
import type { OffsetsParams } from '../../domain/offsets/params.ts';
import { factsOf, type PlannedFacts, staleBecause } from '../../domain/offsets/plan-file.ts';
import { keptUntil } from '../../domain/offsets/retention.ts';
import { itemOf } from '../../domain/offsets/row.ts';
import { count, list } from '../../domain/text.ts';
import type { MoveFacts } from './context.ts';
import type { GroupSync, OffsetFacts } from './observe-groups.ts';

/** All that must hold before offsets are set. */
export const commitChecks = (facts: OffsetFacts, chosen: OffsetsParams, ctx: MoveFacts): Check[] => [
	...readingChecks(facts, chosen, ctx),
	...(chosen.syncStopped ? [syncCheck(facts.sync, ctx)] : []),
	...refusedChecks(facts, ctx),
	...(facts.kept ? [keptCheck(facts.kept, ctx)] : []),
];

/** Until when those whose members do not come find them. */
const keptCheck = (kept: NonNullable<OffsetFacts['kept']>, { move }: MoveFacts): Check =>
	warnIf(kept.retentionMs === null, {
		code: 'offsets-kept',
		what: `how long ${move.to} keeps them for groups without members`,
		observed: keptUntil(kept, kept.now),
	});

/** What must hold for the table itself to mean anything; the other checks are about writing. */
export const readingChecks = (facts: OffsetFacts, chosen: OffsetsParams, ctx: MoveFacts): Check[] => [
	...(chosen.planned ? [planCheck(facts, chosen.planned)] : []),
	...strangerChecks(facts.strangers, ctx),
	...groupChecks(facts, ctx),
	...expiredChecks(facts, ctx),
	...overshootChecks(facts, ctx),
];

/** Retention on the cluster we move to was faster than a group: known before the fence, that stops a planned move; after it, it is named. */
function expiredChecks({ table: { skips } }: OffsetFacts, { move, preview }: MoveFacts): Check[] {
	if (skips.size === 0) return [];
	const rows = [...skips].map(
		([{ group, topic, partition }, records]) => `${itemOf({ group, at: `${topic} ${partition}` })}: at most ${records}`,
	);
	return [
		{
			code: 'KDR_OFFSET_EXPIRED',
			status: preview && move.mode === 'switchover' ? 'block' : 'warn',
			what: `records that groups have not processed, and ${move.to} no longer holds`,
			observed: list(rows),
			wanted: `none: ${move.from} still holds them`,
			hint: `let the groups catch up on ${move.from}, or: --override KDR_OFFSET_EXPIRED=REASON`,
		},
	];
}

function overshootChecks({ writtenBy }: OffsetFacts, { move }: MoveFacts): Check[] {
	const check = checkpointsCheck(writtenBy, move);
	return check ? [{ ...check, hint: `${check.hint}; proven offsets alone: --method exact` }] : [];
}

export function syncCheck(sync: GroupSync, { move }: MoveFacts): Check {
	return {
		code: 'KDR_CHECKPOINT_RUNNING',
		status: sync.kind === 'stopped' ? 'pass' : sync.kind === 'runs' ? 'block' : 'unknown',
		what: `MirrorMaker 2's sync of group offsets ${move.from} → ${move.to}`,
		observed:
			sync.kind === 'stopped' ? 'does not run' : sync.kind === 'runs' ? `${list(sync.connectors)} runs` : sync.why,
		wanted: 'stopped: it overwrites the offsets that kdr sets',
		hint: 'add --stop-checkpoints',
	};
}

function strangerChecks({ groups, topics }: OffsetFacts['strangers'], { link }: MoveFacts): Check[] {
	const named = (code: string, what: string, names: string[]): Check[] =>
		names.length === 0
			? []
			: [
					{
						code,
						status: 'block',
						what: `${what} that were named`,
						observed: `${list(names)}: not known`,
						wanted: `some of link ${link.name}`,
					},
				];
	return [...named('KDR_GROUP_UNKNOWN', 'groups', groups), ...named('KDR_TOPIC_MISSING', 'topics', topics)];
}

/** A move continues without what it may not touch; a command that could set nothing at all says so before it starts. */
function refusedChecks({ table: { set, refused } }: OffsetFacts, ctx: MoveFacts): Check[] {
	const others = refused.filter(({ code }) => code !== 'KDR_GROUP_ACTIVE');
	const nothing = set.length === 0 && refused.length > 0 && ctx.move.mode === 'change';
	const [first] = nothing ? refused : others;
	if (!first) return [];
	const observed = list((nothing ? refused : others).map((one) => `${itemOf(one)}: ${one.why}`));
	return [
		{
			code: first.code,
			status: nothing ? 'block' : 'warn',
			what: nothing ? 'all that could be set' : 'left as they are',
			observed,
			...((nothing ? refused : others).some(({ code }) => code === 'KDR_OFFSET_REWIND') && { hint: '--allow-rewind' }),
		},
	];
}

function groupChecks({ active, unreadable, capped, junk }: OffsetFacts, { move }: MoveFacts): Check[] {
	const checks: Check[] = [
		warnUnless(active.size === 0, {
			code: 'KDR_GROUP_ACTIVE',
			what: `groups with members on ${move.to}`,
			observed: active.size === 0 ? 'none' : list([...active].map(([group, state]) => `${group} (${state})`)),
			wanted: 'none: their offsets cannot be set and stay as they are',
			hint: 'stop their members there',
		}),
	];
	if (unreadable.length > 0)
		checks.push({
			code: 'offsets-readable',
			status: 'unknown',
			what: `offsets on ${move.to}`,
			observed: list(unreadable),
		});
	if (capped > 0)
		checks.push({
			code: 'offsets-not-read',
			status: 'warn',
			what: 'positions around which no record was read, for time and memory',
			observed: `${count(capped, 'position')}: MirrorMaker's own rule bounds them`,
			hint: 'kdr offsets convert --read-all, or readAll: true in a runbook',
		});
	if (junk > 0)
		checks.push({
			code: 'checkpoints-clean',
			status: 'warn',
			what: 'records in the checkpoints topic that are no checkpoints',
			observed: String(junk),
		});
	return checks;
}

/** The facts of a plan as they are now. */
export const plannedFactsOf = ({ table, clusterIds }: Pick<OffsetFacts, 'table' | 'clusterIds'>): PlannedFacts =>
	factsOf(clusterIds, table.set, table.refused, (row) => table.ends.get(row) ?? null);

/** Whether a saved plan still holds. */
export function planCheck(facts: OffsetFacts, planned: PlannedFacts): Check {
	const stale = staleBecause(planned, plannedFactsOf(facts));
	return blockUnless(stale.length === 0, {
		code: 'KDR_PLAN_STALE',
		what: 'the facts the plan was made from',
		observed: stale.length === 0 ? 'hold' : list(stale),
		wanted: 'as they were',
		hint: 'make a new plan: kdr offsets convert … --out FILE',
	});
}
