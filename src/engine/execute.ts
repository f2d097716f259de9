import { KdrError } from '../domain/errors/kdr-error.ts';
import { assertOverridesMeant } from '../domain/plan/override.ts';
import { refusals } from '../domain/plan/planned-step.ts';
import type { RunEvent } from '../domain/run/events.ts';
import { isSameChange } from '../domain/run/same-change.ts';
import type { RunState } from '../domain/run/state.ts';
import { pastReturn, undoSteps } from '../domain/run/undo.ts';
import type { JournalWriter } from '../ports/journal.ts';
import { finish, halt, interruptExit } from './ending.ts';
import type { EngineEnv, ResumeRequest, RunOutcome, RunRequest, UndoRequest } from './env.ts';
import { byGroup, takeTogether } from './group.ts';
import { startHeartbeat } from './heartbeat.ts';
import {
	assertNobodyHolds,
	type Folded,
	giveWay,
	holderOf,
	journalBroken,
	locked,
	openWriters,
	readRuns,
	refuseIfOpen,
	type Writers,
} from './lock.ts';
import { checksError } from './poll.ts';
import { preview } from './preview.ts';
import { Recorder, tell } from './recorder.ts';
import { Session } from './session.ts';

/**
 * A new run: polite lock → plan → consent → fence → steps. Throws while nothing is journalled yet (KDR_LOCKED, a check
 * that refuses the plan, what `consent` throws); afterwards every end is a RunOutcome.
 */
export async function run(env: EngineEnv, request: RunRequest): Promise<RunOutcome> {
	return unlessInterrupted(env, request.run, async () => {
		refuseIfOpen(env, await readRuns(env), request);
		const plan = await preview(env, request);
		tell(env, {
			type: 'plan',
			run: request.run,
			move: request.move,
			steps: plan,
			...(request.onFailure && { onFailure: request.onFailure }),
		});
		assertOverridesMeant(plan, request.consent);
		const refused = refusals(plan);
		if (refused.length > 0) throw checksError(refused.map(({ step, check }) => ({ ...check, what: `${step}: ${check.what}` })));
		const agreed = await env.consent({ run: request.run, move: request.move, plan, given: request.consent });
		env.signal.throwIfAborted();
		// People think for minutes: somebody else may have started meanwhile.
		refuseIfOpen(env, await readRuns(env), request);
		return withWriters(env, (writers) => start(env, { ...request, consent: { ...request.consent, ...agreed } }, writers));
	});
}

/**
 * Takes a run back, last change first: a run like any other, planned, consented to, journalled and proven. Throws what `run`
 * and `resume` throw before anything is journalled, KDR_PAST_RETURN and KDR_UNDO_NOT_WHOLE (with `whole`), KDR_NOTHING_TO_UNDO.
 */
export async function undo(env: EngineEnv, request: UndoRequest): Promise<RunOutcome> {
	return unlessInterrupted(env, request.run, async () => run(env, await undoRun(env, request)));
}

/** The run that takes another one back, as it would be started now. */
export async function undoRun(env: EngineEnv, { whole, ...request }: UndoRequest): Promise<RunRequest> {
	const folded = await readRuns(env);
	const state = undoable(env, folded, request);
	// One that is live is refused like any other open run.
	if (request.takeover === undefined && holderOf(env, state).kind === 'silent') await assertNobodyHolds(env, state);
	if (whole && pastReturn(state)) {
		throw new KdrError('KDR_PAST_RETURN', `run ${state.run} is past its point of no return`, {
			hint: `go on: kdr runs resume ${state.run}; or back, at a price: kdr runs undo ${state.run}`,
		});
	}
	const steps = undoSteps(state, env.registry);
	if (steps.length === 0)
		throw new KdrError('KDR_NOTHING_TO_UNDO', `run ${state.run} changed nothing`, { hint: `kdr runs show ${state.run}` });
	const left = steps.filter(({ undoOf }) => undoOf && undoOf.change === undefined);
	if (whole && left.length > 0) {
		const what = left.map(({ undoOf, skipCosts }) => `${undoOf?.step}: ${skipCosts}`).join('; ');
		throw new KdrError('KDR_UNDO_NOT_WHOLE', `run ${state.run} would leave something behind: ${what}`, {
			hint: `take back what can be: kdr runs undo ${state.run}`,
		});
	}
	return { ...request, move: { ...state.move, mode: 'change' }, steps };
}

