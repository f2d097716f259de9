import { type Check, stops } from '../domain/check.ts';
import { asKdrError } from '../domain/errors/kdr-error.ts';
import { PartitionMap, type TopicPartition } from '../domain/kafka/partition.ts';
import { type OffsetsParams, offsetsParams } from '../domain/offsets/params.ts';
import { factsOf, type PlannedFacts, staleBecause } from '../domain/offsets/plan-file.ts';
import { chosen as inChoice } from '../domain/offsets/reset.ts';
import { itemOf, type OffsetChange, type OffsetRow, offsetChange, type Refusal, reversed } from '../domain/offsets/row.ts';
import type { Identity } from '../domain/offsets/same.ts';
import type { OffsetsView } from '../domain/offsets/view.ts';
import type { Outputs } from '../domain/run/outputs.ts';
import type { Group } from '../ports/group-offsets.ts';
import { connectorsOf, count, list } from './estate.ts';
import { changeKind, type StepContext, type StepIo } from './kind.ts';
import { type OffsetFacts, observeOffsets } from './offsets-facts.ts';
import { observeReset, type ResetTuple } from './offsets-reset.ts';
import { observeIdentity } from './offsets-same.ts';
import { type Table, tableOf } from './offsets-table.ts';
import { isSet, namedCheck, refusedItems, takenCheck, writeRows } from './offsets-write.ts';
import { offsetCommands } from './vanilla.ts';

/** What is seen of a sync of group offsets that would move groups behind kdr's back. */
type Sync = { kind: 'stopped' } | { kind: 'runs'; connectors: string[] } | { kind: 'unknown'; why: string };

interface Facts extends OffsetFacts {
	alone: Map<string, string>;
	resets: ResetTuple[];
	identity: PartitionMap<Identity>;
	sync: Sync;
	/** Named by the person, but not there. */
	strangers: { groups: string[]; topics: string[] };
	clusterIds: Record<string, string>;
}

/** Sets every group's offsets on the cluster we move to, and reads them back. */
export const offsetsCommit = changeKind<OffsetsParams, Facts, OffsetChange, 'offsetTotals'>({
	type: 'change',
	kind: 'offsets-commit',
	purpose: "translate the groups' offsets, set them on the cluster we move to, read them back",
	report: {
		phase: 'offsets',
		notMeasured: ['a group whose first commit never reached the standby is not known there: it starts by its own auto.offset.reset'],
	},
	params: offsetsParams,
	change: offsetChange,
	produces: 'offsetTotals',
	settleMs: 15_000,
	async observe(chosen, io, cx) {
		const [seen, sync, clusterIds] = await Promise.all([
			chosen.reset ? resetFacts(chosen, io, cx) : translationFacts(chosen, io, cx),
			chosen.syncStopped ? observeSync(io, cx) : ({ kind: 'stopped' } as const),
			chosen.planned ? identities(io, cx) : {},
		]);
		return { ...seen, sync, clusterIds };
	},
	check: (facts, chosen, cx): Check[] => [
		...readingChecks(facts, chosen, cx),
		...(chosen.syncStopped ? [syncCheck(facts.sync, cx)] : []),
		...refusedChecks(facts, chosen, cx),
	],
	plan(facts, chosen, cx) {
		const { set, refused } = tableOf(facts, chosen, cx);
		const todo = set.some((wanted) => !isSet(wanted, facts.committed)) || refused.length > 0;
		return { change: todo ? { rows: set, refused } : null, summary: summary(set, refused, chosen, cx) };
	},
	async apply({ rows, refused }, io, cx) {
		cx.progress(`committing ${count(new Set(rows.map(({ group }) => group)).size, 'group')}`);
		return [...(await writeRows(io.to, rows)), ...refusedItems(refused)];
	},
	verify: ({ committed }, change, _params, cx, failed) => [
		takenCheck(cx.move.to, change?.rows ?? [], committed, failed),
		namedCheck(change?.refused ?? [], failed),
	],
	output: (facts, change, chosen, cx) => totals(change ?? tableOf(facts, chosen, cx)),
	undo: { of: reversed, by: 'offsets-undo' },
});

