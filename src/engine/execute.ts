import type { Check } from '../domain/check.ts';
import { assertOverridesMeant, type Overridden, overriddenNow } from '../domain/plan/override.ts';
import { refusals } from '../domain/plan/planned-step.ts';
import type { CarriedOutput, Move, RunEvent } from '../domain/run/events.ts';
import { overtakenBy } from '../domain/run/order.ts';
import type { OutputName } from '../domain/run/outputs.ts';
import { scopeOf } from '../domain/run/scope.ts';
import type { RunState, UnreadableRun } from '../domain/run/state.ts';
import type { JournalWriter } from '../ports/journal.ts';
import { finish, halt, interruptExit } from './ending.ts';
import type { EngineEnv, ResumeRequest, RunOutcome, RunRequest, UndoRequest } from './env.ts';
import { byGroup, takeTogether } from './group.ts';
import { startHeartbeat } from './heartbeat.ts';
import { assertKnownSteps } from './kinds.ts';
import {
	assertMayBegin,
	assertNobodyHolds,
	assertNotTaken,
	awaitLastCall,
	type Folded,
	giveWay,
	hasSpoken,
	mayBeOpen,
	openWriters,
	prepareWriters,
	readRuns,
	resumable,
	supersedable,
	type Writers,
} from './lease.ts';
import { assertEffectsLast, LostEffect, reopenFrom } from './lost-effect.ts';
import { checksError } from './poll.ts';
import { preview, tellPlan } from './preview.ts';
import { Recorder } from './recorder.ts';
import { configChanged, inScope } from './scope.ts';
import { Session } from './session.ts';
import { assertStillPlanned, undoRun } from './undo-run.ts';

/**
 * A new run: polite lock → plan → consent → fence → steps. Throws while nothing is journalled yet (KDR_LOCKED, a check
 * that refuses the plan, what `consent` throws); afterwards every end is a RunOutcome.
 */
export async function run(env: EngineEnv, asked: RunRequest): Promise<RunOutcome> {
	return unlessInterrupted(env, asked.run, async () => {
		const lookedAt = env.clock.monotonic();
		const folded = await readRuns(env);
		const request = { ...asked, ...supersession(env, folded, asked) };
		assertMayBegin(env, folded, request);
		prepareWriters(env);
		const plan = await preview(env, request);
		tellPlan(env, request, plan, folded.runs);
		const shown = plan.flatMap(({ checks }) => checks);
		assertOverridesMeant(shown, request.consent, request.undoes === undefined ? [] : [configChanged]);
		const overridden = overriddenNow(shown, request.consent);
		const refused = refusals(plan);
		if (refused.length > 0)
			throw checksError(refused.map(({ step, check }) => ({ ...check, what: `${step}: ${check.what}` })));
		const agreed = {
			...agreedByPlan(shown),
			...request.consent,
			...(await env.consent({ run: request.run, move: request.move, plan, given: request.consent })),
		};
		env.signal.throwIfAborted();
		// People think for minutes: somebody else may have started meanwhile.
		assertMayBegin(env, await readRuns(env), request);
		return withWriters(env, (writers) =>
			start(env, { ...request, consent: agreed, overridden }, writers, { folded, lookedAt }),
		);
	});
}

/** What the journals held when this command looked at them first. */
interface FirstLook {
	folded: Folded;
	/** On the clock that never jumps. */
	lookedAt: number;
}

/** For how long nothing was heard of the run, as this process itself has seen. */
function silentMs({ clock }: EngineEnv, state: RunState | UnreadableRun, { folded, lookedAt }: FirstLook): number {
	const before = [...folded.runs, ...folded.unreadable].find(({ run }) => run === state.run);
	return !before || hasSpoken(state, before) ? 0 : clock.monotonic() - lookedAt;
}

const agreedByPlan = (shown: readonly Check[]): Record<string, string> =>
	Object.fromEntries(shown.flatMap(({ agrees }) => (agrees ? [[agrees.name, agrees.value]] : [])));

/** Names the runs that the new one replaces now: one that begins meanwhile is not meant. */
function supersession(
	env: EngineEnv,
	folded: Folded,
	{ supersede, supersedes }: RunRequest,
): Pick<RunRequest, 'supersedes' | 'endsUnreadable'> {
	if (supersede === undefined && supersedes === undefined) return {};
	const endsUnreadable = mayBeOpen(folded.unreadable).map(({ run }) => run);
	const before = supersede === undefined ? undefined : (supersedable(env, folded)?.run ?? endsUnreadable[0]);
	return {
		endsUnreadable,
		...(before !== undefined && supersede && { supersedes: { run: before, reason: supersede } }),
	};
}

/**
 * Undoes a run, last change first: a run like any other, planned, consented to, journalled and proven. Throws what `run`
 * and `resume` throw before anything is journalled, KDR_PAST_RETURN and KDR_UNDO_NOT_WHOLE (with `whole`), KDR_NOTHING_TO_UNDO.
 */
export async function undo(env: EngineEnv, request: UndoRequest): Promise<RunOutcome> {
	return unlessInterrupted(env, request.run, async () => {
		const back = await undoRun(env, request);
		return run(back.env, back.request);
	});
}

