import type { Operator } from './events.ts';
import { type LockView, lockView } from './lock-view.ts';
import { overtakenBy } from './order.ts';
import type { RunState } from './state.ts';
import { pastReturn } from './undo.ts';

/** What became of a run, seen beside the others of its link. */
export type Standing =
	| { kind: 'unreadable'; reason: string }
	/** A process works on it; `held`: it waits before that step. */
	| { kind: 'active'; operator: Operator; step?: string; held?: string }
	/** Open, but its process is gone or has been silent for `silentMs`. */
	| { kind: 'silent'; operator: Operator; step?: string; silentMs: number }
	| { kind: 'done' | 'refused' }
	/** Run `by` has undone it. */
	| { kind: 'undone'; by: string }
	/** Run `by` has written since it stopped: nothing can resume it. */
	| { kind: 'overtaken'; by: string; step?: string }
	/** It stopped at `step`, and can be continued. */
	| { kind: 'halted' | 'interrupted' | 'incomplete'; step?: string };

/** `now`: ms since the epoch. `isGone`: true only when the process of that operator certainly is gone. */
export function standingOf(
	state: RunState,
	runs: readonly RunState[],
	now: number,
	isGone: (operator: Operator) => boolean = () => false,
): Standing {
	if (state.unreadable !== undefined) return { kind: 'unreadable', reason: state.unreadable };
	const ofLink = runs.filter(({ move }) => move.link === state.move.link);
	const undo = ofLink.find(({ undoes, ended }) => undoes === state.run && ended?.result === 'done');
	if (undo) return { kind: 'undone', by: undo.run };
	const step = state.lastStep === undefined ? {} : { step: state.lastStep };
	if (!state.ended) return openStanding(state, holderAt(state, now, isGone), step);
	const { result } = state.ended;
	if (result === 'done' || result === 'refused') return { kind: result };
	const later = overtakenBy(state, ofLink);
	return later ? { kind: 'overtaken', by: later.run, ...step } : { kind: result, ...step };
}

/** Who holds the run, where a holder whose process certainly is gone counts as silent. */
export function holderAt(state: RunState, now: number, isGone: (operator: Operator) => boolean): LockView {
	const view = lockView(state, now);
	return view.kind === 'live' && isGone(view.operator) ? { ...view, kind: 'silent' } : view;
}

function openStanding(state: RunState, view: LockView, step: { step?: string }): Standing {
	const { operator, held } = state;
	if (view.kind === 'silent') return { kind: 'silent', operator, ...step, silentMs: view.ageMs };
	return { kind: 'active', operator, ...step, ...(held && { held: held.step }) };
}

/** The ways on from there, as commands, the most usual first; none where nothing is left to do. */
export function waysOn(state: RunState, standing: Standing): string[] {
	const { run, undoes, move } = state;
	const back =
		undoes !== undefined || !state.written ? [] : [`kdr runs ${pastReturn(state) ? 'undo' : 'abort'} ${run}`];
	const supersede =
		pastReturn(state) || (move.mode === 'change' && undoes === undefined)
			? []
			: [`kdr failover --to ${move.to} --supersede REASON`];
	switch (standing.kind) {
		case 'active':
			return [`kdr runs ${standing.held === undefined ? 'show' : 'release'} ${run}`];
		case 'silent':
		case 'halted':
		case 'interrupted':
			return [`kdr runs resume ${run}`, ...back, ...supersede];
		case 'incomplete':
			return [`kdr runs resume ${run}`, ...back];
		default:
			return [];
	}
}

/** What a run is, in a word or two: `switchover`, `failback`, `fence pay`, `undo of 7f3a12bc`. */
export function titleOf({ title, undoes, move }: Pick<RunState, 'title' | 'undoes' | 'move'>): string {
	return undoes === undefined ? (title ?? move.mode) : `undo of ${undoes}`;
}
