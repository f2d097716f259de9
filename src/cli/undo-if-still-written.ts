import type { LinkConfig } from '../domain/config/link.ts';
import { KdrError } from '../domain/errors/kdr-error.ts';
import type { EngineEnv, RunOutcome, RunRequest } from '../engine/env.ts';
import { undo } from '../engine/execute.ts';
import { newRunId } from '../engine/run-id.ts';
import type { ChangeFlags } from './run-flags.ts';

const writes: ReadonlySet<unknown> = new Set(['KDR_WRITERS_NOT_STILL', 'KDR_FENCE_LEAKS']);

/**
 * A run that halted because somebody writes in spite of its fence, when that was chosen: all of it is undone, the fence too, and
 * the clients continue as before. Anything else ends as it did.
 */
export async function undoIfStillWritten(
	env: EngineEnv,
	outcome: RunOutcome,
	request: Pick<RunRequest, 'command' | 'clusterIds'>,
	chosen: ChangeFlags['if-not-still'],
): Promise<RunOutcome> {
	const { error, run } = outcome;
	if (outcome.result !== 'halted' || !error || !writes.has(error.details.code) || choice(env.link, chosen) === 'keep')
		return outcome;
	// Agreed to when it was chosen: nobody is asked in the middle of an outage.
	const agreed: EngineEnv = { ...env, consent: async () => ({ 'if-not-still': 'lift' }) };
	const undone = await undo(agreed, { ...request, run: newRunId(), undoes: run, consent: {}, whole: true });
	if (undone.result !== 'done') return outcome;
	const code = error.details.code === 'KDR_FENCE_LEAKS' ? 'KDR_FENCE_LEAKS' : 'KDR_WRITERS_NOT_STILL';
	const refusal = new KdrError(code, `${error.message}; run ${undone.run} undid all of it: the fence is lifted`, {
		hint: 'find who writes, and start again',
		details: { code, tookBack: undone.run },
		cause: error,
	});
	const { goOn: _, ...ended } = outcome;
	return { ...ended, result: 'refused', exit: refusal.exit, error: refusal };
}

const choice = ({ fence }: LinkConfig, chosen: ChangeFlags['if-not-still']): 'keep' | 'lift' =>
	chosen ?? fence.ifNotStill ?? 'keep';
