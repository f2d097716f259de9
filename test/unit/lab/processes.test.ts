import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LabProcess } from '../../../src/lab/estate.ts';
import {
	endMarked,
	endProcesses,
	isAlive,
	processFacts,
	signalProcess,
	startProcess,
} from '../../../src/lab/processes.ts';
import { logTail, until } from '../../../src/lab/waiting.ts';
import { temporaryFolder } from '../../support/clean-up.ts';

describe('processes of the lab', () => {
	let dir: string;
	const node = (script: string): LabProcess => startProcess(dir, join(dir, 'log'), process.execPath, ['-e', script]);
	const printed = (text: string, one: LabProcess) =>
		until({ what: text, ms: 10_000, processes: [one] }, async () => (logTail(one.log, 5).includes(text) ? true : null));

	beforeEach(() => {
		dir = temporaryFolder('processes');
	});
	afterEach(async () => {
		await endMarked(dir);
		rmSync(dir, { recursive: true });
	});

	it('a process that got the pid of a dead one is not ours, and gets no signal', () => {
		const stranger = { pid: process.pid, startedAt: 'another boot/1', log: '' };
		expect(isAlive(stranger)).toBe(false);
		expect(signalProcess(stranger, 'SIGKILL')).toBe(false);
	});

	it('one that was never started is dead', () => {
		expect(processFacts({ pid: 0, startedAt: '', log: '' })).toEqual({ state: 'dead', rss: 0 });
	});

	it('freezing, thawing and ending are seen', async () => {
		const one = node('setInterval(() => {}, 1000)');
		const becomes = async (state: string) => {
			await expect.poll(() => processFacts(one).state, { timeout: 5_000 }).toBe(state);
		};
		await becomes('up');
		await expect.poll(() => processFacts(one).rss, { timeout: 5_000 }).toBeGreaterThan(1_000_000);
		signalProcess(one, 'SIGSTOP');
		await becomes('frozen');
		signalProcess(one, 'SIGCONT');
		await becomes('up');
		signalProcess(one, 'SIGSTOP');
		await endProcesses([one]);
		expect(processFacts(one).state).toBe('dead');
	});

	it.runIf(process.platform === 'linux')('children of a process that died are found and ended', async () => {
		const parent = node(`
			const child = require('node:child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { detached: true });
			console.log('child ' + child.pid + '.');
			process.kill(process.pid, 'SIGKILL');
		`);
		await expect.poll(() => isAlive(parent), { timeout: 5_000 }).toBe(false);
		const pid = Number(/child (\d+)\./.exec(logTail(parent.log, 1))?.[1]);
		expect(() => process.kill(pid, 0)).not.toThrow();
		await endMarked(dir);
		await expect.poll(() => isRunning(pid), { timeout: 5_000 }).toBe(false);
	});

	it('waiting ends at once with the end of the log when the process dies', async () => {
		const one = node('console.log("no disk left"); process.exit(3)');
		const waiting = until({ what: 'broker', ms: 60_000, processes: [one] }, async () => null);
		await expect(waiting).rejects.toMatchObject({
			code: 'KDR_LAB_START_FAILED',
			message: expect.stringContaining('no disk left'),
		});
	});

	it('waiting gives up at its deadline and says what was answered last', async () => {
		const one = node('console.log("ready"); setInterval(() => {}, 1000)');
		await printed('ready', one);
		const waiting = until({ what: 'broker', ms: 300, processes: [one] }, async () => {
			throw new Error('not leader');
		});
		await expect(waiting).rejects.toMatchObject({ message: expect.stringContaining('not leader') });
	});
});

function isRunning(pid: number): boolean {
	try {
		return process.kill(pid, 0);
	} catch {
		return false;
	}
}
