import type { OffsetRow, OffsetsView } from '../domain/offsets/view.ts';
import type { Screen } from './screen.ts';
import { drawable, mark } from './screen.ts';
import { table } from './table.ts';
import { visible } from './visible.ts';
import { count, number } from './words.ts';

const rank: Record<OffsetRow['proof'], number> = { unknown: 0, bounded: 1, exact: 2 };

/** Worst first: what is unknown, then what is read again, most first, then what would take a group back. */
function worstFirst(rows: readonly OffsetRow[]): OffsetRow[] {
	const back = ({ prior, next }: OffsetRow): number => (prior !== null && next !== null && next < prior ? 0 : 1);
	const again = ({ rereadAtMost }: OffsetRow): bigint => rereadAtMost ?? 0n;
	return [...rows].sort(
		(a, b) => rank[a.proof] - rank[b.proof] || (again(a) === again(b) ? 0 : again(a) < again(b) ? 1 : -1) || back(a) - back(b),
	);
}

/** PRIOR → NEW per group and partition; at most `limit` rows, the worst. */
export function renderOffsets(view: OffsetsView, screen: Screen, limit = 20): string {
	const safe = (text: string): string => drawable(screen, visible(text));
	const shown = worstFirst(view.rows).slice(0, limit);
	const columns = [
		{ title: 'GROUP' },
		{ title: 'TOPIC' },
		{ title: 'P', kind: 'number' as const },
		{ title: 'PRIOR', kind: 'number' as const },
		{ title: 'NEW', kind: 'number' as const },
		{ title: 'MOVE', kind: 'number' as const },
		{ title: 'AGAIN', kind: 'number' as const },
		{ title: 'PROOF' },
		{ title: '' },
	];
	const lines = view.rows.length === 0 ? ['No group has offsets to set.'] : table(columns, shown.map(offsetRow), { screen });
	for (const { item, code, message } of view.refused) lines.push(` ${mark(screen, 'failed')} ${safe(`${item}: ${message}`)}  ${code}`);
	lines.push('', safe(totalsLine(view, shown.length)));
	const untouched = view.applied ? 'Committed and read back.' : 'Nothing was changed.';
	lines.push(safe(view.applyWith === undefined || view.applied ? untouched : `${untouched} Apply: ${view.applyWith}`));
	return `${lines.join('\n')}\n`;
}

function totalsLine({ totals, rows }: OffsetsView, shown: number): string {
	const part = shown < rows.length ? `${number(shown)} of ${number(rows.length)} shown, worst first (--wide for all).   ` : '';
	const again = totals.rereadAtMost === null ? 'unknown how many read again' : `≤ ${number(totals.rereadAtMost)} read again`;
	const groups = `${count(totals.groups, 'group')}, ${count(totals.partitions, 'partition')}`;
	return `${part}${groups}: exact ${number(totals.exact)} · bounded ${number(totals.bounded)} (${again}) · unknown ${number(totals.unknown)}`;
}

function offsetRow({ group, topic, partition, prior, next, proof, rereadAtMost, why }: OffsetRow): (string | number | bigint)[] {
	const move = prior === null || next === null ? '' : signed(next - prior);
	const again = rereadAtMost === null ? 'unknown' : rereadAtMost === 0n ? '0' : `≤ ${number(rereadAtMost)}`;
	return [group, topic, partition, prior ?? 'none', next ?? 'unknown', move, again, proof, why];
}

const signed = (value: bigint): string => (value > 0n ? `+${number(value)}` : number(value));
