import { z } from 'zod';
import type { Check } from '../domain/check.ts';
import { PartitionMap } from '../domain/kafka/partition.ts';
import { type Placement, place, placeByCheckpoint, placeByTimestamp } from '../domain/offsets/place.ts';
import type { OffsetsView } from '../domain/offsets/view.ts';
import type { ItemFailure } from '../domain/run/events.ts';
import { int64, type Outputs } from '../domain/run/outputs.ts';
import { count, list } from './estate.ts';
import { changeKind, type StepContext } from './kind.ts';
import { type OffsetFacts, observeOffsets, type TupleFacts } from './offsets-facts.ts';

const params = z.object({
	/** `auto`: the best that can be proven; `checkpoint`: MirrorMaker 2's word alone; `timestamp`: by the records' time. */
	method: z.enum(['auto', 'checkpoint', 'timestamp']).default('auto'),
	/** With `timestamp`: this time instead of each group's own, ms since the epoch. */
	toDatetime: z.number().int().optional(),
	/** Only these groups; absent: all of the link. */
	groups: z.array(z.string()).optional(),
	/** Set an offset below the standby's own commit: reads again, and undoes what MirrorMaker 2 skipped for a group that was taken back. */
	allowRewind: z.boolean().default(true),
});
type Params = z.infer<typeof params>;

const row = z.object({
	group: z.string(),
	topic: z.string(),
	partition: z.number(),
	prior: int64.nullable(),
	offset: int64,
	metadata: z.string(),
	proof: z.enum(['exact', 'bounded', 'earliest', 'policy']),
	rereadAtMost: int64,
	evidence: z.string(),
});
export type OffsetRow = z.infer<typeof row>;

const refusal = z.object({ group: z.string(), code: z.string(), why: z.string() });
const change = z.object({ rows: z.array(row), refused: z.array(refusal) });
type Change = z.infer<typeof change>;

/** Sets every group's offsets on the cluster we move to, and reads them back. */
export const offsetsCommit = changeKind<Params, OffsetFacts, Change, 'offsetTotals'>({
	type: 'change',
	kind: 'offsets-commit',
	purpose: "translate the groups' offsets, set them on the cluster we move to, read them back",
	report: {
		phase: 'offsets',
		notMeasured: ['a group whose first commit never reached the standby is not known there: it starts by its own auto.offset.reset'],
	},
	params,
	change,
	produces: 'offsetTotals',
	settleMs: 15_000,
	observe: ({ groups, method, toDatetime }, io, cx) =>
		observeOffsets(io, cx, {
			wanted: (group) => !groups || groups.includes(group),
			byTime: method === 'timestamp' ? { at: toDatetime ?? null } : null,
		}),
	check: ({ active, unreadable, junk }, _params, { move }): Check[] => [
		{
			code: 'KDR_GROUP_ACTIVE',
			status: active.size === 0 ? 'pass' : 'warn',
			what: `groups with members on ${move.to}`,
			observed: active.size === 0 ? 'none' : list([...active].map(([group, state]) => `${group} (${state})`)),
			wanted: 'none: their offsets cannot be set and stay as they are',
			hint: 'stop their members there',
		},
		...(unreadable.length > 0
			? [{ code: 'offsets-readable', status: 'unknown' as const, what: `offsets on ${move.to}`, observed: list(unreadable) }]
			: []),
		...(junk > 0
			? [
					{
						code: 'checkpoints-clean',
						status: 'warn' as const,
						what: 'records in the checkpoints topic that are none',
						observed: String(junk),
					},
				]
			: []),
	],
	plan(facts, chosen, cx) {
		const rows = planRows(facts, chosen, cx);
		const refused = refusals(facts, rows, chosen);
		const out = new Set(refused.map(({ group }) => group));
		const set = rows.filter(({ group }) => !out.has(group));
		const change = { rows: set, refused };
		const todo = set.some((wanted) => !isSet(wanted, facts)) || refused.length > 0;
		return { change: todo ? change : null, summary: summary(rows, set, refused, cx) };
	},
	async apply({ rows, refused }, io, cx) {
		const groups = Map.groupBy(rows, ({ group }) => group);
		cx.progress(`committing ${count(groups.size, 'group')}`);
		const failures = await Promise.all(
			[...groups].map(async ([group, wanted]): Promise<ItemFailure[]> => {
				const offsets = PartitionMap.from(
					wanted.map(({ topic, partition, offset, metadata }) => [
						{ topic, partition },
						{ offset, metadata },
					]),
				);
				const results = await io.to.groups.commit(group, offsets);
				const bad = [...results].flatMap(([at, item]) => (item.ok ? [] : [{ at, error: item.error }]));
				return bad[0]
					? [
							{
								item: `group ${group}`,
								code: bad[0].error.code,
								message: `${list(bad.map(({ at }) => `${at.topic} ${at.partition}`))}: ${bad[0].error.message}`,
							},
						]
					: [];
			}),
		);
		return [...failures.flat(), ...refused.map(({ group, code, why }) => ({ item: `group ${group}`, code, message: why }))];
	},
	verify(facts, change, _params, cx, failed): Check[] {
		const out = new Set(failed.map(({ item }) => item));
		const wanted = (change?.rows ?? []).filter(({ group }) => !out.has(`group ${group}`));
		const wrong = wanted.filter((one) => !isSet(one, facts));
		return [
			{
				code: 'KDR_OFFSET_NOT_TAKEN',
				status: wrong.length === 0 ? 'pass' : 'block',
				what: `offsets on ${cx.move.to}`,
				observed:
					wrong.length === 0
						? `${count(wanted.length, 'partition')} read back`
						: `not taken: ${list(wrong.map(({ group, topic, partition }) => `${group} ${topic} ${partition}`))}`,
				wanted: 'as committed',
			},
		];
	},
	output: (facts, change, chosen, cx) => totals(change?.rows ?? planRows(facts, chosen, cx)),
	undo: { none: 'the offsets from before stand in the plan and in the journal; kdr does not set them again' },
});

