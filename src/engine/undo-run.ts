import { KdrError } from '../domain/errors/kdr-error.ts';
import { isSameChange } from '../domain/run/same-change.ts';
import type { RunState } from '../domain/run/state.ts';
import { pastReturn, undoSteps } from '../domain/run/undo.ts';
import type { EngineEnv, RunRequest, UndoRequest } from './env.ts';
import { assertNobodyHolds, assertNotOvertaken, type Folded, holderOf, readRuns, runInJournal } from './lease.ts';
import { inScope } from './scope.ts';

/** The run that undoes another one, as it would be started now, and the surroundings with what that one froze. Throws KDR_CONFIG_CHANGED. */
export async function undoRun(
	given: EngineEnv,
	{ whole, takeover, ...request }: UndoRequest,
): Promise<{ env: EngineEnv; request: RunRequest }> {
	const folded = await readRuns(given);
	const state = undoable(given, folded, request);
	const env = inScope(given, withRulesOf(given, state), request.consent);
	// One that is live is refused like any other open run.
	if (takeover === undefined && holderOf(env, state).kind === 'silent') await assertNobodyHolds(env, state);
	if (whole && pastReturn(state)) {
		throw new KdrError('KDR_PAST_RETURN', `run ${state.run} is past its point of no return`, {
			hint: `resume: kdr runs resume ${state.run}; or undo at a price: kdr runs undo ${state.run}`,
		});
	}
	if (pastReturn(state) && !env.fromAlive) {
		const { from, to } = state.move;
		throw new KdrError(
			'KDR_CLUSTER_UNREACHABLE',
			`${from} does not answer: undoing run ${state.run} would send clients there`,
			{
				hint: `leave the clients on ${to}; once ${from} answers: kdr runs undo ${state.run}`,
			},
		);
	}
	const steps = undoSteps(state, env.registry, env.link.rules);
	if (steps.length === 0)
		throw new KdrError('KDR_NOTHING_TO_UNDO', `run ${state.run} changed nothing`, {
			hint: `kdr runs show ${state.run}`,
		});
	const left = steps.filter(({ undoOf }) => undoOf && undoOf.change === undefined);
	if (whole && left.length > 0) {
		const what = left.map(({ undoOf, skipCosts }) => `${undoOf?.step}: ${skipCosts}`).join('; ');
		throw new KdrError('KDR_UNDO_NOT_WHOLE', `run ${state.run} would leave something behind: ${what}`, {
			hint: `undo what can be undone: kdr runs undo ${state.run}`,
		});
	}
	const supersedes = takeover === undefined ? {} : { supersedes: { run: state.run, reason: takeover } };
	return { env, request: { ...request, ...supersedes, move: { ...state.move, mode: 'change' }, steps } };
}

/** An undo is a decision of its own: the rules of the link as they are now hold for it. */
function withRulesOf({ link: { rules } }: EngineEnv, state: RunState): Pick<RunState, 'scope' | 'run' | 'startedBy'> {
	if (!state.scope) return state;
	const { rules: _, ...scope } = state.scope;
	return { ...state, scope: { ...scope, ...(rules && { rules }) } };
}

function undoable(
	env: EngineEnv,
	folded: Folded,
	{ undoes, clusterIds }: Pick<RunRequest, 'clusterIds'> & { undoes: string },
): RunState {
	const state = runInJournal(env, folded, { run: undoes, clusterIds });
	if (state.undoes !== undefined) {
		throw new KdrError('KDR_NOTHING_TO_UNDO', `run ${state.run} is itself the undo of run ${state.undoes}`, {
			hint: state.ended?.result === 'done' ? 'start the move again' : `resume it: kdr runs resume ${state.run}`,
		});
	}
	assertNotOvertaken(folded, state);
	return state;
}

/** While people think, somebody may have resumed the run to be undone. */
export function assertStillPlanned(env: EngineEnv, folded: Folded, { undoes, steps, clusterIds }: RunRequest): void {
	if (undoes === undefined) return;
	const now = undoSteps(undoable(env, folded, { undoes, clusterIds }), env.registry, env.link.rules);
	if (isSameChange(now, steps)) return;
	throw new KdrError('KDR_PLAN_STALE', `run ${undoes} was resumed since this plan was made`, {
		hint: `kdr runs undo ${undoes}`,
	});
}
