import { asKdrError, type KdrError } from '../domain/errors/kdr-error.ts';
import type { RunStep, StepError } from '../domain/run/events.ts';
import { outcomeUnknown } from './no-answer.ts';
import { Interrupted, type Session } from './session.ts';
import { pauseMs } from './step-time.ts';

/** An error as the journal keeps it. */
export const wire = ({ code, message, hint }: KdrError): StepError => ({
	code,
	message,
	...(hint !== undefined && { hint }),
});

/** Journals that a step failed, as far as the journal still takes it; `retryInMs`: and is tried again. */
export async function recordFailure(
	session: Session,
	step: RunStep,
	error: KdrError,
	retryInMs?: number,
): Promise<void> {
	const state = session.recorder.state?.steps.find((candidate) => candidate.step.id === step.id);
	if (!state) return;
	await session.recorder
		.append({
			v: 1,
			type: 'step.failed',
			step: step.id,
			error: wire(error),
			checks: Array.isArray(error.details.checks) ? error.details.checks : [],
			worldMayHaveChanged: state.status !== 'done' && state.change !== undefined,
			...(retryInMs !== undefined && { retryInMs }),
		})
		.catch(() => {});
}

/** Asking again would get the same answer, or lock an account. */
const lasting: ReadonlySet<string> = new Set([
	'KDR_JOURNAL_BROKEN',
	'KDR_AUTH_FAILED',
	'KDR_NOT_PERMITTED',
	'KDR_CLUSTER_WRONG',
]);

/**
 * How long to wait before a step is tried again, ms; undefined: it is not. `failed`: attempts that failed before. Only what the
 * world may still turn good: never after an outcome nobody knows, nor when the run is to stop.
 */
export function retryAfter(session: Session, step: RunStep, failed: number, thrown: unknown): number | undefined {
	if (failed >= (step.retries ?? 0) || thrown instanceof Interrupted || session.signal.aborted) return undefined;
	const error = asKdrError(thrown);
	if (error.source !== 'target' || error.exit !== 3 || outcomeUnknown(error) || lasting.has(error.code))
		return undefined;
	return pauseMs(failed);
}

/** Readings cut by the signal may throw anything; what a write under way throws is its own failure. */
export function isInterrupt(session: Session, step: RunStep | undefined, thrown: unknown): boolean {
	const { stop, recorder } = session;
	if (thrown instanceof Interrupted) return true;
	if (!stop.aborted) return false;
	const writing = recorder.state?.steps.find((candidate) => candidate.step.id === step?.id)?.status === 'intent';
	if (!writing) return true;
	return (
		thrown === stop.reason ||
		(thrown instanceof Error && (thrown.name === 'AbortError' || thrown.cause === stop.reason))
	);
}
