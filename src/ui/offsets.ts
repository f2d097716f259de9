import type { OffsetsView, OffsetsViewRow } from '../domain/offsets/view.ts';
import type { Screen } from './screen.ts';
import { drawable, mark } from './screen.ts';
import { table } from './table.ts';
import { visible } from './visible.ts';
import { count, number, told } from './words.ts';

const rank: Record<OffsetsViewRow['proof'], number> = { unknown: 0, policy: 1, bounded: 2, exact: 3 };

const goesBack = ({ prior, next }: OffsetsViewRow): boolean => prior !== null && next !== null && next < prior;

/** Worst first: what is unknown, then what is read again, most first, then what would rewind a group. */
function worstFirst(rows: readonly OffsetsViewRow[]): OffsetsViewRow[] {
	const again = ({ rereadAtMost }: OffsetsViewRow): bigint => rereadAtMost ?? 0n;
	return [...rows].sort(
		(a, b) =>
			rank[a.proof] - rank[b.proof] ||
			(again(a) === again(b) ? 0 : again(a) < again(b) ? 1 : -1) ||
			Number(goesBack(b)) - Number(goesBack(a)),
	);
}

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

/** Groups in the summary, and things refused, at most. */
const most = 20;

/** PRIOR → NEW per group and partition; at most `limit` rows, the worst, and then a line per group. */
export function renderOffsets(view: OffsetsView, screen: Screen, limit = 20): string {
	const safe = (text: string): string => drawable(screen, visible(text));
	const shown = worstFirst(view.rows).slice(0, limit);
	const lines =
		view.rows.length === 0 ? ['No group has offsets to set.'] : table(columns, shown.map(offsetRow), { screen });
	if (shown.length < view.rows.length) lines.push('', ...groupTable(view.rows, screen));
	const refused = view.refused.slice(0, Number.isFinite(limit) ? most : undefined);
	if (refused.length > 0 && shown.length < view.rows.length) lines.push('');
	for (const { item, code, message } of refused)
		lines.push(` ${mark(screen, 'failed')} ${safe(`${item}: ${message}`)}  ${code}`);
	if (refused.length < view.refused.length)
		lines.push(`   and ${number(view.refused.length - refused.length)} more (--wide for all)`);
	for (const { group, why } of view.leftAlone ?? []) lines.push(`   ${safe(`group ${group} is left alone: ${why}`)}`);
	for (const note of view.notes ?? []) lines.push(` ${mark(screen, 'failed')} ${safe(note)}`);
	lines.push('', safe(totalsLine(view, shown.length)));
	if (view.totals.mirrorMaker) lines.push(safe(mirrorMakerLine(view.totals.mirrorMaker)));
	if (view.kept) lines.push(...told(screen, '', safe(`Kept for groups without members: ${view.kept}.`)));
	const untouched = view.applied ? 'Committed and read back.' : 'Nothing was changed.';
	lines.push(safe(view.applyWith === undefined || view.applied ? untouched : `${untouched} Apply: ${view.applyWith}`));
	return `${lines.join('\n')}\n`;
}

/** What each group comes to, the worst first. */
function groupTable(rows: readonly OffsetsViewRow[], screen: Screen): string[] {
	const groups = [...Map.groupBy(worstFirst(rows), ({ group }) => group)];
	const titles = ['PARTITIONS', 'EXACT', 'BOUNDED', 'POLICY', 'UNKNOWN', 'AGAIN', 'BACK'].map((title) => ({
		title,
		kind: 'number' as const,
	}));
	const cells = groups.slice(0, most).map(([group, of]) => {
		const number = (proof: OffsetsViewRow['proof']): number => of.filter((row) => row.proof === proof).length;
		const unknown = number('unknown');
		const again = of.reduce((sum, row) => sum + (row.rereadAtMost ?? 0n), 0n);
		const proofs = [number('exact'), number('bounded'), number('policy'), unknown];
		return [group, of.length, ...proofs, unknown > 0 ? 'unknown' : againCell(again), of.filter(goesBack).length];
	});
	const lines = table([{ title: 'GROUP' }, ...titles], cells, { screen });
	return groups.length > most ? [...lines, `${number(groups.length - most)} more groups`] : lines;
}

function totalsLine({ totals, rows }: OffsetsView, shown: number): string {
	const part =
		shown < rows.length ? `${number(shown)} of ${number(rows.length)} shown, worst first (--wide for all).   ` : '';
	const groups = `${count(totals.groups, 'group')}, ${count(totals.partitions, 'partition')}`;
	const policy = totals.policy ? ` · policy ${number(totals.policy)} (your choice, not proven)` : '';
	const unknown = `unknown ${number(totals.unknown)}${totals.unknown > 0 ? ' (not known how many they read again)' : ''}`;
	const exact = `exact ${number(totals.exact)}${againNote(rows, 'exact')}`;
	const bounded = `bounded ${number(totals.bounded)}${againNote(rows, 'bounded')}`;
	return `${part}${groups}: ${exact} · ${bounded}${policy} · ${unknown}`;
}

/** An exact place still reads again what the mirror copied twice above it; a bounded one at most its bound. */
function againNote(rows: readonly OffsetsViewRow[], proof: 'exact' | 'bounded'): string {
	const of = rows.filter((row) => row.proof === proof);
	const again = of.reduce((sum, { rereadAtMost }) => sum + (rereadAtMost ?? 0n), 0n);
	if (proof === 'exact') return again === 0n ? '' : ` (≤ ${number(again)} that the mirror copied twice)`;
	return of.length === 0 ? '' : ` (≤ ${number(again)} read again)`;
}

function mirrorMakerLine({ rereadAtMost, skips }: NonNullable<OffsetsView['totals']['mirrorMaker']>): string {
	const skip = skips > 0n ? ` and skip ${number(skips)}` : '';
	return `MirrorMaker's own offsets would read up to ${count(rereadAtMost, 'record')} again${skip}.`;
}

function offsetRow({
	group,
	topic,
	partition,
	prior,
	next,
	proof,
	rereadAtMost,
	why,
}: OffsetsViewRow): (string | number | bigint)[] {
	const move = prior === null || next === null ? '' : signed(next - prior);
	const left = proof === 'unknown' ? 'unknown' : 'as it is';
	return [
		group,
		topic,
		partition,
		prior ?? 'none',
		next ?? left,
		move,
		rereadAtMost === null ? 'unknown' : againCell(rereadAtMost),
		proof,
		why,
	];
}

const againCell = (again: bigint): string => (again === 0n ? '0' : `≤ ${number(again)}`);

const signed = (value: bigint): string => (value > 0n ? `+${number(value)}` : number(value));
