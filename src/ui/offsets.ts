import type { OffsetsView, OffsetsViewRow } from '../domain/offsets/view.ts';
import { allows } from './hints.ts';
import type { Screen } from './screen.ts';
import { drawable, mark } from './screen.ts';
import { table } from './table.ts';
import { visible } from './visible.ts';
import { count, linesOf, number, records, wrapped } from './words.ts';

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
	{ title: 'GROUP', folds: true },
	{ title: 'TOPIC', folds: true },
	{ title: 'P', kind: 'number' as const },
	{ title: 'PRIOR', kind: 'number' as const },
	{ title: 'NEW', kind: 'number' as const },
	{ title: 'MOVE', kind: 'number' as const },
	{ title: 'AGAIN', kind: 'number' as const },
	{ title: 'PROOF' },
];

/** Groups in the summary, and things refused, at most. */
const most = 20;

/** PRIOR → NEW per group and partition; at most `limit` rows, the worst, and then a line per group. */
export function renderOffsets(view: OffsetsView, screen: Screen, limit = 20): string {
	const safe = (text: string): string => drawable(screen, visible(text));
	const shown = worstFirst(view.rows).slice(0, limit);
	const lines = view.rows.length === 0 ? ['No group has offsets to set.'] : offsetTable(shown, screen);
	if (shown.length < view.rows.length) lines.push('', ...groupTable(view.rows, screen));
	const refused = view.refused.slice(0, Number.isFinite(limit) ? most : undefined);
	if (refused.length > 0 && shown.length < view.rows.length) lines.push('');
	const failed = ` ${mark(screen, 'failed')} `;
	for (const { item, code, message } of refused)
		lines.push(...linesOf(screen, failed, `${safe(`${item}: ${message}${allows(code)}`)}  ${code}`));
	if (refused.length < view.refused.length)
		lines.push(`   and ${number(view.refused.length - refused.length)} more (--wide for all)`);
	for (const { group, why } of view.leftAlone ?? [])
		lines.push(...linesOf(screen, '   ', safe(`group ${group} is left alone: ${why}`)));
	if (view.notRead !== undefined)
		lines.push(
			...linesOf(
				screen,
				'   ',
				`${count(view.notRead, 'position')}: the records there were not read, MirrorMaker's own rule bounds them: --read-all`,
			),
		);
	for (const note of view.notes ?? []) lines.push(...linesOf(screen, failed, safe(note)));
	lines.push('', ...summaryLines(view, shown.length).flatMap((line) => linesOf(screen, '', safe(line))));
	const outcome = view.applied ? 'Committed and read back.' : 'Nothing was changed.';
	const apply = view.applyWith === undefined || view.applied ? '' : ` To commit these offsets: ${view.applyWith}`;
	lines.push(...linesOf(screen, '', safe(`${outcome}${apply}`)));
	return `${lines.join('\n')}\n`;
}

/** What each group comes to, the worst first. */
function groupTable(rows: readonly OffsetsViewRow[], screen: Screen): string[] {
	const groups = [...Map.groupBy(worstFirst(rows), ({ group }) => group)];
	const amounts = groups.map(([group, of]) => {
		const number = (proof: OffsetsViewRow['proof']): number => of.filter((row) => row.proof === proof).length;
		const again = of.reduce((sum, row) => sum + (row.rereadAtMost ?? 0n), 0n);
		return {
			...{ group, PARTITIONS: of.length, EXACT: number('exact'), BOUNDED: number('bounded'), POLICY: number('policy') },
			...{ UNKNOWN: number('unknown'), AGAIN: number('unknown') > 0 ? 'unknown' : againCell(again) },
			BACK: of.filter(goesBack).length,
		};
	});
	// Names need the room more than columns that say 0 throughout; what is unknown is always said.
	const titles = (['PARTITIONS', 'EXACT', 'BOUNDED', 'POLICY', 'UNKNOWN', 'AGAIN', 'BACK'] as const).filter(
		(title) => (title !== 'POLICY' && title !== 'BACK') || amounts.some((amount) => amount[title] !== 0),
	);
	const lines = table(
		[{ title: 'GROUP', folds: true }, ...titles.map((title) => ({ title, kind: 'number' as const }))],
		amounts.slice(0, most).map((amount) => [amount.group, ...titles.map((title) => amount[title])]),
		{ screen },
	);
	return groups.length > most ? [...lines, `${number(groups.length - most)} more groups`] : lines;
}

/** What is shown, how it is known, what is read again, and for how long it is kept. */
function summaryLines({ totals, rows, kept }: OffsetsView, shown: number): string[] {
	const { groups, partitions, exact, bounded, unknown, policy, rereadAtMost, mirrorMaker } = totals;
	const chosen = policy ? ` · policy ${number(policy)} (your choice, not proven)` : '';
	return [
		...(shown < rows.length
			? [`${number(shown)} of ${number(rows.length)} rows are shown, the worst first; --wide shows all.`]
			: []),
		`${count(groups, 'group')}, ${count(partitions, 'partition')}: exact ${number(exact)}${againNote(rows, 'exact')} · bounded ${number(bounded)}${againNote(rows, 'bounded')}${chosen} · unknown ${number(unknown)}.`,
		`Read again: ${rereadAtMost === null ? 'unknown' : `at most ${records(rereadAtMost)}`}.${mirrorMaker ? ` ${mirrorMakerText(mirrorMaker)}` : ''}`,
		...(kept ? [`Kept for groups without members: ${kept}.`] : []),
	];
}

/** An exact place still reads again what the mirror copied twice above it; a bounded one at most its bound. */
function againNote(rows: readonly OffsetsViewRow[], proof: 'exact' | 'bounded'): string {
	const of = rows.filter((row) => row.proof === proof);
	const again = of.reduce((sum, { rereadAtMost }) => sum + (rereadAtMost ?? 0n), 0n);
	if (proof === 'exact') return again === 0n ? '' : ` (≤ ${number(again)} read again: the mirror copied them twice)`;
	return of.length === 0 ? '' : ` (≤ ${number(again)} read again)`;
}

function mirrorMakerText({ rereadAtMost, skips }: NonNullable<OffsetsView['totals']['mirrorMaker']>): string {
	const skip = skips > 0n ? ` and skip ${number(skips)}` : '';
	return `MirrorMaker's own offsets would read up to ${records(rereadAtMost)} again${skip}.`;
}

/** The proof of a row is beside it where there is room; else below the last row of those with the same. */
function offsetTable(rows: readonly OffsetsViewRow[], screen: Screen): string[] {
	const beside = table(
		[...columns, { title: '' }],
		rows.map((row) => [...offsetRow(row), row.why]),
		{
			screen: { ...screen, width: Number.POSITIVE_INFINITY },
		},
	);
	if (!screen.live || beside.every((line) => line.length <= screen.width)) return beside;
	const below = new Map(
		rows.flatMap(({ proof, why }, at) => {
			const next = rows[at + 1];
			if (next?.why === why && next.proof === proof) return [];
			return [[at, wrapped('   ', drawable(screen, visible(`${proof}: ${why}`)), screen.width)] as const];
		}),
	);
	return table(columns, rows.map(offsetRow), { screen, below });
}

function offsetRow({
	group,
	topic,
	partition,
	prior,
	next,
	proof,
	rereadAtMost,
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
	];
}

const againCell = (again: bigint): string => (again === 0n ? '0' : `≤ ${number(again)}`);

const signed = (value: bigint): string => (value > 0n ? `+${number(value)}` : number(value));
