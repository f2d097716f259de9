import type { RunState } from './state.ts';
import { pastReturn } from './undo.ts';

/** Which of two runs started first: by their places in the journal they share, else by the clocks of who wrote them. */
const startedBefore = (a: RunState, b: RunState): boolean =>
	a.move.to === b.move.to && a.startOffset !== undefined && b.startOffset !== undefined
		? a.startOffset < b.startOffset
		: a.startedAt <= b.startedAt;

/** The runs of several journals as one list, oldest first. Within a journal its own order stays, whatever clocks said. */
export function mergeRuns(journals: readonly (readonly RunState[])[]): RunState[] {
	return journals.reduce<RunState[]>((merged, runs) => merge(merged, runs), []);
}

function merge(a: readonly RunState[], b: readonly RunState[]): RunState[] {
	const merged: RunState[] = [];
	let [i, j] = [0, 0];
	for (;;) {
		const [left, right] = [a[i], b[j]];
		if (left === undefined) return [...merged, ...b.slice(j)];
		if (right === undefined) return [...merged, ...a.slice(i)];
		if (startedBefore(left, right)) {
			merged.push(left);
			i++;
		} else {
			merged.push(right);
			j++;
		}
	}
}

/**
 * The run that wrote after `state` last did. Places in one journal tell that; runs that went to different clusters are in
 * different journals, and only the times of their last intents can be compared.
 */
export function overtakenBy(state: RunState, runs: readonly RunState[]): RunState | undefined {
	return runs.find(
		(other) => other !== state && wroteLater(other, state) && (other.undoes === state.run || !leftNothing(other, runs)),
	);
}

/** A run that was undone before it moved anybody, and its undo: the link is as it was before the two. */
function leftNothing(other: RunState, runs: readonly RunState[]): boolean {
	const isUndone = (state: RunState): boolean =>
		!pastReturn(state) && runs.some(({ undoes, ended }) => undoes === state.run && ended?.result === 'done');
	if (other.undoes === undefined) return isUndone(other);
	const undone = runs.find(({ run }) => run === other.undoes);
	return other.ended?.result === 'done' && undone !== undefined && isUndone(undone);
}

function wroteLater(other: RunState, state: RunState): boolean {
	if (other.lastIntentAt === undefined) return false;
	if (other.move.to !== state.move.to) return other.lastIntentAt > (state.lastIntentAt ?? state.startedAt);
	return (other.lastIntentOffset ?? -1n) > (state.lastIntentOffset ?? state.startOffset ?? -1n);
}
