import { asKdrError, KdrError } from '../domain/errors/kdr-error.ts';
import type { RunEvent } from '../domain/run/events.ts';

/** A run that this process works on, and what remains of it if the process ends now. */
export interface OpenRun {
	run: string;
	/** `maybe`: a change is under way. */
	written: 'no' | 'yes' | 'maybe';
	/** For the screen. */
	text: string;
}

/** Whether events of one process wrote anything; a run that it resumed may have written before. */
export function writtenBy(events: readonly RunEvent[]): OpenRun['written'] {
	const underWay = new Set<string>();
	let written = events[0] !== undefined && events[0].type !== 'run.started';
	for (const event of events) {
		if (event.type === 'step.intent') {
			written = true;
			underWay.add(event.step);
		}
		if (event.type === 'step.done' || (event.type === 'step.failed' && !event.worldMayHaveChanged))
			underWay.delete(event.step);
	}
	if (underWay.size > 0) return 'maybe';
	return written ? 'yes' : 'no';
}

/** A fault of kdr's own, as the end of the run it stopped: exit 6 while a change was under way, 5 after one, else 1. */
export function crashError(thrown: unknown, open: OpenRun | undefined): KdrError {
	const error = asKdrError(thrown);
	if (!open || open.written === 'no') return error;
	const goOn = `kdr runs resume ${open.run}`;
	return new KdrError(
		open.written === 'maybe' ? 'KDR_OUTCOME_UNKNOWN' : 'KDR_STEP_FAILED',
		`run ${open.run} stopped because of a fault in kdr: ${error.message}`,
		{
			hint: `look: kdr status; resume: ${goOn}`,
			details: { run: open.run, code: error.code, goOn },
			worldMayHaveChanged: open.written === 'maybe',
			cause: thrown,
		},
	);
}
