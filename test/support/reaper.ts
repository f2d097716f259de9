/**
 * Waits until whoever started it is gone, then ends what the tests have left running and removes their folder.
 * `node reaper.ts MARK FOLDER`: their processes have MARK=FOLDER in their environment.
 */
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

const [mark = '', folder = ''] = process.argv.slice(2);

// Ctrl-C in a terminal goes to it as well: it has work to do then.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});
process.stdin.resume();
await new Promise((resolve) => process.stdin.on('close', resolve));

// Those that are just being started appear a moment later.
for (let quiet = 0; quiet < 3; await pause(100)) {
	const pids = marked();
	for (const pid of pids) kill(pid);
	quiet = pids.length === 0 ? quiet + 1 : 0;
}
rmSync(folder, { recursive: true, force: true, maxRetries: 10 });

/** Only Linux shows the environment of processes; elsewhere the folder is removed, and labs are taken down by their tests alone. */
function marked(): number[] {
	if (process.platform !== 'linux') return [];
	const pids = readdirSync('/proc').filter((entry) => /^\d+$/.test(entry));
	return pids.map(Number).filter((pid) => pid !== process.pid && isMarked(pid));
}

function isMarked(pid: number): boolean {
	try {
		return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(`${mark}=${folder}`);
	} catch {
		return false; // ended meanwhile, or somebody else's
	}
}

function kill(pid: number): void {
	try {
		process.kill(pid, 'SIGKILL');
	} catch {
		// ended meanwhile
	}
}