/** What must hold for the table itself to mean anything; the other checks are about writing. */
const readingChecks = (facts: Facts, chosen: OffsetsParams, cx: StepContext): Check[] => [
	...(chosen.planned ? [planCheck(facts, chosen, chosen.planned, cx)] : []),
	...strangerChecks(facts.strangers, cx),
	...groupChecks(facts, cx),
];

async function translationFacts({ groups, topics, method }: OffsetsParams, io: StepIo, cx: StepContext) {
	const seen = await observeOffsets(io, cx, {
		wanted: (group) => !groups || groups.includes(group),
		byTime: method === 'timestamp' ? { at: null } : null,
	});
	const alone = seen.alone ?? new Map<string, string>();
	const inTopics = inChoice(topics);
	const tuples = seen.tuples.filter(inTopics);
	const identity =
		method === 'same'
			? await observeIdentity(
					io,
					cx,
					tuples.map(({ topic, partition, place }) => ({ topic, partition, source: place.source })),
				)
			: new PartitionMap<Identity>();
	const strangers = {
		groups: (groups ?? []).filter((group) => !alone.has(group) && !seen.tuples.some((tuple) => tuple.group === group)),
		topics: missingTopics(topics, seen.tuples),
	};
	const kept = new Set(tuples.map(({ group }) => group));
	const active = new Map([...seen.active].filter(([group]) => kept.has(group)));
	return { ...seen, alone, tuples, active, resets: [], identity, strangers };
}

async function resetFacts(chosen: OffsetsParams, io: StepIo, cx: StepContext) {
	const choice = chosen.reset ?? { to: 'current' as const };
	const { tuples: resets, groups, committed, unreadable, alone } = await observeReset(io, cx, choice, chosen);
	const touched = new Set(resets.map(({ group }) => group));
	const strangers = {
		groups: (chosen.groups ?? []).filter((group) => !touched.has(group) && !groups.some(({ id }) => id === group)),
		topics: missingTopics(chosen.topics, resets),
	};
	return {
		tuples: [],
		junk: 0,
		resets,
		active: activeOf(groups, touched),
		unreadable,
		committed,
		alone,
		identity: new PartitionMap<Identity>(),
		strangers,
	};
}

const missingTopics = (topics: OffsetsParams['topics'], found: readonly TopicPartition[]): string[] =>
	(topics ?? []).filter(({ topic }) => !found.some((at) => at.topic === topic)).map(({ topic }) => topic);

const activeOf = (groups: readonly Group[], touched: ReadonlySet<string>): Map<string, string> =>
	new Map(groups.filter(({ id, state }) => touched.has(id) && state !== 'Empty' && state !== 'Dead').map(({ id, state }) => [id, state]));

/** A paused connector goes on syncing: its schedule knows only its own end. So anything but STOPPED without tasks counts. */
async function observeSync(io: StepIo, cx: StepContext): Promise<Sync> {
	try {
		const connectors = await connectorsOf(io.to, cx.move.from);
		const running = connectors.filter(
			({ role, state, tasks, config }) =>
				role === 'checkpoint' && config['sync.group.offsets.enabled'] === 'true' && (state !== 'STOPPED' || tasks.length > 0),
		);
		return running.length === 0 ? { kind: 'stopped' } : { kind: 'runs', connectors: running.map(({ name }) => name) };
	} catch (thrown) {
		const error = asKdrError(thrown);
		if (error.code === 'KDR_BUG') throw thrown;
		return { kind: 'unknown', why: error.message };
	}
}

function syncCheck(sync: Sync, { move }: StepContext): Check {
	return {
		code: 'KDR_CHECKPOINT_RUNNING',
		status: sync.kind === 'stopped' ? 'pass' : sync.kind === 'runs' ? 'block' : 'unknown',
		what: `MirrorMaker 2's sync of group offsets ${move.from} → ${move.to}`,
		observed: sync.kind === 'stopped' ? 'does not run' : sync.kind === 'runs' ? `${list(sync.connectors)} runs` : sync.why,
		wanted: 'stopped: it moves groups forward behind the back of whoever sets them',
		hint: 'add --stop-checkpoints',
	};
}

async function identities(io: StepIo, cx: StepContext): Promise<Record<string, string>> {
	const sides = cx.fromAlive ? [io.from, io.to] : [io.to];
	return Object.fromEntries(await Promise.all(sides.map(async ({ alias, cluster }) => [alias, (await cluster.identity()).clusterId])));
}

