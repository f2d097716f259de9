import { asKdrError } from '../domain/errors/kdr-error.ts';
import type { StepState } from '../domain/run/state.ts';
import { isInterrupt, recordFailure } from './failure.ts';
import type { Session } from './session.ts';
import { takeStep } from './step.ts';

/** Steps in their order; those that are taken at the same time in one list. */
export function byGroup(steps: readonly StepState[]): StepState[][] {
	const groups: StepState[][] = [];
	for (const state of steps) {
		const last = groups.at(-1);
		if (last && state.step.group !== undefined && last[0]?.step.group === state.step.group) last.push(state);
		else groups.push([state]);
	}
	return groups;
}

/**
 * Takes steps at the same time, each with its own events. When one fails the others come to their own end: nothing is cut in the
 * middle. Then the first that failed stops the run; the failures of the others are in the journal too.
 */
export async function takeTogether(session: Session, states: readonly StepState[]): Promise<void> {
	const ends = await Promise.allSettled(states.map((state) => takeStep(session, state)));
	const failed = states.flatMap(({ step }, index) => {
		const end = ends[index];
		return end?.status === 'rejected' ? [{ step, thrown: end.reason as unknown }] : [];
	});
	const real = failed.filter(({ step, thrown }) => !isInterrupt(session, step, thrown));
	const first = real[0] ?? failed[0];
	if (!first) return;
	for (const { step, thrown } of real) if (step !== first.step) await recordFailure(session, step, asKdrError(thrown));
	session.current = first.step;
	throw first.thrown;
}
