import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemPrograms } from '../../../../src/adapters/system/programs.ts';

let folder = '';
beforeEach(async () => {
	folder = await mkdtemp(join(tmpdir(), 'kdr-programs-'));
});
afterEach(() => rm(folder, { recursive: true }));

const programs = systemPrograms(new Set(['KDR_TEST_SECRET']));
const options = (signal = new AbortController().signal, within = 30_000) => ({ env: {}, within, signal });

/** Notes that it has begun, tidies up when it must end, and else runs for a minute. */
const tidy = (name: string): string[] => [
	'sh',
	'-c',
	// Silent: with kdr gone nobody reads what it writes, which would end it before it has tidied up.
	`exec 2>/dev/null; trap 'echo tidy > ${join(folder, `${name}.tidy`)}; exit 1' TERM; echo $$ > ${join(folder, name)}; i=0; while [ $i -lt 600 ]; do sleep 0.1; i=$((i+1)); done`,
];
const began = (name: string) => expect.poll(() => existsSync(join(folder, name)), { timeout: 10_000 }).toBe(true);
const isAlive = (pid: number): boolean => {
	try {
		process.kill(pid, 0);
		return true;
	} catch {
		return false;
	}
};

test('an interrupted program may tidy up before it ends', async () => {
	const stop = new AbortController();
	const end = programs.run(tidy('own'), options(stop.signal));
	await began('own');
	stop.abort('SIGINT');
	expect(await end).toMatchObject({ code: null, killed: 'signal' });
	expect(existsSync(join(folder, 'own.tidy'))).toBe(true);
});

test('a program ends with kdr, also when kdr is killed', async () => {
	const source = `
		import { systemPrograms } from ${JSON.stringify(fileURLToPath(new URL('../../../../src/adapters/system/programs.ts', import.meta.url)))};
		await systemPrograms(new Set()).run(${JSON.stringify(tidy('own'))}, { env: {}, within: 60_000, signal: new AbortController().signal });`;
	const kdr = spawn(process.execPath, ['--input-type=module', '-e', source], { stdio: 'ignore' });
	await began('own');
	const pid = Number(await readFile(join(folder, 'own'), 'utf8'));
	kdr.kill('SIGKILL');
	await expect.poll(() => isAlive(pid), { timeout: 10_000 }).toBe(false);
	expect(existsSync(join(folder, 'own.tidy'))).toBe(true);
});

test('a program does not get the variables that kdr.yaml takes passwords from, unless its step names them', async () => {
	process.env.KDR_TEST_SECRET = 'canary';
	try {
		const ask = ['sh', '-c', 'echo "$KDR_TEST_SECRET"'];
		expect((await programs.run(ask, options())).output).toBe('\n');
		expect((await programs.run(ask, { ...options(), inherit: ['KDR_TEST_SECRET'] })).output).toBe('canary\n');
	} finally {
		delete process.env.KDR_TEST_SECRET;
	}
});
