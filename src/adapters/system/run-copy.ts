import { closeSync, constants, mkdirSync, openSync, writeSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { RunEvent } from '../../domain/run/events.ts';

const { O_APPEND, O_CREAT, O_NOFOLLOW, O_WRONLY } = constants;

/** The folder of run copies: `$XDG_STATE_HOME/kdr/runs`, else `~/.local/state/kdr/runs`. */
export const runCopyFolder = (env: Readonly<Record<string, string | undefined>>): string =>
	join(env.XDG_STATE_HOME || join(homedir(), '.local', 'state'), 'kdr', 'runs');

/**
 * A copy of a run's journalled events on this machine, one JSON line each, for people and tools to read; nothing is ever
 * decided from it. The first failure (a full disk, a folder that is not ours) goes to `warn` and ends the copy; the run continues.
 */
export function runCopy(
	folder: string,
	run: string,
	warn: (text: string) => void,
): { add(event: RunEvent, at: number): void; close(): void } {
	const file = join(folder, `${run}.ndjson`);
	let fd: number | undefined;
	let failed = !/^[A-Za-z0-9-]{1,64}$/.test(run);
	const open = (): number => {
		mkdirSync(folder, { recursive: true, mode: 0o700 });
		// A link somebody put there could name any file of ours.
		return openSync(file, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW, 0o600);
	};
	return {
		add(event, at) {
			if (failed) return;
			try {
				fd ??= open();
				writeSync(fd, `${JSON.stringify({ at: new Date(at).toISOString(), run, event })}\n`);
			} catch (thrown) {
				failed = true;
				warn(
					`run-copy: ${file} cannot be written: ${thrown instanceof Error ? thrown.message : String(thrown)}; the journal is complete`,
				);
			}
		},
		close() {
			if (fd !== undefined) closeSync(fd);
			fd = undefined;
		},
	};
}
