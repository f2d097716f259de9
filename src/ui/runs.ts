import type { HistoryRow } from '../domain/report/history.ts';
import { lockView } from '../domain/run/lock-view.ts';
import type { RunState } from '../domain/run/state.ts';
import { drawable, type Screen } from './screen.ts';
import { type Column, table } from './table.ts';
import { visible } from './visible.ts';
import { count, duration, durationBound, linesOf, timestamp } from './words.ts';

/** One line per run, the newest last. `now`: ms since the epoch. */
export function renderRuns(runs: readonly RunState[], now: number, screen: Screen): string {
	if (runs.length === 0) return 'The journal holds no run.\n';
	const columns = columnsOf(['RUN', 'LINK', 'MOVE', 'RESULT', 'TOOK', 'STARTED', 'BY']);
	const rows = runs.map((state) => [
		state.run,
		state.move.link,
		`${state.move.mode} ${state.move.from} → ${state.move.to}`,
		resultOf(state),
		state.ended ? duration(state.ended.at - state.startedAt) : 'open',
		startOf(state.startedAt),
		`${state.operator.user}@${state.operator.host}`,
	]);
	const open = runs
		.flatMap((state) => onwards(state, runs, now))
		.flatMap((line) => linesOf(screen, '', drawable(screen, visible(line))));
	return `${[...table(columns, rows, { screen }), ...(open.length > 0 ? ['', ...open] : [])].join('\n')}\n`;
}

/** What is too wide for the screen continues below; nothing is cut. */
const columnsOf = (titles: readonly string[]): Column[] => titles.map((title) => ({ title, folds: true }));

/** `2026-11-21 03:12:07Z`: a narrow column breaks it between day and time. */
const startOf = (ms: number): string => timestamp(ms).replace('T', ' ');

/** What to type about a run that is open, or that is the last of its link and did not complete. */
function onwards(state: RunState, runs: readonly RunState[], now: number): string[] {
	const { run, ended, operator, held, move } = state;
	if (state.unreadable !== undefined || ended?.result === 'done' || ended?.result === 'refused') return [];
	if (ended) {
		const last = runs.findLast((other) => other.move.link === move.link);
		return last === state
			? [`Run ${run} can be resumed (kdr runs resume ${run}) or undone (kdr runs undo ${run}).`]
			: [];
	}
	const view = lockView(state, now);
	if (view.kind === 'silent')
		return [
			`Run ${run} is open, and its last sign of life is ${duration(Math.round(view.ageMs / 1_000) * 1_000)} old: kdr runs resume ${run}`,
		];
	const who = `${operator.user}@${operator.host}`;
	return [
		held
			? `${who} holds run ${run} before ${held.step}: kdr runs release ${run}`
			: `${who} is running run ${run}: kdr runs show ${run}`,
	];
}

/** One line per run, the newest last: for whoever asks what was done and what it cost. */
export function renderHistory(rows: readonly HistoryRow[], screen: Screen): string {
	if (rows.length === 0) return 'The journal holds no run.\n';
	const titles = ['RUN', 'LINK', 'MOVE', 'RESULT', 'OUTAGE', 'LOST', 'STARTED', 'BY'];
	const cells = rows.map(({ run, move, result, rto, loss, startedAt, by, undoes }) => [
		run,
		move.link,
		undoes === null ? `${move.mode} ${move.from} → ${move.to}` : `undo of ${undoes}`,
		result,
		...(move.mode === 'change'
			? ['-', '-']
			: [rto.kind === 'unknown' ? 'unknown' : `≤ ${durationBound(rto.ms)}`, lost(loss)]),
		startOf(Date.parse(startedAt)),
		by.join(', '),
	]);
	return `${table(columnsOf(titles), cells, { screen }).join('\n')}\n`;
}

function lost(loss: HistoryRow['loss']): string {
	if (loss.kind === 'unknown') return 'unknown';
	if (loss.records !== null) return `≤ ${count(BigInt(loss.records), 'record')}`;
	return loss.ms === null ? 'unknown' : `≤ ${durationBound(loss.ms)}`;
}

function resultOf({ unreadable, ended, lastStep, held }: RunState): string {
	if (unreadable !== undefined) return 'unreadable';
	if (held) return `held before ${held.step}`;
	if (!ended) return lastStep === undefined ? 'open' : `open at ${lastStep}`;
	return ended.result === 'done' || lastStep === undefined ? ended.result : `${ended.result} at ${lastStep}`;
}
