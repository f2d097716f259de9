import type { HistoryRow } from '../domain/report/history.ts';
import type { Operator } from '../domain/run/events.ts';
import { type Standing, standingOf, titleOf, waysOn } from '../domain/run/standing.ts';
import type { RunState } from '../domain/run/state.ts';
import { drawable, type Screen } from './screen.ts';
import { type Column, table } from './table.ts';
import { visible } from './visible.ts';
import { count, duration, durationBound, linesOf, timestamp } from './words.ts';

/** One line per run, the newest last. `now`: ms since the epoch. `isGone`: whether the process of an operator certainly is gone. */
export function renderRuns(
	runs: readonly RunState[],
	now: number,
	screen: Screen,
	isGone: (operator: Operator) => boolean = () => false,
): string {
	if (runs.length === 0) return 'The journal holds no run.\n';
	const columns = columnsOf(['RUN', 'LINK', 'MOVE', 'RESULT', 'TOOK', 'STARTED', 'BY']);
	const standings = runs.map((state) => ({ state, standing: standingOf(state, runs, now, isGone) }));
	const rows = standings.map(({ state, standing }) => [
		state.run,
		state.move.link,
		`${titleOf(state)} ${state.move.from} → ${state.move.to}`,
		resultOf(standing),
		state.ended ? duration(state.ended.at - state.startedAt) : 'open',
		startOf(state.startedAt),
		`${state.operator.user}@${state.operator.host}`,
	]);
	const open = standings
		.flatMap(({ state, standing }) => onwards(state, standing))
		.flatMap((line) => linesOf(screen, '', drawable(screen, visible(line))));
	return `${[...table(columns, rows, { screen }), ...(open.length > 0 ? ['', ...open] : [])].join('\n')}\n`;
}

/** What is too wide for the screen continues below; nothing is cut. */
const columnsOf = (titles: readonly string[]): Column[] => titles.map((title) => ({ title, folds: true }));

/** `2026-11-21 03:12:07Z`: a narrow column breaks it between day and time. */
const startOf = (ms: number): string => timestamp(ms).replace('T', ' ');

/** What to type about a run that is open, or that stopped and can be continued. */
function onwards(state: RunState, standing: Standing): string[] {
	const { run } = state;
	const [way, ...others] = waysOn(state, standing);
	if (way === undefined) return [];
	switch (standing.kind) {
		case 'active': {
			const who = `${standing.operator.user}@${standing.operator.host}`;
			const does = standing.held === undefined ? `is running run ${run}` : `holds run ${run} before ${standing.held}`;
			return [`${who} ${does}: ${way}`];
		}
		case 'silent': {
			const age = duration(Math.round(standing.silentMs / 1_000) * 1_000);
			return [`Run ${run} is open, and its last sign of life is ${age} old: ${[way, ...others].join(' · ')}`];
		}
		default: {
			const undo = others.find((other) => !other.includes('failover'));
			return [`Run ${run} can be resumed (${way})${undo === undefined ? '' : ` or undone (${undo})`}.`];
		}
	}
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

function resultOf(standing: Standing): string {
	switch (standing.kind) {
		case 'undone':
			return `undone by ${standing.by}`;
		case 'overtaken':
			return `overtaken by ${standing.by}`;
		case 'active':
			return standing.held === undefined ? at('open', standing.step) : `held before ${standing.held}`;
		case 'silent':
			return at('open', standing.step);
		case 'halted':
		case 'interrupted':
		case 'incomplete':
			return at(standing.kind, standing.step);
		default:
			return standing.kind;
	}
}

const at = (what: string, step: string | undefined): string => (step === undefined ? what : `${what} at ${step}`);
