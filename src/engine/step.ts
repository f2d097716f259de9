import { z } from 'zod';
import { type Check, stops } from '../domain/check.ts';
import { asKdrError, KdrError } from '../domain/errors/kdr-error.ts';
import type { ItemFailure, RunEvent, RunStep, StepOutcome, StepSummary } from '../domain/run/events.ts';
import { type OutputName, outputSchemas } from '../domain/run/outputs.ts';
import type { StepState } from '../domain/run/state.ts';
import type { AnyKind } from '../steps/kind.ts';
import { recordFailure, retryAfter } from './failure.ts';
import { holdAtEdge } from './hold.ts';
import { isSkipped, owedSummary, skipSummary } from './kinds.ts';
import { assertEffectsLast, LostEffect } from './lost-effect.ts';
import { isOwedUndo, outcomeUnknown } from './no-answer.ts';
import { type Answer, checksError, look, poll } from './poll.ts';
import { readAgain } from './read-again.ts';
import type { Session } from './session.ts';

type Change = Extract<AnyKind, { type: 'change' }>;
type Gate = Extract<AnyKind, { type: 'gate' }>;

/** A step with all that is needed to work on it. */
interface Work<K extends AnyKind> {
	session: Session;
	step: RunStep;
	kind: K;
	params: unknown;
}

interface Done {
	outcome: StepOutcome;
	summary: StepSummary;
	checks: Check[];
	failures?: ItemFailure[];
	output?: unknown;
}

/** Takes one step to its end, as often as its retries allow. The journal has each failed attempt; the next starts like a resume. */
export async function takeStep(session: Session, state: StepState): Promise<void> {
	const { step } = state;
	for (let failed = 0; ; failed++) {
		try {
			await attempt(session, state);
			return;
		} catch (thrown) {
			const waitMs = retryAfter(session, step, failed, thrown);
			if (waitMs === undefined) throw thrown;
			await recordFailure(session, step, asKdrError(thrown), waitMs);
			await session.env.clock.wait(waitMs, session.signal);
		}
	}
}

/**
 * Takes one step to its end and journals it: observe → check → plan → intent → apply → verify → done. Does nothing for a
 * step that is done; one whose effect may have happened is looked at first. Throws what stops the run.
 */
async function attempt(session: Session, state: StepState): Promise<void> {
	const { step } = state;
	if (state.status === 'done' && state.outcome !== 'partial') return;
	session.assertMayContinue();
	session.current = step;
	const { kind, params } = session.kindOf(step);
	const recorded = state.status === 'done' ? undefined : state.change;
	const recordedSummary = state.summary;
	// What follows reads meanwhile. It writes nothing before an event of its own, and no event is written after one that failed.
	session.recorder.append({ v: 1, type: 'step.started', step: step.id }).catch(() => {});
	await holdAtEdge(session, step);
	const done = async (): Promise<Done> => {
		if (isSkipped(session.env, step, session.move)) {
			return { outcome: 'skipped', summary: skipSummary(session.env, step, kind.purpose, session.move), checks: [] };
		}
		if (kind.type === 'change' && recorded !== undefined && recordedSummary) {
			const found = await findDone({ session, step, kind, params }, recorded, recordedSummary);
			if (found) return found;
		}
		const again = step.pointOfNoReturn ? await askAgain(session, step) : [];
		const end =
			kind.type === 'gate'
				? await passGate({ session, step, kind, params })
				: await makeChange({ session, step, kind, params });
		const gone = session.lost.get(step.id);
		return { ...end, checks: [...(gone ? [gone] : []), ...again, ...end.checks] };
	};
	recordDone(session, step, kind, await done().catch(owedOrThrow(session, step)));
}

/** What cannot be undone while the dead cluster does not answer is named, and left for a resume; everything else is undone. */
const owedOrThrow =
	({ env, move }: Session, step: RunStep) =>
	(thrown: unknown): Done => {
		const error = asKdrError(thrown);
		if (!isOwedUndo(env, step, error)) throw thrown;
		const failure = { item: step.undoOf?.step ?? step.id, code: error.code, message: `${move.from} does not answer` };
		return { outcome: 'partial', summary: owedSummary(step, move), checks: [], failures: [failure] };
	};