/** The facts of a plan as they are now. */
export function plannedFactsOf(facts: Facts, chosen: OffsetsParams, cx: StepContext, clusterIds = facts.clusterIds): PlannedFacts {
	const { set, refused } = tableOf(facts, chosen, cx);
	const ends = new Map<string, PartitionMap<bigint>>();
	const keep = (group: string, at: TopicPartition, end: bigint): void =>
		void ends.set(group, (ends.get(group) ?? new PartitionMap<bigint>()).set(at, end));
	for (const tuple of facts.tuples) keep(tuple.group, tuple, tuple.place.target.end);
	for (const tuple of facts.resets) if (tuple.facts) keep(tuple.group, tuple, tuple.facts.target.end);
	return factsOf(clusterIds, set, refused, (row) => ends.get(row.group)?.get(row) ?? null);
}

function planCheck(facts: Facts, chosen: OffsetsParams, planned: PlannedFacts, cx: StepContext): Check {
	const stale = staleBecause(planned, plannedFactsOf(facts, chosen, cx));
	return {
		code: 'KDR_PLAN_STALE',
		status: stale.length === 0 ? 'pass' : 'block',
		what: 'the facts the plan was made from',
		observed: stale.length === 0 ? 'hold' : list(stale),
		wanted: 'as they were',
		hint: 'make the plan anew: kdr offsets convert … --out FILE',
	};
}

