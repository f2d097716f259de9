import type { RunState } from '../domain/run/state.ts';
import type { Screen } from './screen.ts';
import { table } from './table.ts';
import { duration, instant } from './words.ts';

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

function resultOf({ unreadable, ended, lastStep }: RunState): string {
	if (unreadable !== undefined) return 'unreadable';
	if (!ended) return lastStep === undefined ? 'open' : `open at ${lastStep}`;
	return ended.result === 'done' || lastStep === undefined ? ended.result : `${ended.result} at ${lastStep}`;
}
