import type { StepTime } from '../domain/plan/planned-step.ts';
import type { RunStep } from '../domain/run/events.ts';
import type { AnyKind } from '../steps/kind.ts';

const longestPauseMs = 30_000;

/** How long to wait before the next attempt after so many failed ones, ms. */
export const pauseMs = (failed: number): number => Math.min(longestPauseMs, 1_000 * 2 ** failed);

/** What a step adds to the time of the run at most; `own`: what its kind says of itself. */
export function timeOf(kind: AnyKind, step: RunStep, params: unknown, own: Partial<StepTime> = {}): StepTime {
	const { timeoutMs, retries = 0 } = step;
	const attempt = (own.waitsMs ?? 0) + (timeoutMs ?? (kind.type === 'gate' ? kind.waitMs(params) : kind.settleMs));
	const pauses = Array.from({ length: retries }, (_, failed) => pauseMs(failed));
	return {
		...own,
		waitsMs: attempt * (retries + 1) + pauses.reduce((sum, ms) => sum + ms, 0),
		...(kind.asksPerson && { person: true }),
	};
}
