import { readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { KdrError } from '../domain/errors/kdr-error.ts';
import type { LabProcess } from './estate.ts';
import { isAlive } from './processes.ts';

export interface Waiting {
	/** What is waited for, as a person would say it. */
	what: string;
	ms: number;
	/** Without them there is nothing to wait for; the log of the one at fault is shown. */
	processes: readonly LabProcess[];
	signal?: AbortSignal | undefined;
}

/**
 * Asks until the answer is not null. A probe that throws has not answered yet. Throws KDR_LAB_START_FAILED with the
 * end of the log when the process ends meanwhile or the time is over.
 */
export async function until<T>({ what, ms, processes, signal }: Waiting, probe: () => Promise<T | null>): Promise<T> {
	const deadline = performance.now() + ms;
	let last = '';
	while (true) {
		signal?.throwIfAborted();
		try {
			const answer = await probe();
			if (answer !== null) return answer;
		} catch (error) {
			last = `; last answer: ${error instanceof Error ? error.message : String(error)}`;
		}
		const ended = processes.find((one) => !isAlive(one));
		if (ended) throw startFailed(`${what}: the process ended`, ended.log);
		if (performance.now() > deadline)
			throw startFailed(`${what}: not within ${Math.round(ms / 1000)} s${last}`, processes[0]?.log ?? '');
		await wait(100, undefined, { signal });
	}
}

function startFailed(message: string, log: string): KdrError {
	const tail = logTail(log, 12);
	return new KdrError('KDR_LAB_START_FAILED', tail ? `${message}\nEnd of its log:\n${tail}` : message, {
		details: { log },
	});
}

/** Last lines of a log; empty when there is none. */
export function logTail(path: string, lines: number): string {
	try {
		return readFileSync(path, 'utf8').trimEnd().replaceAll('\t', '  ').split('\n').slice(-lines).join('\n');
	} catch {
		return '';
	}
}
