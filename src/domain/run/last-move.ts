import type { RunState } from './state.ts';
import { pastReturn } from './undo.ts';

/** The newest of these runs, oldest first, that moved clients: one that halted before its point of no return moved nobody, nor did one that was undone. */
export function lastMove(runs: readonly RunState[]): RunState | undefined {
	const undone = new Set(runs.filter(({ ended }) => ended?.result === 'done').map(({ undoes }) => undoes));
	return runs.findLast((state) => state.move.mode !== 'change' && pastReturn(state) && !undone.has(state.run));
}
