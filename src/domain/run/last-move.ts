import type { RunState } from './state.ts';
import { pastReturn } from './undo.ts';

/** The newest run that moved clients: one that halted before its point of no return moved nobody, nor did one that was undone. */
export function lastMove(runs: readonly RunState[]): RunState | undefined {
	const takenBack = new Set(runs.filter(({ ended }) => ended?.result === 'done').map(({ undoes }) => undoes));
	return runs
		.filter((state) => state.move.mode !== 'change' && pastReturn(state) && !takenBack.has(state.run))
		.toSorted((a, b) => b.startedAt - a.startedAt)[0];
}