/** The table of a plan: what every group and partition gets, and how that is known. */
export function planRows({ tuples }: OffsetFacts, { method }: Params, { run, preview }: StepContext): OffsetRow[] {
	return tuples.map((tuple) => toRow(tuple, choose(tuple, method), preview ? '' : `kdr:${run}`));
}

function choose({ place: facts, time }: TupleFacts, method: Params['method']): Placement {
	if (method === 'checkpoint') return placeByCheckpoint(facts);
	return method === 'timestamp' && time ? placeByTimestamp(facts, time.at, time.found, time.chosen) : place(facts);
}

/** Applications that keep their own text beside an offset keep it; a free one is marked with the run. */
function toRow({ group, topic, partition, metadata, place: { prior } }: TupleFacts, placement: Placement, mark: string): OffsetRow {
	const { offset, proof, rereadAtMost, evidence } = placement;
	return { group, topic, partition, prior, offset, metadata: metadata || mark, proof, rereadAtMost, evidence };
}

const isSet = ({ group, topic, partition, offset }: OffsetRow, { committed }: OffsetFacts): boolean =>
	committed.get(group)?.get({ topic, partition })?.offset === offset;

function refusals({ active }: OffsetFacts, rows: OffsetRow[], { allowRewind }: Params): Change['refused'] {
	const busy = [...active].map(([group, state]) => ({
		group,
		code: 'KDR_GROUP_ACTIVE',
		why: `has running members (${state}); its offsets stay as they are`,
	}));
	if (allowRewind) return busy;
	const back = Map.groupBy(
		rows.filter(({ prior, offset }) => prior !== null && offset < prior),
		({ group }) => group,
	);
	return [
		...busy,
		...[...back]
			.filter(([group]) => !active.has(group))
			.map(([group, of]) => ({
				group,
				code: 'KDR_OFFSET_REWIND',
				why: `${count(of.length, 'partition')} would go back behind the commit there: --allow-rewind`,
			})),
	];
}

function summary(all: OffsetRow[], set: OffsetRow[], refused: Change['refused'], { move }: StepContext) {
	const { groups, partitions, exact, rereadAtMost } = totals(set);
	const reread = rereadAtMost === 0n ? '0 again' : `≤ ${(rereadAtMost ?? 0n).toLocaleString('en-US')} again`;
	const rest = refused.length > 0 ? `; ${count(refused.length, 'group')} refused: ${list(refused.map(({ group }) => group))}` : '';
	return {
		what: `${count(groups, 'group')}, ${count(partitions, 'partition')}${rest}`,
		now: all.every(({ prior, offset }) => prior === offset) ? 'set' : "MirrorMaker's",
		after: `${exact} exact, ${reread}`,
		undo: 'restore',
		commands: [...new Set(set.map(({ group }) => group))].map(
			(group) =>
				`kafka-consumer-groups.sh --bootstrap-server $${move.to.toUpperCase()} --group '${group}' --reset-offsets --from-file ${encodeURIComponent(group)}.csv --execute`,
		),
	};
}

export function totals(rows: OffsetRow[]): Outputs['offsetTotals'] {
	const groups = [...Map.groupBy(rows, ({ group }) => group)].map(([group, of]) => ({
		group,
		rereadAtMost: of.reduce((sum, one) => sum + one.rereadAtMost, 0n),
	}));
	return {
		groups: groups.length,
		partitions: rows.length,
		exact: rows.filter(({ proof }) => proof === 'exact').length,
		bounded: rows.filter(({ proof }) => proof !== 'exact').length,
		unknown: 0,
		rereadAtMost: groups.reduce((sum, one) => sum + one.rereadAtMost, 0n),
		worst: groups
			.filter(({ rereadAtMost }) => rereadAtMost > 0n)
			.toSorted((a, b) => (a.rereadAtMost < b.rereadAtMost ? 1 : -1))
			.slice(0, 20),
	};
}

/** The plan as `kdr offsets convert` shows it. */
export function offsetsView(facts: OffsetFacts, chosen: Params, cx: StepContext): OffsetsView {
	const rows = planRows(facts, chosen, cx);
	const refused = refusals(facts, rows, chosen);
	return {
		to: cx.move.to,
		rows: rows.map(({ offset, evidence, proof, ...row }) => ({
			...row,
			next: offset,
			proof: proof === 'exact' ? 'exact' : 'bounded',
			why: evidence,
		})),
		totals: totals(rows),
		refused: refused.map(({ group, code, why }) => ({ item: `group ${group}`, code, message: why })),
		applied: false,
	};
}
