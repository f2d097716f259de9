import { type OffsetsParams, offsetsParams } from '../../domain/offsets/params.ts';
import { expiring } from '../../domain/offsets/retention.ts';
import { type OffsetChange, type OffsetRow, offsetChange, reversed } from '../../domain/offsets/row.ts';
import { count } from '../estate.ts';
import { changeKind } from '../kind.ts';
import { commitChecks } from './checks.ts';
import { type Facts, observeChosen, onlyCommitted } from './seen.ts';
import { tableOf } from './table.ts';
import { summary, totals } from './totals.ts';
import { isSet, namedCheck, readBack, refusedItems, takenCheck, writeRows } from './write.ts';

/** Sets every group's offsets on the cluster we move to, and reads them back. */
export const offsetsCommit = changeKind<OffsetsParams, Facts, OffsetChange, 'offsetTotals'>({
	type: 'change',
	kind: 'offsets-commit',
	purpose: "translate the groups' offsets, set them on the cluster we move to, read them back",
	report: {
		phase: 'offsets',
		notMeasured: [
			'a group whose first commit never reached the standby is not known there: it starts by its own auto.offset.reset',
		],
	},
	params: offsetsParams,
	change: offsetChange,
	produces: 'offsetTotals',
	settleMs: 15_000,
	observe: observeChosen,
	check: commitChecks,
	plan(facts, chosen, ctx) {
		const { set, refused } = tableOf(facts, chosen, ctx);
		const todo = set.some((wanted) => !isSet(wanted, facts.committed)) || refused.length > 0;
		// Offsets that stand but soon expire are set again as they are.
		return {
			change: todo || expireSoon(facts, set) ? { rows: set, refused } : null,
			summary: summary(set, refused, chosen, ctx),
		};
	},
	async apply({ rows, refused }, io, ctx) {
		ctx.progress(`committing ${count(new Set(rows.map(({ group }) => group)).size, 'group')}`);
		return [...(await writeRows(io.to, rows)), ...refusedItems(refused)];
	},
	reread: async ({ rows }, _params, io) => onlyCommitted(await readBack(io.to, rows)),
	verify: ({ committed }, change, _params, ctx, failed) => [
		takenCheck(ctx.move.to, change?.rows ?? [], committed, failed),
		namedCheck(change?.refused ?? [], failed),
	],
	output: (facts, change, chosen, ctx) => totals(change ?? tableOf(facts, chosen, ctx)),
	undo: { of: reversed, by: 'offsets-undo' },
});

function expireSoon({ kept }: Facts, set: readonly OffsetRow[]): boolean {
	const groups = [...new Set(set.map(({ group }) => group))];
	return kept !== null && expiring(kept, groups, kept.now).length > 0;
}
