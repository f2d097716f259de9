import { closeSync, openSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { KdrError } from '../domain/errors/kdr-error.ts';
import { isAlive, ownIdentity } from './processes.ts';

export interface LockOptions {
	/** What the lock protects, as it is named when somebody else holds it. */
	what: string;
	/** How long to wait for the other, ms. */
	waitMs: number;
	signal?: AbortSignal | undefined;
}

/**
 * Runs `work` while holding the lock file `path`: one process of this machine at a time. The lock of a process that died
 * is taken over. Throws KDR_LOCKED when the other does not let go in time.
 */
export async function withLock<T>(
	path: string,
	{ what, waitMs, signal }: LockOptions,
	work: () => Promise<T>,
): Promise<T> {
	const deadline = performance.now() + waitMs;
	while (!create(path)) {
		if (!clearStale(path) && performance.now() > deadline) {
			throw new KdrError(
				'KDR_LOCKED',
				`${what}: another kdr is busy with it (process ${holder(path)?.pid ?? 'unknown'})`,
				{
					hint: 'wait until it has finished and try again',
				},
			);
		}
		await wait(50, undefined, { signal });
	}
	try {
		return await work();
	} finally {
		rmSync(path, { force: true });
	}
}

function create(path: string): boolean {
	try {
		const file = openSync(path, 'wx', 0o600);
		writeSync(file, JSON.stringify(ownIdentity()));
		closeSync(file);
		return true;
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
		throw error;
	}
}

function holder(path: string): { pid: number; startedAt: string } | null {
	try {
		return JSON.parse(readFileSync(path, 'utf8'));
	} catch {
		return null;
	}
}

/**
 * Removes the lock of a dead process. Only one may look and remove at a time, or the second would remove the lock
 * the first has just made: hence the guard file, which counts as abandoned after 5 s.
 */
function clearStale(path: string): boolean {
	const guard = `${path}.guard`;
	if (!create(guard)) {
		if ((ageMs(guard) ?? 0) > 5_000) rmSync(guard, { force: true });
		return false;
	}
	try {
		const owner = holder(path);
		const stale = owner ? !isAlive({ ...owner, log: '' }) : (ageMs(path) ?? 0) > 2_000;
		if (stale) rmSync(path, { force: true });
		return stale;
	} finally {
		rmSync(guard, { force: true });
	}
}

function ageMs(path: string): number | null {
	const found = statSync(path, { throwIfNoEntry: false });
	return found ? Date.now() - found.mtimeMs : null;
}
