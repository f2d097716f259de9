import { open } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { KdrError } from '../domain/errors/kdr-error.ts';
import type { LabState } from './estate.ts';
import { labProcesses } from './state.ts';
import { logTail } from './waiting.ts';

export interface LabLog {
	name: string;
	file: string;
	/** Last lines. */
	tail: string;
}

/** Logs of one process of the lab, or of all. Throws KDR_USAGE for a name that is none of them. */
export function labLogs(state: LabState, name: string | undefined, lines: number): LabLog[] {
	const all = labProcesses(state);
	const chosen = name === undefined ? all : all.filter((one) => one.name === name);
	if (chosen.length === 0) {
		throw new KdrError('KDR_USAGE', `lab "${state.name}" has no process "${name}"`, {
			hint: `one of ${all.map((one) => one.name).join(', ')}`,
		});
	}
	return chosen.map(({ name, process }) => ({ name, file: process.log, tail: logTail(process.log, lines) }));
}

/** Hands over what is added to the logs, until the signal. */
export async function followLogs(
	logs: readonly LabLog[],
	signal: AbortSignal,
	print: (log: LabLog, added: string) => void,
): Promise<void> {
	await Promise.all(logs.map((log) => follow(log, signal, (added) => print(log, added))));
}

async function follow(log: LabLog, signal: AbortSignal, print: (added: string) => void): Promise<void> {
	const file = await open(log.file, 'r');
	const buffer = Buffer.alloc(64 * 1024);
	try {
		let at = (await file.stat()).size;
		while (!signal.aborted) {
			const { bytesRead } = await file.read(buffer, 0, buffer.length, at);
			at += bytesRead;
			if (bytesRead > 0) print(buffer.toString('utf8', 0, bytesRead));
			else await wait(200, undefined, { signal }).catch(() => {}); // ended by the signal: the loop sees it
		}
	} finally {
		await file.close();
	}
}
