import { KdrError } from '../domain/errors/kdr-error.ts';
import { isSameChange } from '../domain/run/same-change.ts';
import type { RunState } from '../domain/run/state.ts';
import { pastReturn, undoSteps } from '../domain/run/undo.ts';
import type { EngineEnv, RunRequest, UndoRequest } from './env.ts';
import { assertNobodyHolds, assertNotOvertaken, type Folded, holderOf, readRuns, runInJournal } from './lease.ts';

/** The run that undoes another one, as it would be started now. */
export async function undoRun(env: EngineEnv, { whole, takeover, ...request }: UndoRequest): Promise<RunRequest> {
	const folded = await readRuns(env);
	const state = undoable(env, folded, request);
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
	return { ...request, ...supersedes, move: { ...state.move, mode: 'change' }, steps };
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