function recordDone(session: Session, step: RunStep, kind: AnyKind, done: Done): void {
	const { outcome, summary, checks, failures = [], output } = done;
	const name = kind.produces as OutputName | undefined;
	const wire =
		name === undefined || output === undefined
			? undefined
			: { name, value: z.encode(outputSchemas[name] as z.ZodType, output) };
	session.failures.push(...failures.map((failure) => ({ step: step.id, ...failure })));
	const event: RunEvent = {
		v: 1,
		type: 'step.done',
		step: step.id,
		outcome,
		summary,
		checks,
		...(wire && { output: wire.value, outputName: wire.name }),
		...(failures.length > 0 && { failures }),
	};
	// The next step's start, or the run's end, goes with it; of a group, the others may still be long. No effect comes before it is durable:
	// every intent is waited for.
	if (step.group === undefined) session.recorder.note(event);
	else session.recorder.append(event).catch(() => {});
	if (wire) session.recall(wire.name, wire.value);
}

/** What the move relies on: gates that ask for it, and the effects of done steps. */
async function askAgain(session: Session, before: RunStep): Promise<Check[]> {
	const [checks] = await Promise.all([askGatesAgain(session, before), assertEffectsLast(session)]);
	return checks;
}

/** Gates that ask for it are checked again: what they found may have changed on the way to the point of no return. */
async function askGatesAgain(session: Session, before: RunStep): Promise<Check[]> {
	await session.recorder.settled();
	const checks: Check[] = [];
	for (const { step, outcome } of session.state.steps) {
		if (step.id === before.id) break;
		const { kind, params } = session.kindOf(step);
		if (kind.type !== 'gate' || !kind.askAgain || outcome !== 'passed') continue;
		const answer = await waitAtGate({ session, step, kind, params });
		checks.push(...answer.checks);
	}
	return checks;
}

/** While a gate waits, what it waits for may never come because an earlier effect is gone. */
async function lookForLost(session: Session): Promise<void> {
	const now = session.env.clock.monotonic();
	if (now - session.lookedForLostAt < betweenLooksMs) return;
	session.lookedForLostAt = now;
	await assertEffectsLast(session).catch((thrown: unknown) => {
		// What cannot be read now is asked again right before the point of no return.
		if (thrown instanceof LostEffect || session.signal.aborted) throw thrown;
	});
}

const betweenLooksMs = 3_000;

async function passGate(work: Work<Gate>): Promise<Done> {
	const { facts, checks } = await waitAtGate(work);
	const { kind, params, session, step } = work;
	const ctx = session.context(step, session.signal);
	return {
		outcome: 'passed',
		summary: kind.summary(facts, params, ctx),
		checks,
		output: kind.output?.(facts, params, ctx),
	};
}

async function waitAtGate({ session, step, kind, params }: Work<Gate>): Promise<Answer<unknown>> {
	const ctx = session.context(step, session.signal);
	const waitMs = step.timeoutMs ?? kind.waitMs(params);
	let first: unknown;
	const observe = (): Promise<unknown> => kind.observe(params, session.env.io, ctx, first);
	const again = { again: () => session.assertMayContinue(), progress: ctx.progress };
	const ask = async () => {
		// A gate that waits looks again by itself.
		const facts = await (waitMs > 0 ? observe() : readAgain(observe, again));
		first ??= facts;
		return { facts, checks: session.withOverrides(kind.check(facts, params, ctx)) };
	};
	const askOnce = async () => {
		const answer = await look(kind.purpose, ask, session.signal);
		if (answer.checks.some(stops)) await lookForLost(session);
		return answer;
	};
	const answer = await poll(askOnce, {
		clock: session.env.clock,
		signal: session.signal,
		waitMs,
		waiting: ctx.progress,
	});
	if (answer.checks.some(stops)) throw checksError(answer.checks);
	return answer;
}