async function start(
	env: EngineEnv,
	request: RunRequest & { overridden: Overridden[] },
	{ here, there }: Writers,
	first: FirstLook,
): Promise<RunOutcome> {
	const folded = await readRuns(env);
	const superseded = assertMayBegin(env, folded, request);
	assertStillPlanned(env, folded, request);
	const session = new Session(env, request.run, request, new Recorder(env, here, request.run));
	const { move, command, title, steps, consent, clusterIds, hold, undoes, onFailure, supersedes, overridden } = request;
	const carried = supersedes ? carriedOutputs(folded, supersedes.run, move) : [];
	for (const { name, value } of carried) session.recall(name, value);
	return drive(session, async () => {
		for (const open of superseded) await awaitLastCall(env, open, silentMs(env, open, first));
		for (const open of superseded) await end((folded.elsewhere.has(open) && there) || here, open, request);
		await session.recorder.append({
			...{ v: 1, type: 'run.started', move, command, steps, operator: env.operator, consent, clusterIds },
			...{ scope: scopeOf(env.link), overridden },
			...(title !== undefined && { title }),
			...(hold && { hold }),
			...(undoes !== undefined && { undoes }),
			...(supersedes && { supersedes }),
			...(carried.length > 0 && { carried }),
			...(onFailure && { onFailure }),
		});
	});
}

/** Ends the run that is taken the link from, in its own words, so that nobody takes it for open. */
async function end(
	writer: JournalWriter,
	superseded: RunState | UnreadableRun,
	{ run, supersedes, undoes }: RunRequest,
): Promise<void> {
	const why = supersedes?.reason ?? (undoes === superseded.run ? 'it undoes this one' : 'nobody held it');
	const message = `ended for run ${run}: ${why}`;
	const event: RunEvent = {
		v: 1,
		type: 'run.ended',
		result: 'halted',
		exit: 5,
		error: { code: 'KDR_FENCED_BY_OTHER', message },
		...('seq' in superseded && { seq: superseded.seq + 1 }),
	};
	await writer.append(superseded.run, [event]);
}

/** What the superseded run read of the cluster that both leave, and nobody can read again once it is dead. */
const carriedNames: ReadonlySet<OutputName> = new Set(['sourceCommits', 'movingGroups']);

function carriedOutputs({ runs }: Folded, superseded: string, { from }: Move): CarriedOutput[] {
	const before = runs.find(({ run, move }) => run === superseded && move.from === from);
	if (!before || overtakenBy(before, runs)) return [];
	const own = before.steps.flatMap(({ output }) => (output ? [output] : []));
	return [...before.carried, ...own].filter(({ name }) => carriedNames.has(name));
}

/**
 * Resumes a run where its journal ends. Done steps stay done and give their recorded outputs; one whose effect may
 * have happened is looked at first; one done in part is tried again. Throws KDR_RUN_UNKNOWN, KDR_RUN_ENDED,
 * KDR_RUN_OVERTAKEN, KDR_CONFIG_CHANGED, KDR_CLUSTER_WRONG, KDR_JOURNAL_BROKEN, and KDR_LOCKED while its holder lives and no `takeover` says why.
 */
export async function resume(given: EngineEnv, request: ResumeRequest): Promise<RunOutcome> {
	return unlessInterrupted(given, request.run, async () => {
		const lookedAt = given.clock.monotonic();
		const before = await readRuns(given);
		const seen = resumable(given, before, request);
		assertKnownSteps(given, seen);
		const { takeover, consent = {} } = request;
		const env = inScope(given, seen, consent);
		const overridden = overriddenAtHalt(seen, consent);
		if (takeover === undefined) await assertNobodyHolds(env, seen);
		return withWriters(env, async ({ here }) => {
			// Only now is nobody else writing: the journal has everything there is.
			const folded = await readRuns(env);
			const state = resumable(env, folded, request);
			if (hasSpoken(state, seen)) assertNotTaken(env, state, request);
			await awaitLastCall(env, state, silentMs(env, state, { folded: before, lookedAt }));
			const facts = agreedSoFar(state, consent, overridden);
			const session = new Session(env, request.run, facts, new Recorder(env, here, request.run, state));
			for (const { name, value } of state.carried) session.recall(name, value);
			for (const { output } of state.steps) if (output) session.recall(output.name, output.value);
			return drive(session, () =>
				session.recorder.append({
					v: 1,
					type: 'run.resumed',
					operator: env.operator,
					...(takeover !== undefined && { takeover }),
					...(Object.keys(consent).length > 0 && { consent, overridden }),
				}),
			);
		});
	});
}

/** What overrides given with a resume cover: the findings that the run halted with. Throws KDR_OVERRIDE_UNKNOWN. */
function overriddenAtHalt({ steps }: RunState, consent: Readonly<Record<string, string>>): Overridden[] {
	const open = steps.filter(({ status }) => status !== 'done').flatMap(({ checks }) => checks);
	assertOverridesMeant(open, consent, [configChanged]);
	return overriddenNow(open, consent);
}

function agreedSoFar(state: RunState, consent: Readonly<Record<string, string>>, overridden: readonly Overridden[]) {
	return {
		move: state.move,
		consent: { ...state.consent, ...consent },
		...(state.overridden && { overridden: [...state.overridden, ...overridden] }),
	};
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
		await Promise.all([giveWay(session.env), session.listen()]);
		stopBeating = startHeartbeat(session);
		await takeAll(session);
		return await finish(session);
	} catch (thrown) {
		return await halt(session, thrown);
	} finally {
		stopBeating?.();
	}
}

/** Every step that is not done; again from the first whose effect somebody else has undone meanwhile. */
async function takeAll(session: Session): Promise<void> {
	for (;;) {
		try {
			if (session.state.resumed.length > 0) await assertEffectsLast(session);
			for (const together of byGroup(session.state.steps)) await takeTogether(session, together);
			return;
		} catch (thrown) {
			if (!(thrown instanceof LostEffect)) throw thrown;
			await reopenFrom(session, thrown);
		}
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
