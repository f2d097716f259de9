import type { LinkConfig } from '../domain/config/link.ts';
import { KdrError } from '../domain/errors/kdr-error.ts';
import { overrideName } from '../domain/plan/override.ts';
import type { EngineEnv, RunOutcome, RunRequest } from '../engine/env.ts';
import { undo } from '../engine/execute.ts';
import { newRunId } from '../engine/run-id.ts';
import { configChanged } from '../engine/scope.ts';
import type { ChangeFlags } from './run-flags.ts';

const fenceFailures = ['KDR_WRITERS_NOT_STILL', 'KDR_FENCE_LEAKS', 'KDR_FENCE_REMOVED'] as const;

/** A fence that somebody keeps removing cannot be kept: clients would be refused now and then, for as long as the run is halted. */
function isToUndo(
	{ details: { code } }: KdrError,
	choice: 'keep' | 'lift',
	chosen: ChangeFlags['if-not-still'],
): boolean {
	if (code === 'KDR_FENCE_REMOVED') return chosen !== 'keep';
	return choice === 'lift' && fenceFailures.some((known) => known === code);
}

/**
 * A run that halted because somebody writes in spite of its fence, when that was chosen, or because somebody keeps removing the fence: all of it
 * is undone, the fence too, and the clients continue as before. Anything else ends as it did.
 */
export async function undoIfStillWritten(
	env: EngineEnv,
	outcome: RunOutcome,
	request: Pick<RunRequest, 'command' | 'clusterIds'>,
	chosen: ChangeFlags['if-not-still'],
): Promise<RunOutcome> {
	const { error, run } = outcome;
	if (outcome.result !== 'halted' || !error || !isToUndo(error, choice(env.link, chosen), chosen)) return outcome;
	// Agreed to when it was chosen: nobody is asked in the middle of an outage.
	const agreed: EngineEnv = { ...env, consent: async () => ({ 'if-not-still': 'lift' }) };
	const why = outcome.state?.consent[overrideName(configChanged)];
	const consent = why === undefined ? {} : { [overrideName(configChanged)]: why };
	const undone = await undo(agreed, { ...request, run: newRunId(), undoes: run, consent, whole: true });
	if (undone.result !== 'done') return outcome;
	const code = fenceFailures.find((known) => known === error.details.code) ?? 'KDR_WRITERS_NOT_STILL';
	const refusal = new KdrError(code, `${error.message}; run ${undone.run} undid all of it: the fence is lifted`, {
		hint: code === 'KDR_FENCE_REMOVED' ? 'stop who removes it, and start again' : 'find who writes, and start again',
		details: { code, tookBack: undone.run },
		cause: error,
	});
	const { goOn: _, ...ended } = outcome;
	return { ...ended, result: 'refused', exit: refusal.exit, error: refusal };
}

const choice = ({ fence }: LinkConfig, chosen: ChangeFlags['if-not-still']): 'keep' | 'lift' =>
	chosen ?? fence.ifNotStill ?? 'keep';
