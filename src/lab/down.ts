import { rm } from 'node:fs/promises';
import { keepServerClasses } from './class-archive.ts';
import { labDir } from './paths.ts';
import { endMarked, endProcesses } from './processes.ts';
import { releaseSlice } from './slices.ts';
import { labProcesses, readState } from './state.ts';

/** Ends every process of the lab, frees its addresses, removes its directory. Safe to repeat; for whoever holds the lab's lock. */
export async function takeDown(name: string): Promise<string[]> {
	const dir = labDir(name);
	const state = readState(dir);
	if (state) await keepServerClasses(state);
	const processes = state ? labProcesses(state) : [];
	await endProcesses(processes.map(({ process }) => process));
	await endMarked(dir);
	releaseSlice(dir);
	await rm(dir, { recursive: true, force: true, maxRetries: 3 });
	return processes.map((one) => one.name);
}