async function makeChange(work: Work<Change>): Promise<Done> {
	const { session, step, kind, params } = work;
	const ctx = session.context(step, session.signal);
	const facts: unknown = await readAgain(() => kind.observe(params, session.env.io, ctx), {
		again: () => session.assertMayContinue(),
		progress: ctx.progress,
	});
	const before = session.withOverrides(kind.check(facts, params, ctx));
	if (before.some(stops)) throw checksError(before);
	const { change, summary } = kind.plan(facts, params, ctx);
	if (change === null) {
		const answer = await settle(work, null, []);
		if (answer.checks.some(stops)) throw checksError(answer.checks);
		return changed(work, { outcome: 'already', summary, checks: [...before, ...answer.checks] }, answer.facts, null);
	}
	session.assertMayContinue();
	await session.recorder.append({
		v: 1,
		type: 'step.intent',
		step: step.id,
		summary,
		change: z.encode(kind.change, change),
	});
	session.assertMayContinue();
	const { failures, answer } = await applyAndVerify(work, change);
	const outcome = failures.length > 0 ? 'partial' : 'applied';
	return changed(work, { outcome, summary, checks: [...before, ...answer.checks], failures }, answer.facts, change);
}

const changed = ({ kind, params, session, step }: Work<Change>, done: Done, facts: unknown, change: unknown): Done => ({
	...done,
	output: kind.output?.(facts, change, params, session.context(step, session.signal)),
});

/** The effect. When its reply was lost the world itself is asked; only what that does not settle stays unknown. */
async function applyAndVerify(
	work: Work<Change>,
	change: unknown,
): Promise<{ failures: ItemFailure[]; answer: Answer<unknown> }> {
	const { kind, session, step } = work;
	let failures: ItemFailure[] = [];
	let lostReply: KdrError | undefined;
	try {
		failures = await kind.apply(change, session.env.io, session.context(step, session.signal));
	} catch (thrown) {
		const error = asKdrError(thrown);
		if (session.lockSignal.aborted || !outcomeUnknown(error)) throw thrown;
		lostReply = error;
	}
	const answer = await settle(work, change, failures);
	if (answer.checks.some(stops)) throw lostReply ?? lostMeanwhile(work, answer) ?? checksError(answer.checks);
	return { failures, answer };
}

/** Whether what was done shows no more because somebody undid it at once. */
function lostMeanwhile(
	{ session, step, kind, params }: Work<Change>,
	{ facts }: Answer<unknown>,
): LostEffect | undefined {
	const ctx = session.context(step, session.signal);
	const check = facts === undefined || step.undoOf ? null : kind.lost?.(facts, params, ctx);
	return check ? new LostEffect(new Map([[step.id, check]])) : undefined;
}

/** Looks until the change shows or its time is over. The first look is not cut by an interrupt: the write is done, its proof is near. */
function settle(work: Work<Change>, change: unknown, failures: readonly ItemFailure[]): Promise<Answer<unknown>> {
	const { session, step, kind } = work;
	return poll(() => look(kind.purpose, () => verifyOnce(work, change, failures), session.lockSignal), {
		clock: session.env.clock,
		signal: session.signal,
		waitMs: step.timeoutMs ?? kind.settleMs,
		waiting: session.context(step, session.signal).progress,
	});
}

async function verifyOnce(
	work: Work<Change>,
	change: unknown,
	failures: readonly ItemFailure[],
): Promise<Answer<unknown>> {
	const { session, step, kind, params } = work;
	const ctx = session.context(step, session.lockSignal);
	const { io } = session.env;
	const facts: unknown =
		change !== null && kind.reread ? await kind.reread(change, params, io, ctx) : await kind.observe(params, io, ctx);
	return { facts, checks: kind.verify(facts, change, params, ctx, failures) };
}

/** A step stopped between its intent and its outcome: done if the world shows the recorded change, else undefined. */
async function findDone(work: Work<Change>, wire: unknown, summary: StepSummary): Promise<Done | undefined> {
	const { session, step, kind } = work;
	const decoded = z.safeDecode(kind.change, wire);
	if (!decoded.success)
		throw new KdrError('KDR_JOURNAL_BROKEN', `the recorded change of step ${step.id} cannot be read from the journal`);
	const answer = await look(kind.purpose, () => verifyOnce(work, decoded.data, []), session.lockSignal);
	session.assertMayContinue();
	if (answer.checks.some(stops)) return undefined;
	return changed(work, { outcome: 'already', summary, checks: answer.checks }, answer.facts, decoded.data);
}
