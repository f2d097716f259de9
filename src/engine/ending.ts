import { asKdrError, KdrError } from '../domain/errors/kdr-error.ts';
import type { RunEvent } from '../domain/run/events.ts';
import type { StepState } from '../domain/run/state.ts';
import { pastReturn } from '../domain/run/undo.ts';
import type { RunOutcome } from './env.ts';
import { isInterrupt, recordFailure, wire } from './failure.ts';
import { runFailureHooks } from './hooks.ts';
import { outcomeUnknown } from './no-answer.ts';
import type { Session } from './session.ts';

type Ended = Extract<RunEvent, { type: 'run.ended' }>;

/** The exit of what waits for a person. */
const waitsForPerson = 8;

const resumeCommand = (run: string): string => `kdr runs resume ${run}`;

export const interruptExit = (signal: AbortSignal): number => (signal.reason === 'SIGTERM' ? 143 : 130);

/** The run came to its last step: done, or incomplete when items of some step failed. */
export async function finish(session: Session): Promise<RunOutcome> {
	session.current = undefined;
	const items = session.failures;
	if (items.length === 0) return close(session, { result: 'done', exit: 0 });
	const error = new KdrError(
		'KDR_INCOMPLETE',
		`not done: ${items.map((item) => `${item.item} (${item.message})`).join('; ')}`,
		{
			hint: `once that is corrected: ${resumeCommand(session.run)}`,
			details: { items },
		},
	);
	return close(session, { result: 'incomplete', exit: error.exit }, error);
}

/** The run cannot continue: journals why, if it still may, and reports it. */
export async function halt(session: Session, thrown: unknown): Promise<RunOutcome> {
	const { env, recorder } = session;
	await recorder.settled();
	const written = recorder.state?.written ?? false;
	const lost = session.lockSignal.aborted ? session.lockSignal.reason : thrown;
	const error = asKdrError(lost);
	// Without the lock, or with a journal that takes nothing, the run stays open there and says so by its silence.
	if (error.code === 'KDR_FENCED_BY_OTHER' || error.code === 'KDR_JOURNAL_BROKEN')
		return unjournalled(session, error, written);
	if (isInterrupt(session, session.current, thrown)) {
		if (env.signal.aborted) return close(session, { result: 'interrupted', exit: interruptExit(env.signal) });
		const paused = pausedError(session);
		return close(session, { result: 'interrupted', exit: paused.exit }, paused);
	}
	const pending = error.exit === waitsForPerson;
	const final = written && !pending ? stepFailed(session, error) : error;
	if (session.current) await recordFailure(session, session.current, error);
	if (!pending) await runFailureHooks(session, error);
	return close(session, { result: written || pending ? 'halted' : 'refused', exit: final.exit }, final);
}

function pausedError({ run, pausedBy }: Session): KdrError {
	const who = pausedBy ? `${pausedBy.user}@${pausedBy.host}` : 'somebody';
	return new KdrError('KDR_PAUSED', `run ${run} stopped at a safe point: ${who} paused it`, {
		hint: `resume: ${resumeCommand(run)}`,
	});
}

function unjournalled(session: Session, error: KdrError, written: boolean): RunOutcome {
	const { state } = session.recorder;
	const outcome = { run: session.run, error, ...(state && { state }) };
	if (!written) return { ...outcome, result: 'refused', exit: error.exit };
	return { ...outcome, result: 'halted', exit: 5, goOn: resumeCommand(session.run) };
}

async function close(session: Session, end: Pick<Ended, 'result' | 'exit'>, error?: KdrError): Promise<RunOutcome> {
	const { recorder, run } = session;
	const event: RunEvent = { v: 1, type: 'run.ended', ...end, ...(error && { error: wire(error) }) };
	if (recorder.state) {
		try {
			await recorder.append(event);
		} catch (thrown) {
			if (end.result === 'done' || end.result === 'incomplete') throw thrown;
		}
	}
	const goOn = end.result !== 'done' && recorder.state ? { goOn: resumeCommand(run) } : {};
	return { run, ...end, ...(error && { error }), ...goOn, ...(recorder.state && { state: recorder.state }) };
}

/** An error after something was written: what changed, what did not, how to resume. */
function stepFailed(session: Session, error: KdrError): KdrError {
	const at = session.current?.id ?? 'its start';
	const unknown = outcomeUnknown(error);
	const supersede = supersedeWith(session);
	return new KdrError(unknown ? 'KDR_OUTCOME_UNKNOWN' : 'KDR_STEP_FAILED', `halted at ${at}: ${error.message}`, {
		hint: [
			error.hint,
			...fencedNow(session),
			`resume: ${resumeCommand(session.run)}`,
			supersede && `if ${session.move.from} is gone: ${supersede}`,
		]
			.filter((text) => text !== undefined)
			.join('; '),
		details: {
			...error.details,
			step: at,
			code: error.code,
			...extent(session),
			goOn: resumeCommand(session.run),
			...undoCommand(session),
			...(supersede !== undefined && { supersede }),
		},
		worldMayHaveChanged: unknown,
		cause: error,
	});
}

/** What holds clients up while the run waits for somebody. */
function fencedNow({ env, state, move }: Session): string[] {
	const starts = state.steps.flatMap(({ step, intentAt }) =>
		env.registry.get(step.kind)?.report?.outage === 'starts' && step.undoOf === undefined ? (intentAt ?? []) : [],
	);
	if (starts.length === 0 || pastReturn(state)) return [];
	const since = new Date(Math.min(...starts)).toISOString().replace(/\.\d+Z$/, 'Z');
	return [`clients are fenced on ${move.from} since ${since}`];
}

/** While nobody was moved, a failover can replace the run, whatever it waits for. */
const supersedeWith = ({ state, move }: Session): string | undefined =>
	state.undoes !== undefined || move.mode === 'change' || pastReturn(state)
		? undefined
		: `kdr failover --to ${move.to} --supersede "why"`;

/** Before the point of no return the way back is open, and free. */
const undoCommand = ({ run, state }: Session): { goBack?: string } =>
	state.undoes === undefined && state.written && !pastReturn(state) ? { goBack: `kdr runs undo ${run}` } : {};

/** What the run has changed so far, may have changed, and has not. */
function extent(session: Session): { changed: string[]; mayHaveChanged: string[]; notChanged: string[] } {
	const changes = session.state.steps.filter(({ step }) => session.env.registry.get(step.kind)?.type === 'change');
	const isOpen = (status: string) => status === 'intent' || status === 'failed' || status === 'started';
	const name = ({ step, summary }: StepState) => (summary ? `${step.id}: ${summary.what}` : step.id);
	return {
		changed: changes
			.filter((step) => step.status === 'done' && (step.outcome === 'applied' || step.outcome === 'partial'))
			.map(name),
		mayHaveChanged: changes.filter((step) => isOpen(step.status) && step.change !== undefined).map(name),
		notChanged: changes.filter((step) => step.status !== 'done' && step.change === undefined).map(name),
	};
}
