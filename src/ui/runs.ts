import type { HistoryRow } from '../domain/report/history.ts';
import type { RunState } from '../domain/run/state.ts';
import type { Screen } from './screen.ts';
import { table } from './table.ts';
import { count, duration, durationBound, instant } from './words.ts';

/** One line per run, the newest last. `now`: ms since the epoch. */
export function renderRuns(runs: readonly RunState[], now: number, screen: Screen): string {
	if (runs.length === 0) return 'No run is in the journal.\n';
	const columns = [
		{ title: 'RUN' },
		{ title: 'LINK' },
		{ title: 'MOVE' },
		{ title: 'RESULT' },
		{ title: 'TOOK' },
		{ title: 'STARTED' },
		{ title: 'BY' },
	];
	const rows = runs.map((state) => [
		state.run,
		state.move.link,
		`${state.move.mode} ${state.move.from} → ${state.move.to}`,
		resultOf(state),
		state.ended ? duration(state.ended.at - state.startedAt) : 'open',
		instant(state.startedAt, now),
		`${state.operator.user}@${state.operator.host}`,
	]);
	return `${table(columns, rows, { screen }).join('\n')}\n`;
}

/** One line per run, the newest last: for whoever asks what was done and what it cost. */
export function renderHistory(rows: readonly HistoryRow[], screen: Screen): string {
	if (rows.length === 0) return 'No run is in the journal.\n';
	const titles = ['RUN', 'LINK', 'MOVE', 'RESULT', 'KEPT OUT', 'LOST', 'STARTED', 'BY'];
	const cells = rows.map(({ run, move, result, rto, loss, startedAt, by, undoes }) => [
		run,
		move.link,
		undoes === null ? `${move.mode} ${move.from} → ${move.to}` : `undo of ${undoes}`,
		result,
		...(move.mode === 'change' ? ['-', '-'] : [rto.kind === 'unknown' ? 'unknown' : `≤ ${durationBound(rto.ms)}`, lost(loss)]),
		startedAt.replace(/\.\d+Z$/, 'Z'),
		by.join(', '),
	]);
	return `${table(
		titles.map((title) => ({ title })),
		cells,
		{ screen },
	).join('\n')}\n`;
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
