import { type Check, stops } from '../domain/check.ts';
import type { OutageEstimate } from '../domain/plan/outage.ts';
import type { PlannedStep } from '../domain/plan/planned-step.ts';
import type { Move, RunStep } from '../domain/run/events.ts';
import { hookText, togetherOf } from '../domain/runbook/extras.ts';
import { renderChecks } from './checks.ts';
import { renderOutage } from './outage.ts';
import type { Screen } from './screen.ts';
import { drawable, paint } from './screen.ts';
import { edges, table } from './table.ts';
import { visible } from './visible.ts';
import { linesOf, timestamp, wrapped } from './words.ts';

const modes: Record<Move['mode'], string> = { switchover: 'planned', failover: 'unplanned', change: 'one change' };

/** `orders   east → west   unplanned                    2026-11-21T03:12:07Z` */
function moveLine(move: Move, at: number, screen: Screen): string {
	const sides = [move.link, `${move.from} → ${move.to}`, modes[move.mode]].map(visible).join('   ');
	return edges(screen, drawable(screen, sides), timestamp(at));
}

const isSameSide = (check: Check): boolean => check.code === 'KDR_SAME_SIDE' && stops(check);

/**
 * The plan as a table with the point of no return drawn in, then every check that did not pass; nothing for a move to where the
 * clients are. `at`: ms since the epoch.
 */
export function renderPlan(
	plan: { move: Move; steps: readonly PlannedStep[]; onFailure?: readonly RunStep[]; outage?: OutageEstimate },
	at: number,
	screen: Screen,
): string {
	// A move that was made already: its steps, and what else is wrong with making it again, help nobody.
	if (plan.steps.some(({ checks }) => checks.some(isSameSide))) return '';
	const rows = plan.steps.map((planned, index) => [index + 1, planned.step.id, ...planRow(planned)]);
	const turn = plan.steps.findIndex(({ step }) => step.pointOfNoReturn === true);
	const columns = [
		{ title: '', kind: 'number' as const },
		{ title: 'STEP', folds: true },
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
	if (plan.outage) lines.push('', ...renderOutage(plan.outage, screen));
	const open = findings(plan.steps);
	if (open.length > 0) lines.push('', ...renderChecks(open, screen));
	return `${lines.join('\n')}\n`;
}

/** Every check that did not pass, with its step; one cause that fails many steps is shown once, with all of them. */
function findings(steps: readonly PlannedStep[]): Check[] {
	const found = steps.flatMap(({ step, checks, status }) =>
		checks
			.filter((check) => check.status === 'warn' || stops(check))
			.map((check) => ({
				check,
				id: step.id,
				cause: status === 'failed' ? `${check.code} ${check.observed.split(': could not ')[0]}` : '',
			})),
	);
	return found.flatMap(({ check, id, cause }, at) => {
		if (cause === '') return [{ ...check, what: `${id}: ${check.what}` }];
		const same = found.filter((other) => other.cause === cause);
		if (same[0] !== found[at]) return [];
		return [{ ...check, what: same.length === 1 ? `${id}: ${check.what}` : same.map((other) => other.id).join(', ') }];
	});
}

function planRow({ status, summary, step, purpose }: PlannedStep): string[] {
	if (status === 'skipped') return [summary.what || purpose, 'skipped', '-'];
	const change =
		summary.after === '' || summary.now === summary.after ? summary.now : `${summary.now} → ${summary.after}`;
	if (status === 'already')
		return [summary.what || step.id, `already ${summary.after || summary.now || 'as wanted'}`, '-'];
	return [summary.what || purpose, change, summary.undo || '-'];
}

/** What a step left out costs: said in full, a table cell would cut it. */
function skipped(steps: readonly PlannedStep[], screen: Screen): string[] {
	return steps
		.filter(({ status }) => status === 'skipped')
		.flatMap(({ step: { id, skipCosts } }) => {
			const head = ` ${id} is skipped`;
			return skipCosts === undefined
				? [head]
				: linesOf(screen, ` ${id}: `, drawable(screen, visible(`skipped: ${skipCosts}`)));
		});
}

function notes(steps: readonly PlannedStep[], screen: Screen): string[] {
	return steps.flatMap(({ step, summary }) =>
		summary.note === undefined ? [] : wrapped(` ${step.id}: `, drawable(screen, visible(summary.note)), screen.width),
	);
}

/** ` ── point of no return ─────────` over the whole width. */
function rule(title: string, screen: Screen): string {
	const dash = screen.unicode ? '─' : '-';
	return paint(
		screen,
		'bold',
		` ${dash.repeat(2)} ${title} ${dash.repeat(Math.max(2, screen.width - title.length - 6))}`,
	);
}
