import { stops } from '../domain/check.ts';
import type { PlannedStep } from '../domain/plan/planned-step.ts';
import type { Move, RunStep } from '../domain/run/events.ts';
import { hookText, togetherOf } from '../domain/runbook/extras.ts';
import { renderChecks } from './checks.ts';
import type { Screen } from './screen.ts';
import { drawable, paint } from './screen.ts';
import { edges, table } from './table.ts';
import { visible } from './visible.ts';
import { timestamp, wrapped } from './words.ts';

const modes: Record<Move['mode'], string> = { switchover: 'planned', failover: 'unplanned', change: 'one change' };

/** `orders   east → west   unplanned                    2026-11-21T03:12:07Z` */
function moveLine(move: Move, at: number, screen: Screen): string {
	const sides = [move.link, `${move.from} → ${move.to}`, modes[move.mode]].map(visible).join('   ');
	return edges(screen, drawable(screen, sides), timestamp(at));
}

/** The plan as a table with the point of no return drawn in, then every check that is not passed. `at`: ms since the epoch. */
export function renderPlan(
	plan: { move: Move; steps: readonly PlannedStep[]; onFailure?: readonly RunStep[] },
	at: number,
	screen: Screen,
): string {
	const rows = plan.steps.map((planned, index) => [index + 1, planned.step.id, ...planRow(planned)]);
	const turn = plan.steps.findIndex(({ step }) => step.pointOfNoReturn === true);
	const columns = [
		{ title: '', kind: 'number' as const },
		{ title: 'STEP' },
		{ title: 'WHAT', folds: true },
		{ title: drawable(screen, 'NOW → THEN'), folds: true },
		{ title: 'UNDO' },
	];
	const before = new Map(turn < 0 ? [] : [[turn, rule('point of no return', screen)]]);
	const lines = [
		moveLine(plan.move, at, screen),
		'',
		...table(columns, rows, { screen, before, indent: 1 }),
		...skipped(plan.steps, screen),
		...notes(plan.steps, screen),
		...togetherOf(plan.steps.map(({ step }) => step)).map((ids) => ` at the same time: ${ids.join(', ')}`),
		...(plan.onFailure ?? []).map((hook) => drawable(screen, visible(` if it halts: ${hookText(hook)}`))),
	];
	const open = plan.steps.flatMap(({ step, checks }) =>
		checks.filter((check) => check.status === 'warn' || stops(check)).map((check) => ({ ...check, what: `${step.id}: ${check.what}` })),
	);
	if (open.length > 0) lines.push('', ...renderChecks(open, screen));
	return `${lines.join('\n')}\n`;
}

function planRow({ status, summary, step, purpose }: PlannedStep): string[] {
	if (status === 'skipped') return [summary.what || purpose, 'skipped', '-'];
	const change = summary.after === '' || summary.now === summary.after ? summary.now : `${summary.now} → ${summary.after}`;
	if (status === 'already') return [summary.what || step.id, `already ${summary.after || summary.now || 'as wanted'}`, '-'];
	return [summary.what || purpose, change, summary.undo || '-'];
}

/** What a step left out costs: said in full, a table cell would cut it. */
function skipped(steps: readonly PlannedStep[], screen: Screen): string[] {
	return steps
		.filter(({ status }) => status === 'skipped')
		.map(({ step }) => ` ${step.id} is skipped${step.skipCosts === undefined ? '' : `: ${drawable(screen, visible(step.skipCosts))}`}`);
}

function notes(steps: readonly PlannedStep[], screen: Screen): string[] {
	return steps.flatMap(({ step, summary }) =>
		summary.note === undefined ? [] : wrapped(` ${step.id}: `, drawable(screen, visible(summary.note)), screen.width),
	);
}

/** ` ── point of no return ─────────` over the whole width. */
function rule(title: string, screen: Screen): string {
	const dash = screen.unicode ? '─' : '-';
	return paint(screen, 'bold', ` ${dash.repeat(2)} ${title} ${dash.repeat(Math.max(2, screen.width - title.length - 6))}`);
}
