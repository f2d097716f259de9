import { KdrError } from '../domain/errors/kdr-error.ts';
import { takeDown } from './down.ts';
import type { LabAlias, LabProcess, LabState } from './estate.ts';
import { type ProcessState, processFacts, signalProcess, untilGone } from './processes.ts';
import { labExists, labProcesses, openLab } from './state.ts';
import { lockLab } from './up.ts';

export { startBrokers } from './sides.ts';
export { openLab } from './state.ts';
export { labUp } from './up.ts';

/** Ends and removes a lab. Throws KDR_LAB_UNKNOWN. Gives the names of its processes. */
export async function labDown(name: string): Promise<string[]> {
	if (!labExists(name)) openLab(name);
	return await lockLab(name, () => takeDown(name));
}

/** Brokers and Connect worker of a side, by name. */
function sideProcesses(state: LabState, alias: LabAlias): { name: string; process: LabProcess }[] {
	return labProcesses(state).filter(({ name }) => name.startsWith(`${alias}-`));
}

/** Names of the processes the signal went to. */
function signalSide(state: LabState, alias: LabAlias, signal: NodeJS.Signals): string[] {
	const reached = sideProcesses(state, alias).filter(({ process }) => signalProcess(process, signal));
	if (reached.length === 0) {
		throw new KdrError('KDR_LAB_UNKNOWN', `nothing of ${alias} is running in lab "${state.name}"`, {
			hint: `kdr lab up --name ${state.name}`,
		});
	}
	return reached.map(({ name }) => name);
}

/** SIGKILL to the brokers and the Connect worker of a side: power cut. Waits until they are gone (KDR_TIMEOUT after 10 s). */
export async function killSide(state: LabState, alias: LabAlias): Promise<string[]> {
	const names = signalSide(state, alias, 'SIGKILL');
	await untilGone(sideProcesses(state, alias).map(({ process }) => process));
	return names;
}

/** SIGSTOP: connections are accepted, nothing is ever answered. */
export const freezeSide = (state: LabState, alias: LabAlias): string[] => signalSide(state, alias, 'SIGSTOP');
/** SIGCONT. */
export const thawSide = (state: LabState, alias: LabAlias): string[] => signalSide(state, alias, 'SIGCONT');

export interface LabStatusRow {
	name: string;
	state: ProcessState;
	pid: number;
	/** Resident memory, bytes. */
	rss: number;
	address: string;
}

export function labStatus(state: LabState): LabStatusRow[] {
	return labProcesses(state).map(({ name, process, address }) => ({
		name,
		...processFacts(process),
		pid: process.pid,
		address,
	}));
}
