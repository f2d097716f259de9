import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { isGone, operator } from '../../../src/cli/operator.ts';
import type { ProcessId } from '../../../src/domain/run/events.ts';

const me = operator();
const own: ProcessId = me.process ?? { boot: 'unknown', namespace: '', startedAt: '' };

test('a process that runs is not gone', () => {
	expect(isGone(me)).toBe(false);
});

test('a process that has ended is gone, and so is one whose number another process has now', async () => {
	const child = spawn(process.execPath, ['-e', '']);
	const { pid = 0 } = child;
	await once(child, 'exit');
	expect(own.boot).not.toBe('unknown');
	expect(isGone({ ...me, pid })).toBe(true);
	expect(isGone({ ...me, process: { ...own, startedAt: '1' } })).toBe(true);
});

test.each([
	['under another kernel', { boot: 'another' }],
	['in another container', { namespace: 'pid:[1]' }],
])('of a process %s with the same host name nothing is known', (_, other) => {
	const theirs = { ...me, pid: 999_999_999, process: { ...own, ...other } };
	expect(isGone(theirs)).toBe(false);
});

test('of a process whose run does not say what tells it apart nothing is known', () => {
	const { process: _, ...theirs } = me;
	expect(isGone({ ...theirs, pid: 999_999_999 })).toBe(false);
});