function strangerChecks({ groups, topics }: Facts['strangers'], { link }: StepContext): Check[] {
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

/** A move goes on without what it may not touch; a command that could set nothing at all says so before it starts. */
function refusedChecks(facts: Facts, chosen: OffsetsParams, cx: StepContext): Check[] {
	const { set, refused } = tableOf(facts, chosen, cx);
	const others = refused.filter(({ code }) => code !== 'KDR_GROUP_ACTIVE');
	const nothing = set.length === 0 && refused.length > 0 && cx.move.mode === 'change';
	const [first] = nothing ? refused : others;
	if (!first) return [];
	const observed = list((nothing ? refused : others).map((one) => `${itemOf(one)}: ${one.why}`));
	return [{ code: first.code, status: nothing ? 'block' : 'warn', what: nothing ? 'all that could be set' : 'left as they are', observed }];
}

function groupChecks({ active, unreadable, junk }: Facts, { move }: StepContext): Check[] {
	const checks: Check[] = [
		{
			code: 'KDR_GROUP_ACTIVE',
			status: active.size === 0 ? 'pass' : 'warn',
			what: `groups with members on ${move.to}`,
			observed: active.size === 0 ? 'none' : list([...active].map(([group, state]) => `${group} (${state})`)),
			wanted: 'none: their offsets cannot be set and stay as they are',
			hint: 'stop their members there',
		},
	];
	if (unreadable.length > 0)
		checks.push({ code: 'offsets-readable', status: 'unknown', what: `offsets on ${move.to}`, observed: list(unreadable) });
	if (junk > 0)
		checks.push({
			code: 'checkpoints-clean',
			status: 'warn',
			what: 'records in the checkpoints topic that are none',
			observed: String(junk),
		});
	return checks;
}

function summary(set: readonly OffsetRow[], refused: readonly Refusal[], { reset: choice }: OffsetsParams, { move, preview }: StepContext) {
	const { groups, partitions, exact, rereadAtMost } = totals({ rows: set, refused });
	const reread =
		rereadAtMost === null ? 'some unknown' : rereadAtMost === 0n ? '0 again' : `≤ ${rereadAtMost.toLocaleString('en-US')} again`;
	const items = refused.map(({ group, at }) => (at === undefined ? group : `${group} ${at}`));
	const rest = items.length > 0 ? `; refused: ${list(items)}` : '';
	return {
		what: `${count(groups, 'group')}, ${count(partitions, 'partition')}${rest}`,
		now: set.every(({ prior, offset }) => prior === offset) ? 'set' : choice ? 'as committed' : "MirrorMaker's",
		after: choice ? `to ${choice.to}` : `${exact} exact, ${reread}`,
		undo: 'restore',
		// They hold every offset: for an export, not for the journal.
		commands: preview ? offsetCommands(set, move.to) : [],
	};
}

/** What the numbers of a plan, or of what was set, add up to. */
export function totals({ rows, refused }: { rows: readonly OffsetRow[]; refused: readonly Refusal[] }): Outputs['offsetTotals'] {
	const groups = [...Map.groupBy(rows, ({ group }) => group)].map(([group, of]) => ({
		group,
		rereadAtMost: of.reduce((sum, one) => sum + one.rereadAtMost, 0n),
	}));
	const unknown = refused.filter(({ code }) => code === 'KDR_OFFSET_UNMAPPED').length;
	return {
		groups: groups.length,
		partitions: rows.length + unknown,
		exact: rows.filter(({ proof }) => proof === 'exact').length,
		bounded: rows.filter(({ proof }) => proof !== 'exact').length,
		unknown,
		rereadAtMost: unknown > 0 ? null : groups.reduce((sum, one) => sum + one.rereadAtMost, 0n),
		worst: groups
			.filter(({ rereadAtMost }) => rereadAtMost > 0n)
			.toSorted((a, b) => (a.rereadAtMost < b.rereadAtMost ? 1 : -1))
			.slice(0, 20),
	};
}

/** Only reads: the plan as `kdr offsets convert` shows it, and what is kept of it in a file. */
export async function lookAtOffsets(chosen: OffsetsParams, io: StepIo, cx: StepContext) {
	const facts = await offsetsCommit.observe(chosen, io, cx);
	const clusterIds = chosen.planned ? facts.clusterIds : await identities(io, cx);
	const { link, from, to } = cx.move;
	const plan = { schema: 'kdr.offsets-plan/1' as const, link, from, to, facts: plannedFactsOf(facts, chosen, cx, clusterIds) };
	const blocking = readingChecks(facts, chosen, cx).filter(stops);
	const notes = [...blocking, ...(chosen.syncStopped ? [syncCheck(facts.sync, cx)].filter(stops) : [])];
	return { view: offsetsView(facts, chosen, cx, notes), plan, blocking, syncRuns: facts.sync.kind === 'runs' };
}

/** The plan for people and for `--json`. */
function offsetsView(facts: Facts, chosen: OffsetsParams, cx: StepContext, open: readonly Check[]): OffsetsView {
	const table = tableOf(facts, chosen, cx);
	const sum = totals({ rows: table.rows, refused: table.refused });
	const policy = table.rows.filter(({ proof }) => proof === 'policy').length;
	return {
		to: cx.move.to,
		rows: viewRows(table),
		leftAlone: [...facts.alone].map(([group, why]) => ({ group, why })),
		totals: { ...sum, bounded: sum.bounded - policy, policy, ...ownTotals(table) },
		refused: refusedItems(table.refused),
		applied: false,
		notes: open.map(({ code, what, observed, hint }) => `${what}: ${observed}${hint === undefined ? '' : `; ${hint}`}  ${code}`),
	};
}

const shownProof = { exact: 'exact', bounded: 'bounded', earliest: 'bounded', policy: 'policy', restored: 'bounded' } as const;

function viewRows({ rows, unplaced, own }: Table): OffsetsView['rows'] {
	const placed = rows.map((row) => {
		const { group, topic, partition, prior, offset, proof, rereadAtMost, evidence } = row;
		const mirrorMaker = own.get(row);
		const shown = { group, topic, partition, prior, next: offset, proof: shownProof[proof], rereadAtMost, why: evidence };
		return mirrorMaker ? { ...shown, mirrorMaker } : shown;
	});
	const left = unplaced.map(({ group, topic, partition, prior, why, wanted }) => ({
		...{ group, topic, partition, prior, next: null, rereadAtMost: null, why },
		proof: wanted ? ('policy' as const) : ('unknown' as const),
	}));
	return [...placed, ...left];
}

/** What MirrorMaker 2's own offsets would come to; nothing when it has none. */
function ownTotals({ own }: Table): Pick<OffsetsView['totals'], 'mirrorMaker'> {
	if (own.size === 0) return {};
	const sum = (of: 'rereadAtMost' | 'skips'): bigint => [...own.values()].reduce((total, one) => total + one[of], 0n);
	return { mirrorMaker: { rereadAtMost: sum('rereadAtMost'), skips: sum('skips') } };
}
