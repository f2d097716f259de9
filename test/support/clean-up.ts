import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Environment variable with the folder of this run of the tests: in it is what tests write, and it marks every process they start. */
const mark = 'TEST_RUN_FOLDER';

/**
 * Once for all tests of a run. Whatever they leave on this machine is removed when the run ends, also when it is killed: a process of
 * its own waits for that.
 */
export function setup(): void {
	if (process.env[mark]) return;
	const folder = mkdtempSync(join(tmpdir(), 'kdr-tests-'));
	process.env[mark] = folder;
	// Labs that tests bring up in their own process; a person's own labs are not touched.
	process.env.XDG_STATE_HOME = folder;
	startReaper(folder);
}

/** Ends all processes marked with `folder` and removes it, once this process is gone. */
export function startReaper(folder: string): ChildProcess {
	const reaper = spawn(process.execPath, [fileURLToPath(new URL('./reaper.ts', import.meta.url)), mark, folder], {
		detached: true,
		stdio: ['pipe', 'ignore', 'inherit'],
	});
	reaper.unref();
	// Ends with this process, however that ends: the reaper waits for it.
	(reaper.stdin as unknown as { unref(): void }).unref();
	return reaper;
}

/** A new folder that is gone after the run of the tests. */
export const temporaryFolder = (name: string): string => mkdtempSync(join(process.env[mark] ?? tmpdir(), `${name}-`));
