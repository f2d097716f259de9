import { max, min } from '../domain/bigint.ts';
import { doubtfulOf, type SalvageView, salvageTotals, type TailRow } from '../domain/salvage/view.ts';
import type { Screen } from './screen.ts';
import { drawable, mark } from './screen.ts';
import { table } from './table.ts';
import { visible } from './visible.ts';
import { number, records, timestamp } from './words.ts';

/** Why there is nothing to salvage. */
export const noTail = (link: string): string =>
	`${link} has no tail: the last move was planned, the journal records none, or the cluster was rebuilt since.`;

/** The tail of the last unplanned move, partition by partition. */
export function renderSalvage(view: SalvageView, screen: Screen): string {
	const safe = (text: string): string => drawable(screen, visible(text));
	if (view.run === null) return `${mark(screen, 'done')} ${safe(noTail(view.link))}\n`;
	const numbers = ['RECORDS', 'BYTES', 'CONFLICTS', 'OLDER', 'REPLAYED', 'QUARANTINED'].map((title) => ({
		title,
		kind: 'number' as const,
	}));
	const columns = [{ title: 'PARTITION' }, { title: 'FROM OFFSET' }, ...numbers];
	const lines = view.rows.length > 0 ? [...table(columns, view.rows.map(row), { screen }), ''] : [];
	for (const one of view.rows.filter((found) => doubtfulOf(found) > 0))
		lines.push(
			`${mark(screen, 'warning')} ${safe(`${one.topic} ${one.partition}: ${mayBeThere(doubtfulOf(one), view.active)}`)}`,
		);
	for (const { topic, partition, reason } of view.unknown)
		lines.push(`${mark(screen, 'unknown')} ${safe(`${topic} ${partition}: unknown (${reason})`)}`);
	return `${[...lines, ...verdict(view).map(safe)].join('\n')}\n`;
}

const instantOf = (ms: bigint): string =>
	ms >= 0n && ms < 8_640_000_000_000_000n ? timestamp(Number(ms)) : String(ms);

function row({
	topic,
	partition,
	from,
	records: found,
	bytes,
	fates,
	quarantined,
}: TailRow): (string | number | bigint)[] {
	return [
		`${topic} ${partition}`,
		String(from),
		found,
		bytes,
		fates.conflict,
		fates.superseded,
		fates.replayed,
		sumOf(quarantined),
	];
}

const mayBeThere = (doubtful: number, active: string): string =>
	`up to ${number(doubtful)} of these records may be on ${active} already: identical records are there, and nothing distinguishes them.`;

const sumOf = (fates: TailRow['fates']): number => Object.values(fates).reduce((sum, n) => sum + n, 0);

function verdict({ rows, unknown, returned, active, run }: SalvageView): string[] {
	const { records: found, fates, open } = salvageTotals(rows);
	const where = `on ${returned} from run ${run}`;
	if (found === 0) return [unknown.length > 0 ? `No tail is known ${where}.` : `There is no tail ${where}.`];
	const times = rows.flatMap(({ time }) => (time ? [time] : []));
	const [first, last] = [times.map((time) => time.first).reduce(min), times.map((time) => time.last).reduce(max)];
	return [
		`Written from ${instantOf(first)} to ${instantOf(last)}, by the producers' clocks.`,
		`The tail ${where} has ${records(found)}; ${number(open)} of them are not on ${active}${open === 0 ? '' : `, ${number(fates.conflict)} with a key that was written there since`}.`,
		`OLDER: a compacted topic keeps only the newest value of a key, and ${active} has a newer one; these are never replayed.`,
		...(open > 0
			? [
					'To keep them:    kdr salvage export --out DIR',
					'To append them:  kdr salvage replay',
					`To give them up: kdr failback --to ${returned} --discard-tail REASON`,
				]
			: []),
	];
}
