import type { Outputs } from '../run/outputs.ts';
import type { OffsetRow, Refusal } from './row.ts';

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
