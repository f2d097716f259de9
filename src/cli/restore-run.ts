import { readFile } from 'node:fs/promises';
import { KdrError } from '../domain/errors/kdr-error.ts';
import type { Move, RunEvent } from '../domain/run/events.ts';
import { foldRuns } from '../domain/run/fold.ts';
import { lockView, openRun } from '../domain/run/lock-view.ts';
import type { World } from '../ports/world.ts';

/** The events of one run, from its copy on this machine. */
export interface CopiedRun {
	run: string;
	move: Move;
	events: RunEvent[];
}

/** @throws KDR_FILE_BROKEN */
export async function readCopy(file: string): Promise<CopiedRun> {
	const text = await readFile(file, 'utf8').catch((cause: unknown) => {
		throw new KdrError('KDR_FILE_BROKEN', `${file} cannot be read`, { cause });
	});
	const lines = text
		.trim()
		.split('\n')
		.map((line, index) => lineOf(line, `${file}:${index + 1}`));
	const [first] = lines;
	const started = first?.event;
	if (!first || started?.type !== 'run.started' || lines.some(({ run }) => run !== first.run))
		throw new KdrError('KDR_FILE_BROKEN', `${file} is not the copy of one run from its start`);
	return { run: first.run, move: started.move, events: lines.map(({ event }) => event) };
}

function lineOf(line: string, where: string): { run: string; event: RunEvent } {
	try {
		const { run, event } = JSON.parse(line) as { run?: unknown; event?: { v?: unknown; type?: unknown } };
		if (typeof run === 'string' && event?.v === 1 && typeof event.type === 'string')
			return { run, event: event as RunEvent };
	} catch {
		// said below
	}
	throw new KdrError('KDR_FILE_BROKEN', `${where}: not an event of a run`);
}

/** Writes to the journal what it lacks of the run. Gives how many events that were. Throws KDR_LOCKED while somebody runs something. */
export async function restoreRun(world: World, { run, move, events }: CopiedRun): Promise<number> {
	const { journal } = world.side(move.to);
	const { runs } = foldRuns(await journal.read(move.link));
	const open = openRun(runs, move.link);
	if (open && lockView(open, world.clock.now()).kind === 'live')
		throw new KdrError('KDR_LOCKED', `run ${open.run} of link ${move.link} is active`, {
			hint: `kdr runs show ${open.run}`,
		});
	const known = runs.find((state) => state.run === run)?.seq ?? 0;
	const missing = events.filter(({ seq }) => seq !== undefined && seq > known);
	if (missing.length === 0) return 0;
	const writer = await journal.open(move.link);
	try {
		await writer.append(run, missing);
	} finally {
		await writer.close();
	}
	return missing.length;
}