function undoable(env: EngineEnv, folded: Folded, { undoes, clusterIds }: Pick<RunRequest, 'clusterIds'> & { undoes: string }): RunState {
	const state = known(env, folded, { run: undoes, clusterIds });
	if (state.undoes !== undefined) {
		throw new KdrError('KDR_NOTHING_TO_UNDO', `run ${state.run} is itself the undo of run ${state.undoes}`, {
			hint: state.ended?.result === 'done' ? 'start the move anew' : `go on with it: kdr runs resume ${state.run}`,
		});
	}
	assertNotOvertaken(folded, state);
	return state;
}

/** While people think, the run that is to be taken back may have gone on. */
function assertStillPlanned(env: EngineEnv, folded: Folded, { undoes, steps, clusterIds }: RunRequest): void {
	if (undoes === undefined) return;
	const now = undoSteps(undoable(env, folded, { undoes, clusterIds }), env.registry);
	if (isSameChange(now, steps)) return;
	throw new KdrError('KDR_PLAN_STALE', `run ${undoes} has gone on since this plan was made`, { hint: `kdr runs undo ${undoes}` });
}

async function start(env: EngineEnv, request: RunRequest, { here, there }: Writers): Promise<RunOutcome> {
	const folded = await readRuns(env);
	const superseded = refuseIfOpen(env, folded, request);
	assertStillPlanned(env, folded, request);
	const session = new Session(env, request.run, request, new Recorder(env, here, request.run));
	const { move, command, steps, consent, clusterIds, hold, undoes, onFailure } = request;
	return drive(session, async () => {
		if (superseded) await end((folded.elsewhere.has(superseded) && there) || here, superseded, request);
		await session.recorder.append({
			...{ v: 1, type: 'run.started', move, command, steps, operator: env.operator, consent, clusterIds },
			...(hold && { hold }),
			...(undoes !== undefined && { undoes }),
			...(onFailure && { onFailure }),
		});
	});
}

/** Ends the run that is taken the link from, in its own words, so that nobody takes it for open. */
async function end(writer: JournalWriter, superseded: RunState, { run, takeover, undoes }: RunRequest): Promise<void> {
	const message = `ended for run ${run}: ${takeover ?? (undoes === superseded.run ? 'it takes this one back' : 'nobody held it')}`;
	const event: RunEvent = {
		v: 1,
		type: 'run.ended',
		result: 'halted',
		exit: 5,
		error: { code: 'KDR_FENCED_BY_OTHER', message },
		seq: superseded.seq + 1,
	};
	await writer.append(superseded.run, event);
}

/**
 * Goes on with a run where its journal ends. Done steps stay done and give their recorded outputs; one whose effect may
 * have happened is looked at first; one done in part is tried again. Throws KDR_RUN_UNKNOWN, KDR_RUN_ENDED,
 * KDR_RUN_OVERTAKEN, KDR_CLUSTER_WRONG, KDR_JOURNAL_BROKEN, and KDR_LOCKED while its holder lives and no `takeover` says why.
 */
export async function resume(env: EngineEnv, request: ResumeRequest): Promise<RunOutcome> {
	return unlessInterrupted(env, request.run, async () => {
		const seen = resumable(env, await readRuns(env), request);
		if (request.takeover === undefined) await assertNobodyHolds(env, seen);
		return withWriters(env, async ({ here }) => {
			// Only now is nobody else writing: what stands in the journal is all there is.
			const folded = await readRuns(env);
			const state = resumable(env, folded, request);
			if (state.seq !== seen.seq) assertNotTaken(env, state, request);
			const session = new Session(env, request.run, state, new Recorder(env, here, request.run, state));
			for (const { output } of state.steps) if (output) session.recall(output.name, output.value);
			const { takeover } = request;
			return drive(session, () =>
				session.recorder.append({ v: 1, type: 'run.resumed', operator: env.operator, ...(takeover !== undefined && { takeover }) }),
			);
		});
	});
}

