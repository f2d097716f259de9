import type { OffsetsParams } from '../../domain/offsets/params.ts';
import type { OffsetRow, Refusal } from '../../domain/offsets/row.ts';
import type { Outputs } from '../../domain/run/outputs.ts';
import { count, list } from '../estate.ts';
import type { RunFacts } from '../kind.ts';
import { offsetCommands } from '../vanilla.ts';

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

/** What the numbers of a plan, or of what was set, add up to. */
export function totals({
	rows,
	refused,
}: {
	rows: readonly OffsetRow[];
	refused: readonly Refusal[];
}): Outputs['offsetTotals'] {
	const groups = [...Map.groupBy(rows, ({ group }) => group)].map(([group, of]) => ({
		group,
		rereadAtMost: of.reduce((sum, one) => sum + one.rereadAtMost, 0n),
	}));
	const exact = rows.reduce((sum, { proof }) => (proof === 'exact' ? sum + 1 : sum), 0);
	const unknown = refused.filter(({ code }) => code === 'KDR_OFFSET_UNMAPPED').length;
	return {
		groups: groups.length,
		partitions: rows.length + unknown,
		exact,
		bounded: rows.length - exact,
		unknown,
		rereadAtMost: unknown > 0 ? null : groups.reduce((sum, one) => sum + one.rereadAtMost, 0n),
		worst: groups
			.filter(({ rereadAtMost }) => rereadAtMost > 0n)
			.toSorted((a, b) => (a.rereadAtMost < b.rereadAtMost ? 1 : -1))
			.slice(0, 20),
	};
}
