import type { FencedCluster, LinkStatus, OpenRun } from '../domain/run/link-status.ts';
import type { Standing } from '../domain/run/standing.ts';
import { drawable, type Mark, mark, paint, type Screen } from './screen.ts';
import { edges } from './table.ts';
import { visible } from './visible.ts';
import { count, duration, linesOf, timestamp } from './words.ts';

/** A link at one glance; the command to type comes last, where the eye is. `at`: ms since the epoch. */
export function renderStatus(status: LinkStatus, at: number, screen: Screen): string {
	const safe = (text: string): string => drawable(screen, visible(text));
	const lines = [edges(screen, paint(screen, 'bold', safe(status.link)), timestamp(at)), ''];
	const fact = (name: string, kind: Mark, text: string): void =>
		void lines.push(...linesOf(screen, `  ${name.padEnd(8)} ${mark(screen, kind)} `, safe(text)));
	fact('active', ...describeActive(status));
	for (const run of status.open) fact('run', 'warning', describeOpenRun(run));
	for (const { run, reason } of status.unreadable) fact('run', 'unknown', `${run} cannot be read: ${reason}`);
	for (const fenced of status.fenced) fact('fenced', 'warning', describeFenced(fenced));
	for (const { cluster, since, owes, active, run } of status.debts)
		fact(
			'owed',
			'warning',
			`the fence on ${cluster}: ${owes.join(' and ')} can still use it since clients moved to ${active} at ${timestamp(since)} (run ${run})`,
		);
	for (const { alias, why } of status.missing)
		fact('unknown', 'unknown', `the journal of ${alias}, so runs and fences that only it records: ${why}`);
	if (status.open.length + status.fenced.length + status.debts.length + status.missing.length === 0)
		fact('open', 'done', 'no run is open, nothing is fenced, no fence is owed');
	return `${[...lines, '', ...nextLines(status, screen)].join('\n')}\n`;
}

/** What an exit code other than 0 is for; the lines of the status say why. null: all was read. */
export function describeIncomplete({ missing, recordUnknown }: LinkStatus): string | null {
	const unread = [...missing.map(({ alias }) => alias), ...(recordUnknown === null ? [] : ['the DNS record'])];
	return unread.length === 0 ? null : `the status is incomplete: kdr could not read ${unread.join(' and ')}`;
}

function describeActive({ active, recordUnknown }: LinkStatus): [Mark, string] {
	if (active !== null) return ['done', `${active}: the DNS record sends clients there`];
	if (recordUnknown !== null) return ['unknown', `unknown: the DNS record could not be read (${recordUnknown})`];
	return ['failed', 'neither cluster: the DNS record holds values of none of them'];
}

const describeOpenRun = ({ run, title, from, to, startedAt, standing }: OpenRun): string =>
	`${run}: ${title} ${from} → ${to}, started ${timestamp(startedAt)}, ${describeStanding(standing)}`;

/** `halted at dns-flip`, `open, last sign of life 2 m ago`. */
function describeStanding(standing: Standing): string {
	const at = 'step' in standing && standing.step !== undefined ? ` at ${standing.step}` : '';
	if (standing.kind === 'active') {
		const who = `${standing.operator.user}@${standing.operator.host}`;
		return standing.held === undefined ? `${who} is running it${at}` : `${who} holds it before ${standing.held}`;
	}
	if (standing.kind !== 'silent') return `${standing.kind}${at}`;
	return `open${at}, last sign of life ${duration(Math.round(standing.silentMs / 1_000) * 1_000)} ago`;
}

function describeFenced({ cluster, since, denials, limited, byPerson }: FencedCluster): string {
	const parts = [
		...(denials > 0 ? [count(denials, 'denial')] : []),
		...(limited > 0 ? [`${count(limited, 'user')} limited to a rate`] : []),
		...(byPerson ? ['set by an operator'] : []),
	];
	return `${cluster} since ${timestamp(since)}${parts.length > 0 ? ` (${parts.join(', ')})` : ''}`;
}

/** The one command, then every other way on. */
function nextLines({ next, open, missing }: LinkStatus, screen: Screen): string[] {
	const safe = (text: string): string => drawable(screen, visible(text));
	if (next === null)
		return [missing.length === 0 ? 'Nothing to do.' : 'Nothing to do, as far as the readable journal says.'];
	const others = open.flatMap(({ waysOn }) => waysOn).filter((way) => way !== next.command);
	return [
		`Next:  ${safe(next.command)}`,
		...linesOf(screen, '       ', safe(next.why)),
		...others.map((way, at) => `${at === 0 ? 'Or:    ' : '       '}${safe(way)}`),
	];
}
