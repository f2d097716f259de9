import { KdrError } from '../domain/errors/kdr-error.ts';
import type { RunStep } from '../domain/run/events.ts';
import { askUntil } from '../ports/ask-until.ts';
import { look, sentence } from './poll.ts';
import type { Session } from './session.ts';

const everyMs = 2_000;

/**
 * Waits right before the point of no return, reporting its state, until somebody releases the run. Does nothing in a run
 * that is not to be held, or was released. Throws KDR_HELD when the time it was held for is over.
 */
export async function holdAtEdge(session: Session, step: RunStep): Promise<void> {
	const { hold, released, steps } = session.state;
	const crossed = steps.find((state) => state.step.id === step.id)?.intents.length !== 0;
	if (!hold || !step.pointOfNoReturn || released || crossed) return;
	await session.recorder.append({ v: 1, type: 'run.held', step: step.id });
	const { progress } = session.context(step, session.signal);
	const heard = async () => {
		await session.hear();
		session.assertMayContinue();
		return session.releasedBy;
	};
	const by = await askUntil(heard, {
		...{ clock: session.env.clock, signal: session.signal, everyMs },
		withinMs: hold.forMs ?? Number.POSITIVE_INFINITY,
		isEnough: (released) => released !== undefined,
		waiting: async () => progress(`held: ${(await edge(session, step)).join('; ')}`),
	});
	if (!by) throw heldTooLong(session.run);
	await session.recorder.append({ v: 1, type: 'run.released', step: step.id, by });
}

const heldTooLong = (run: string): KdrError =>
	new KdrError('KDR_HELD', `run ${run} waited before its point of no return, and nobody released it in time`, {
		hint: `to let it pass, release it (kdr runs release ${run}), then resume it`,
		details: { goOn: `kdr runs resume ${run}`, goBack: `kdr runs abort ${run}` },
	});

/** What whoever releases the run wants to know, as it is now. */
async function edge(session: Session, before: RunStep): Promise<string[]> {
	const ctx = session.context(before, session.signal);
	const { env, state } = session;
	const out = state.steps
		.filter(({ step }) => env.registry.get(step.kind)?.report?.outage === 'starts')
		.flatMap(({ intentAt }) => intentAt ?? []);
	const totals = ctx.output('offsetTotals');
	return [
		...(out.length > 0
			? [`clients without service for ${Math.round(session.recorder.since(Math.min(...out)) / 1_000)} s`]
			: []),
		...(
			await Promise.all(state.steps.map(({ step, outcome }) => (outcome === 'passed' ? asked(session, step) : [])))
		).flat(),
		...(totals ? [`read again ${totals.rereadAtMost === null ? 'unknown' : `at most ${totals.rereadAtMost}`}`] : []),
	];
}

/** Gates that count at the edge: those asked again there, and what may be lost. */
async function asked(session: Session, step: RunStep): Promise<string[]> {
	const { kind, params } = session.kindOf(step);
	if (kind.type !== 'gate' || !(kind.askAgain || kind.produces === 'loss')) return [];
	const ctx = session.context(step, session.signal);
	const read = async () => ({ checks: kind.check(await kind.observe(params, session.env.io, ctx), params, ctx) });
	const { checks } = await look(kind.purpose, read, session.signal);
	return checks.map(sentence);
}
