import { KdrError } from '../domain/errors/kdr-error.ts';
import { lockView } from '../domain/run/lock-view.ts';
import type { RunSignal } from '../ports/journal.ts';
import { composeWorld, openLink } from './compose.ts';
import { findRun, readJournals } from './journals.ts';
import { operator } from './operator.ts';

/** A signal that was left for a run. */
export interface SignalLeft {
	run: string;
	signal: RunSignal['type'];
	/** Whether somebody seems to be running it now. */
	held: boolean;
}

interface Request {
	config?: string | undefined;
	link?: string | undefined;
	run: string;
	signal: AbortSignal;
}

/** Leaves a signal in the run's journal, without taking its lock. @throws KDR_RUN_UNKNOWN, KDR_RUN_ENDED */
export async function leaveSignal(type: RunSignal['type'], request: Request): Promise<SignalLeft> {
	const state = findRun(await readJournals(request), request.run);
	if (state.ended?.result === 'done')
		throw new KdrError('KDR_RUN_ENDED', `run ${state.run} has already completed`, {
			hint: `kdr runs show ${state.run}`,
		});
	const world = composeWorld(await openLink({ ...request, link: state.move.link }), request.signal);
	try {
		await world.side(state.move.to).journal.signal(state.run, { type, by: operator() });
		return { run: state.run, signal: type, held: lockView(state, world.clock.now()).kind === 'live' };
	} finally {
		await world.close();
	}
}
