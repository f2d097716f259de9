import type { FenceDebt } from '../domain/fence/debt.ts';
import type { FenceSide, FenceView } from '../domain/fence/view.ts';
import type { Screen } from './screen.ts';
import { drawable, mark } from './screen.ts';
import { table } from './table.ts';
import { visible } from './visible.ts';
import { linesOf, timestamp } from './words.ts';

/** One line per fence that is owed, for the head of every screen until it is paid. */
export const debtLine = ({ cluster, run, since, owes, active }: FenceDebt): string =>
	`Fence owed: ${cluster} is not fenced. Clients moved to ${active} at ${timestamp(since)} (run ${run}), and ${owes.join(' and ')} can still use ${cluster}: ${payCommand(cluster)}`;

/** Fences the cluster as soon as it answers; works as printed. */
export const payCommand = (cluster: string): string => `kdr fence pay --wait --confirm ${cluster}`;

/** The fences kdr set on both sides, and those it owes. */
export function renderFence(view: FenceView, screen: Screen): string {
	const safe = (text: string): string => drawable(screen, visible(text));
	const columns = [
		{ title: 'CLUSTER' },
		{ title: 'FENCED BY KDR', folds: true },
		...(['DENIALS', 'COPIES', 'REMOVED BY OTHERS'] as const).map((title) => ({ title, kind: 'number' as const })),
	];
	const lines = table(columns, view.sides.map(row), { screen });
	for (const { alias, why } of view.missing)
		lines.push(` ${mark(screen, 'unknown')} ${safe(`journal of ${alias}: unknown (${why})`)}`);
	lines.push('');
	for (const debt of view.debts) lines.push(...linesOf(screen, `${mark(screen, 'warning')} `, safe(debtLine(debt))));
	if (view.debts.length === 0) {
		const known = view.missing.length === 0;
		lines.push(
			`${mark(screen, known ? 'done' : 'unknown')} ${known ? 'No fence is owed.' : 'Whether a fence is owed is unknown.'}`,
		);
	}
	return `${lines.join('\n')}\n`;
}

function row({ alias, made, copies, gone, ...side }: FenceSide): (string | number)[] {
	if (made === null) return [alias, 'unknown: does not answer', '', '', ''];
	const operations = [...new Set(made.map(({ operation }) => operation.toUpperCase()))].join(' and ');
	const principals = [...new Set(made.map(({ principal }) => principal))].join(', ');
	const ways = [
		...(made.length > 0 ? [`${operations} to ${principals}`] : []),
		...side.braked.map(({ user, now }) => `braked: ${user} to ${now} B/s`),
		...(side.byProgram ? ['set, as its program says'] : []),
		...(side.byPerson ? ['set, as an operator said'] : []),
	];
	return [alias, ways.length > 0 ? ways.join('; ') : 'nothing', made.length, copies.length, gone.length];
}
