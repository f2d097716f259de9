import type { Operator } from './events.ts';
import type { RunState } from './state.ts';

/** A run without a sign of life for this long, ms, has no holder any more; its heartbeat comes every 5 s. */
export const liveForMs = 15_000;

/** Who holds an open run. */
export type LockView =
	| { kind: 'none' }
	| { kind: 'live' | 'silent'; run: string; operator: Operator; step: string | undefined; ageMs: number };

/** `now`: ms since the epoch. A sign of life from the future (clocks differ, or one was set back) tells nothing: it counts as fresh. */
export function lockView(state: RunState, now: number): LockView {
	if (state.ended) return { kind: 'none' };
	const ageMs = Math.max(0, now - state.lastSignAt);
	return {
		kind: ageMs < liveForMs ? 'live' : 'silent',
		run: state.run,
		operator: state.operator,
		step: state.lastStep,
		ageMs,
	};
}

/** Whether the last sign of life seems to come later than now: then its age is not known. */
export const isFromFuture = (state: RunState, now: number): boolean => state.lastSignAt > now + 1_000;

/** The open run of the link with the youngest sign of life. */
export function openRun(runs: readonly RunState[], link: string): RunState | undefined {
	return runs
		.filter((state) => state.move.link === link && !state.ended)
		.reduce<RunState | undefined>(
			(best, state) => (best && best.lastSignAt >= state.lastSignAt ? best : state),
			undefined,
		);
}
