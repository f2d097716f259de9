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
	/** True when its checks may still turn good while the run waits for them: they do not refuse the plan. */
	waits: boolean;
}

/** The checks that refuse the plan, each with its step. */
export function refusals(plan: readonly PlannedStep[]): { step: string; check: Check }[] {
	return plan
		.filter((planned) => !planned.waits)
		.flatMap((planned) => planned.checks.filter(stops).map((check) => ({ step: planned.step.id, check })));
}
