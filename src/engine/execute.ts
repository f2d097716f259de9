import { KdrError } from '../domain/errors/kdr-error.ts';
import { refusals } from '../domain/plan/planned-step.ts';
import type { RunEvent } from '../domain/run/events.ts';
import { foldRuns, type RunState } from '../domain/run/state.ts';
import type { JournalWriter } from '../ports/journal.ts';
import { finish, halt, interruptExit } from './ending.ts';
import type { EngineEnv, ResumeRequest, RunOutcome, RunRequest } from './env.ts';
import { startHeartbeat } from './heartbeat.ts';
import { type Folded, holderOf, journalBroken, locked, refuseIfOpen } from './lock.ts';
import { checksError } from './poll.ts';
import { preview } from './preview.ts';
import { Recorder, tell } from './recorder.ts';
import { Session } from './session.ts';
import { takeStep } from './step.ts';

/**
 * A new run: polite lock → plan → consent → fence → steps. Throws while nothing is journalled yet (KDR_LOCKED, a check
 * that refuses the plan, what `consent` throws); afterwards every end is a RunOutcome.
 */
export async function run(env: EngineEnv, request: RunRequest): Promise<RunOutcome> {
	return unlessInterrupted(env, request.run, async () => {
		refuseIfOpen(env, await readRuns(env), request.takeover);
		const plan = await preview(env, request);
		tell(env, { type: 'plan', run: request.run, move: request.move, steps: plan });
		const refused = refusals(plan);
		if (refused.length > 0) throw checksError(refused.map(({ step, check }) => ({ ...check, what: `${step}: ${check.what}` })));
		const agreed = await env.consent({ run: request.run, move: request.move, plan, given: request.consent });
		env.signal.throwIfAborted();
		// People think for minutes: somebody else may have started meanwhile.
		refuseIfOpen(env, await readRuns(env), request.takeover);
		return withWriter(env, (writer) => start(env, { ...request, consent: { ...request.consent, ...agreed } }, writer));
	});
}

async function start(env: EngineEnv, request: RunRequest, writer: JournalWriter): Promise<RunOutcome> {
	const superseded = refuseIfOpen(env, await readRuns(env), request.takeover);
	const session = new Session(env, request.run, request, new Recorder(env, writer, request.run));
	const { move, command, steps, consent, clusterIds } = request;
	return drive(session, async () => {
		if (superseded) await end(writer, superseded, request);
		await session.recorder.append({ v: 1, type: 'run.started', move, command, steps, operator: env.operator, consent, clusterIds });
	});
}

/** Ends the run that is taken the link from, in its own words, so that nobody takes it for open. */
async function end(writer: JournalWriter, superseded: RunState, { run, takeover }: RunRequest): Promise<void> {
	const message = `ended for run ${run}: ${takeover}`;
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
		resumable(env, await readRuns(env), request);
		return withWriter(env, async (writer) => {
			// Only now is nobody else writing: what stands in the journal is all there is.
			const folded = await readRuns(env);
			const state = resumable(env, folded, request);
			const session = new Session(env, request.run, state, new Recorder(env, writer, request.run, state));
			for (const { output } of state.steps) if (output) session.recall(output.name, output.value);
			const { takeover } = request;
			return drive(session, () =>
				session.recorder.append({ v: 1, type: 'run.resumed', operator: env.operator, ...(takeover !== undefined && { takeover }) }),
			);
		});
	});
}

function resumable(env: EngineEnv, { runs, unreadable }: Folded, request: ResumeRequest): RunState {
	const strange = unreadable.find((candidate) => candidate.run === request.run);
	if (strange) throw journalBroken(strange.run, strange.reason);
	const state = runs.find((candidate) => candidate.run === request.run);
	if (!state)
		throw new KdrError('KDR_RUN_UNKNOWN', `no run ${request.run} of link ${env.link.name} is in the journal`, { hint: 'kdr runs list' });
	if (state.unreadable !== undefined) throw journalBroken(state.run, state.unreadable);
	if (state.ended?.result === 'done')
		throw new KdrError('KDR_RUN_ENDED', `run ${state.run} ended done`, { hint: `kdr runs show ${state.run}` });
	assertSameClusters(state, request.clusterIds);
	const written = state.lastIntentOffset ?? -1n;
	const later = runs.find((other) => other !== state && other.startedAt > state.startedAt && (other.lastIntentOffset ?? -1n) > written);
	if (later) {
		throw new KdrError('KDR_RUN_OVERTAKEN', `run ${later.run} (${later.command}) has written since run ${state.run} stopped`, {
			hint: `kdr runs show ${later.run}`,
		});
	}
	const others = runs.filter((other) => other !== state);
	refuseIfOpen(env, { runs: others, unreadable: request.takeover === undefined ? unreadable : [] }, undefined);
	const view = holderOf(env, state);
	if (view.kind === 'live' && request.takeover === undefined) throw locked(env, state, view);
	return state;
}

function assertSameClusters(state: RunState, now: Record<string, string>): void {
	for (const [alias, id] of Object.entries(state.clusterIds)) {
		if (now[alias] === undefined || now[alias] === id) continue;
		throw new KdrError('KDR_CLUSTER_WRONG', `${alias} is cluster ${now[alias]}, but run ${state.run} was started with ${id}`);
	}
}

async function readRuns(env: EngineEnv): Promise<Folded> {
	return foldRuns(await env.journal.read(env.link.name));
}

/** Fences whoever wrote before, and lets go in any case. */
async function withWriter(env: EngineEnv, work: (writer: JournalWriter) => Promise<RunOutcome>): Promise<RunOutcome> {
	const writer = await env.journal.open(env.link.name);
	try {
		return await work(writer);
	} finally {
		await writer.close().catch(() => {});
	}
}

async function drive(session: Session, open: () => Promise<void>): Promise<RunOutcome> {
	let stopBeating: (() => void) | undefined;
	try {
		await open();
		stopBeating = startHeartbeat(session);
		for (const step of session.state.steps) await takeStep(session, step);
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
