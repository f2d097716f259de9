import type { Check } from '../check.ts';
import { stops } from '../check.ts';
import type { RunStep, StepSummary } from '../run/events.ts';

/** How to look, without kdr, at what a gate waits for. */
export interface ByHand {
	/** Vanilla commands that only read, each one line; none where only a person knows. */
	commands: string[];
	/** What must be seen there before the next step. */
	see: string;
}

/** What a step adds to the time a move takes. */
export interface StepTime {
	/** Sum of the deadlines of its waits, retries included, ms: past it the run halts. Calls come on top. */
	waitsMs: number;
	/** How long clients may use what the step replaces afterwards, ms; null: unknown. */
	cachedMs?: number | null;
	/** It waits for a person, which has no deadline. */
	person?: boolean;
}

/**
 * One step as it would go now. `change`: something to do; `already`: nothing to do; `gate`: waits; `skipped`: a side it
 * needs is dead; `failed`: its facts could not be read, a blocking check says why.
 */
export interface PlannedStep {
	step: RunStep;
	status: 'change' | 'already' | 'gate' | 'skipped' | 'failed';
	/** What the kind of step is for. */
	purpose: string;
	summary: StepSummary;
	checks: Check[];
	/** Of a gate: how to look at the same without kdr. */
	byHand?: ByHand;
	/** Absent where the step is skipped or its facts could not be read. */
	time?: StepTime;
	/** True when its checks may still turn good while the run waits for them: they do not refuse the plan. */
	waits: boolean;
}

/** The checks that refuse the plan, each with its step. */
export function refusals(plan: readonly PlannedStep[]): { step: string; check: Check }[] {
	return plan
		.filter((planned) => !planned.waits)
		.flatMap((planned) => planned.checks.filter(stops).map((check) => ({ step: planned.step.id, check })));
}
