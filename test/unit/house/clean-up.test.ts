import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import { until } from '../../support/until.ts';

/** A run of the tests that has started a process which outlives it, frozen like the brokers of a lab may be. */
const run = `
import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { setup, temporaryFolder } from '${new URL('../../support/clean-up.ts', import.meta.url).href}';
setup();
const folder = temporaryFolder('left');
mkdirSync(folder + '/behind');
const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { detached: true, stdio: 'ignore' });
child.unref();
process.kill(child.pid, 'SIGSTOP');
process.stdout.write(JSON.stringify({ folder, pid: child.pid }) + '\\n');
setInterval(() => {}, 1000);
`;

/** Whether the process runs or is frozen. One that is dead may stay listed (Z) where no parent waits for it. */
function isThere(pid: number): boolean {
	try {
		return process.platform === 'linux'
			? !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ')
			: process.kill(pid, 0);
	} catch {
		return false;
	}
}

test.each(['SIGINT', 'SIGTERM', 'SIGKILL'] as const)(
	'a run of the tests that ends by %s leaves no process and no folder',
	async (signal) => {
		const { TEST_RUN_FOLDER: _, ...env } = process.env;
		const tests = spawn(process.execPath, ['--input-type=module', '-e', run], {
			env,
			stdio: ['ignore', 'pipe', 'inherit'],
		});
		const ended = once(tests, 'close');
		const [line] = await once(createInterface(tests.stdout), 'line');
		const { folder, pid } = JSON.parse(String(line)) as { folder: string; pid: number };
		expect({ folder: existsSync(folder), process: isThere(pid) }).toEqual({ folder: true, process: true });
		tests.kill(signal);
		await ended;
		await until('the folder is gone', 20_000, async () => !existsSync(folder));
		// Elsewhere nobody can see which run a process belongs to.
		if (process.platform === 'linux') await until('the process is gone', 20_000, async () => !isThere(pid));
		else process.kill(pid, 'SIGKILL');
	},
);
