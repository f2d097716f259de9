import type { Check } from '../domain/check.ts';
import { KdrError } from '../domain/errors/kdr-error.ts';
import type { RunEvent, RunStep } from '../domain/run/events.ts';
import type { StepState } from '../domain/run/state.ts';
import { pastReturn } from '../domain/run/undo.ts';
import { sentence } from './poll.ts';
import { readAgain } from './read-again.ts';
import type { Session } from './session.ts';

/** The effect of a done step is gone, and the move still relies on it: somebody else undid it. */
export class LostEffect extends KdrError {
	/** By step id. */
	readonly lost: ReadonlyMap<string, Check>;

	constructor(lost: ReadonlyMap<string, Check>) {
		const checks = [...lost.values()];
		super('KDR_FENCE_REMOVED', checks.map(sentence).join('; '), {
			hint: 'stop who or what removes it, then start the move again',
			details: { checks },
		});
		this.lost = lost;
	}
}

/** How often what is gone is done again: whoever removes it a third time will not stop. */
const mostTimes = 2;

/**
 * Looks at what done steps did and the move relies on until clients have moved. Only a planned move: a failover waits for nothing on the
 * cluster that may be dying. Throws LostEffect.
 */
export async function assertEffectsLast(session: Session): Promise<void> {
	const { state, env, move } = session;
	const turn = state.steps.findIndex(({ step }) => step.pointOfNoReturn === true);
	if (turn < 0 || move.mode === 'failover' || !env.fromAlive || pastReturn(state)) return;
	await session.recorder.settled();
	const found = await Promise.all(state.steps.slice(0, turn).map((done) => lostOf(session, done)));
	const lost = new Map(found.flatMap((one) => (one ? [one] : [])));
	if (lost.size > 0) throw new LostEffect(lost);
}

async function lostOf(session: Session, { step, status, outcome }: StepState): Promise<[string, Check] | undefined> {
	if (status !== 'done' || outcome === 'skipped' || step.undoOf) return undefined;
	const { kind, params } = session.kindOf(step);
	if (kind.type !== 'change' || !kind.lost) return undefined;
	const ctx = session.context(step, session.signal);
	const facts: unknown = await readAgain(() => kind.observe(params, session.env.io, ctx), {
		again: () => session.assertMayContinue(),
		progress: ctx.progress,
	});
	const check = kind.lost(facts, params, ctx);
	return check ? [step.id, check] : undefined;
}

/**
 * Journals that the step whose effect is gone, and every one behind it that rests on it, is not done any more, so that whoever continues
 * takes them again. Throws what was given once that has happened too often.
 */
export async function reopenFrom(session: Session, gone: LostEffect): Promise<void> {
	const { steps } = session.state;
	if (session.timesLost >= mostTimes) throw gone;
	session.timesLost++;
	for (const [id, check] of gone.lost) {
		session.lost.set(id, { ...check, status: 'warn' });
		session.context(stepOf(steps, id), session.signal).progress(`set again: ${sentence(check)}`);
	}
	const first = steps.findIndex(({ step }) => gone.lost.has(step.id));
	const open = steps.slice(first).filter((state, index) => index === 0 || restsOnEarlier(session, state));
	// The last one written is where the run is.
	const events = open.toReversed().map(({ step: { id } }): RunEvent => ({ v: 1, type: 'step.started', step: id }));
	await Promise.all(events.map((event) => session.recorder.append(event)));
	session.forgetFailures(open.map(({ step }) => step.id));
}

const stepOf = (steps: readonly StepState[], id: string): RunStep => {
	const found = steps.find(({ step }) => step.id === id);
	if (!found) throw new KdrError('KDR_BUG', `no step ${id}`);
	return found.step;
};

/** What a program or a person did does not become undone. */
function restsOnEarlier({ env }: Session, { step, status, outcome }: StepState): boolean {
	const kind = env.registry.get(step.kind);
	const byOthers = kind?.mayBeHook === true || kind?.asksPerson === true || kind?.role === 'second-approval';
	return status === 'done' && outcome !== 'skipped' && !byOthers;
}
