import { doubtfulOf, type SalvageView, salvageTotals, type TailRow } from '../domain/salvage/view.ts';
import type { Screen } from './screen.ts';
import { drawable, mark } from './screen.ts';
import { table } from './table.ts';
import { visible } from './visible.ts';
import { number, records, timestamp } from './words.ts';

/** What the last unplanned move left behind, partition by partition. */
export function renderSalvage(view: SalvageView, screen: Screen): string {
	const safe = (text: string): string => drawable(screen, visible(text));
	if (view.run === null)
		return `${mark(screen, 'done')} ${view.link}: the last move was planned, none is journalled, or the cluster was rebuilt since: nothing was left behind.\n`;
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
	return `${[...lines, ...verdict(view, screen).map(safe)].join('\n')}\n`;
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
	`up to ${number(doubtful)} of these records may be on ${active} already: others like them are, and nothing tells them apart.`;

const sumOf = (fates: TailRow['fates']): number => Object.values(fates).reduce((sum, n) => sum + n, 0);

function verdict({ rows, unknown, returned, active, run }: SalvageView, screen: Screen): string[] {
	const { records: found, fates, open } = salvageTotals(rows);
	const about = `left behind on ${returned} by run ${run}`;
	if (found === 0) return [unknown.length > 0 ? `Nothing is known to be ${about}.` : `Nothing was ${about}.`];
	const times = rows.flatMap(({ time }) => (time ? [time] : []));
	const [first, last] = [least(times.map((time) => time.first)), least(times.map((time) => -time.last))];
	return [
		`Written from ${instantOf(first)} to ${instantOf(-last)}, by the producers' clocks.`,
		`${records(found)} ${about}; ${number(open)} of them are not on ${active}${open === 0 ? '' : `, ${number(fates.conflict)} with a key that was written there since`}.`,
		`OLDER: a compacted topic keeps only the newest value of a key, and ${active} has a newer one; these are never replayed.`,
		...(open > 0
			? [
					drawable(
						screen,
						`kdr salvage export --out DIR · kdr salvage replay · kdr failback --to ${returned} --discard-tail REASON`,
					),
				]
			: []),
	];
}

const least = (times: readonly bigint[]): bigint => times.reduce((a, b) => (b < a ? b : a), times[0] ?? 0n);
