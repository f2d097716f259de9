import type { Check } from '../../domain/check.ts';
import { type OffsetsParams, offsetsParams } from '../../domain/offsets/params.ts';
import { agreesPlanned, rereadCheck } from '../../domain/offsets/reread-agreed.ts';
import { expiring } from '../../domain/offsets/retention.ts';
import {
	itemOf,
	type OffsetChange,
	type OffsetRow,
	offsetChange,
	type Refusal,
	refusedItems,
	reversed,
} from '../../domain/offsets/row.ts';
import { totals } from '../../domain/offsets/view.ts';
import type { Outputs } from '../../domain/run/outputs.ts';
import { count, list } from '../../domain/text.ts';
import { commitChecks } from '../../observe/offsets/checks.ts';
import { type OffsetFacts, observeGroups, onlyCommitted } from '../../observe/offsets/observe-groups.ts';
import { offsetGrants } from '../grant.ts';
import { changeKind, type RunFacts } from '../kind.ts';
import { offsetCommands } from '../vanilla.ts';
import { isSet, namedCheck, readBack, takenCheck, writeRows } from './write.ts';

/** Sets every group's offsets on the cluster we move to, and reads them back. */
export const offsetsCommit = changeKind<OffsetsParams, OffsetFacts, OffsetChange, 'offsetTotals'>({
	type: 'change',
	kind: 'offsets-commit',
	role: 'sets-offsets',
	purpose: "translate the groups' offsets, set them on the cluster we move to, read them back",
	report: {
		phase: 'offsets',
		notMeasured: [
			'a group whose first commit never reached the standby is unknown there: it starts by its own auto.offset.reset',
		],
	},
	params: offsetsParams,
	change: offsetChange,
	produces: 'offsetTotals',
	grants: () => [...offsetGrants('to'), { side: 'to', on: 'groups', operation: 'delete', undo: true }],
	settleMs: 15_000,
	observe: observeGroups,
	check: (facts, chosen, ctx) => [...commitChecks(facts, chosen, ctx), ...rereadChecks(facts, ctx)],
	plan(facts, chosen, ctx) {
		const { set, refused } = unfinishedOf(facts.table, ctx);
		const todo = set.some((wanted) => !isSet(wanted, facts.committed)) || refused.length > 0;
		// Offsets that are set but expire soon are set again.
		return {
			change: todo || expireSoon(facts, set) ? { rows: set, refused } : null,
			summary: summary(set, refused, chosen, ctx),
		};
	},
	async apply({ rows, refused }, io, ctx) {
		ctx.progress(`committing ${count(new Set(rows.map(({ group }) => group)).size, 'group')}`);
		return [...(await writeRows(io.to, rows, ctx)), ...refusedItems(refused)];
	},
	reread: async ({ rows }, _params, io) => onlyCommitted(await readBack(io.to, rows)),
	verify: ({ committed }, change, _params, ctx, failed) => [
		takenCheck(ctx.move.to, change?.rows ?? [], committed, failed),
		namedCheck(change?.refused ?? [], failed),
	],
	output: ({ table }, change, _params, ctx) => totals(change ?? unfinishedOf(table, ctx)),
	undo: { of: reversed, by: 'offsets-undo' },
});

const rereadHint =
	'kdr runs undo gives the clients back; to accept it: kdr runs resume with --override KDR_REREAD_NOT_AGREED=REASON';

/** What consent was given to: the figure of the plan, or `--max-reread`. In a failover only that: it waits for no consent twice. */
function rereadChecks({ table }: OffsetFacts, ctx: RunFacts): Check[] {
	const { rereadAtMost, groups, partitions } = totals(unfinishedOf(table, ctx));
	const cuts = ctx.output('cuts');
	const check = rereadCheck(
		{ atMost: rereadAtMost, groups, positions: partitions, ends: cuts ? endsOf(cuts) : null },
		ctx.consent,
	);
	if (check || !ctx.preview || ctx.move.mode !== 'switchover' || rereadAtMost === null)
		return check ? [{ ...check, hint: rereadHint }] : [];
	const observed = `at most ${rereadAtMost.toLocaleString('en-US')} by groups at rest`;
	const what = 'records that groups read again';
	return [{ code: 'KDR_REREAD_NOT_AGREED', status: 'pass', what, observed, agrees: agreesPlanned(rereadAtMost) }];
}

function endsOf(cuts: Outputs['cuts']): bigint | null {
	let sum = 0n;
	for (const { from } of cuts.values()) {
		if (from === null) return null;
		sum += from;
	}
	return sum;
}

/** A resume sets only what was left undone: the groups that were set may have committed since, and are never set back. */
function unfinishedOf(table: OffsetFacts['table'], { unfinished }: RunFacts): OffsetFacts['table'] {
	if (unfinished === undefined) return table;
	const items = new Set(unfinished);
	const isOpen = (group: string, at?: string): boolean =>
		items.has(itemOf({ group })) || (at !== undefined && items.has(itemOf({ group, at })));
	return {
		...table,
		set: table.set.filter(({ group, topic, partition }) => isOpen(group, `${topic} ${partition}`)),
		refused: table.refused.filter(({ group, at }) => isOpen(group, at)),
	};
}

function expireSoon({ kept }: OffsetFacts, set: readonly OffsetRow[]): boolean {
	const groups = [...new Set(set.map(({ group }) => group))];
	return kept !== null && expiring(kept, groups, kept.now).length > 0;
}

/** One line of a plan: what is set, and what it costs. */
export function summary(
	set: readonly OffsetRow[],
	refused: readonly Refusal[],
	{ reset: choice }: OffsetsParams,
	{ move, preview }: RunFacts,
) {
	const { groups, partitions, exact, rereadAtMost } = totals({ rows: set, refused });
	const reread =
		rereadAtMost === null
			? 'some unknown'
			: rereadAtMost === 0n
				? '0 again'
				: `≤ ${rereadAtMost.toLocaleString('en-US')} again`;
	const items = refused.map(({ group, at }) => (at === undefined ? group : `${group} ${at}`));
	const rest = items.length > 0 ? `; refused: ${list(items)}` : '';
	return {
		what: `${count(groups, 'group')}, ${count(partitions, 'partition')}${rest}`,
		now: set.every(({ prior, offset }) => prior === offset) ? 'set' : choice ? 'as committed' : "MirrorMaker's",
		after: choice ? `to ${choice.to}` : `${exact} exact, ${reread}`,
		undo: 'restore',
		// They hold every offset: for an export, which asks for them, not for the journal.
		get commands() {
			return preview ? offsetCommands(set, move.to) : [];
		},
	};
}