function resumable(env: EngineEnv, folded: Folded, request: ResumeRequest): RunState {
	const { runs, unreadable } = folded;
	const state = known(env, folded, request);
	if (state.ended?.result === 'done')
		throw new KdrError('KDR_RUN_ENDED', `run ${state.run} ended done`, { hint: `kdr runs show ${state.run}` });
	assertNotOvertaken(folded, state);
	const others = runs.filter((other) => other !== state);
	refuseIfOpen(env, { ...folded, runs: others, unreadable: request.takeover === undefined ? unreadable : [] }, {});
	return state;
}

/** Somebody else went on with the run while we looked. Throws KDR_LOCKED. */
function assertNotTaken(env: EngineEnv, state: RunState, { takeover }: ResumeRequest): void {
	const view = holderOf(env, state);
	if (view.kind === 'live' && takeover === undefined) throw locked(env, state, view);
}

/** The run as this side's journal tells it. Throws KDR_RUN_UNKNOWN, KDR_JOURNAL_BROKEN, KDR_CLUSTER_WRONG. */
export function known(env: EngineEnv, { runs, unreadable, elsewhere }: Folded, request: ResumeRequest): RunState {
	const strange = unreadable.find((candidate) => candidate.run === request.run);
	if (strange) throw journalBroken(strange.run, strange.reason);
	const state = runs.find((candidate) => candidate.run === request.run && !elsewhere.has(candidate));
	if (!state)
		throw new KdrError('KDR_RUN_UNKNOWN', `no run ${request.run} of link ${env.link.name} is in the journal`, { hint: 'kdr runs list' });
	if (state.unreadable !== undefined) throw journalBroken(state.run, state.unreadable);
	assertSameClusters(state, request.clusterIds);
	return state;
}

/** Throws KDR_RUN_OVERTAKEN. Positions in two journals say nothing of each other; then the time of the last intent tells. */
export function assertNotOvertaken({ runs, elsewhere }: Folded, state: RunState): void {
	const wroteLater = (other: RunState): boolean =>
		elsewhere.has(other)
			? (other.lastIntentAt ?? 0) > (state.lastIntentAt ?? state.startedAt)
			: (other.lastIntentOffset ?? -1n) > (state.lastIntentOffset ?? -1n);
	const later = runs.slice(runs.indexOf(state) + 1).find(wroteLater);
	if (!later) return;
	throw new KdrError('KDR_RUN_OVERTAKEN', `run ${later.run} (${later.command}) has written since run ${state.run} stopped`, {
		hint: `kdr runs show ${later.run}`,
	});
}

function assertSameClusters(state: RunState, now: Record<string, string>): void {
	for (const [alias, id] of Object.entries(state.clusterIds)) {
		if (now[alias] === undefined || now[alias] === id) continue;
		throw new KdrError('KDR_CLUSTER_WRONG', `${alias} is cluster ${now[alias]}, but run ${state.run} was started with ${id}`);
	}
}

/** Fences whoever wrote before, and lets go in any case. */
async function withWriters(env: EngineEnv, work: (writers: Writers) => Promise<RunOutcome>): Promise<RunOutcome> {
	const writers = await openWriters(env);
	try {
		return await work(writers);
	} finally {
		await writers.close();
	}
}

async function drive(session: Session, open: () => Promise<void>): Promise<RunOutcome> {
	let stopBeating: (() => void) | undefined;
	try {
		await open();
		await giveWay(session.env);
		await session.listen();
		stopBeating = startHeartbeat(session);
		for (const together of byGroup(session.state.steps)) await takeTogether(session, together);
		return await finish(session);
	} catch (thrown) {
		return await halt(session, thrown);
	} finally {
		stopBeating?.();
	}
}

/** An interrupt before the first event leaves nothing behind. */
async function unlessInterrupted(env: EngineEnv, id: string, work: () => Promise<RunOutcome>): Promise<RunOutcome> {
	try {
		env.signal.throwIfAborted();
		return await work();
	} catch (thrown) {
		if (!env.signal.aborted) throw thrown;
		return { run: id, result: 'interrupted', exit: interruptExit(env.signal) };
	}
}
