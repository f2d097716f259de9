import { readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { runCopy, runCopyFolder } from '../../../../src/adapters/system/run-copy.ts';
import { temporaryFolder } from '../../../support/clean-up.ts';

const dir = temporaryFolder('copy');
afterEach(() => rmSync(dir, { recursive: true, force: true }));
const event = { v: 1, type: 'step.started', step: 'dns' } as const;

test('every event is a line of JSON in a file of the owner alone', () => {
	const folder = join(dir, 'kdr', 'runs');
	const warned: string[] = [];
	const copy = runCopy(folder, '7f3a', (text) => warned.push(text));
	copy.add(event, 0);
	copy.add(event, 1_000);
	copy.close();
	const file = join(folder, '7f3a.ndjson');
	const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
	expect(lines.map((line) => JSON.parse(line))).toEqual([
		{ at: '1970-01-01T00:00:00.000Z', run: '7f3a', event },
		{ at: '1970-01-01T00:00:01.000Z', run: '7f3a', event },
	]);
	expect(statSync(file).mode & 0o777).toBe(0o600);
	expect(warned).toEqual([]);
});

test('a copy that cannot be written warns once and stops nobody: a full disk, a link in its place, a folder that is a file', () => {
	const folder = join(dir, 'runs');
	runCopy(folder, 'first', () => {}).add(event, 0);
	symlinkSync('/dev/full', join(folder, 'full.ndjson'));
	writeFileSync(join(dir, 'file'), '');
	for (const [where, run] of [
		[folder, 'full'],
		[join(dir, 'file'), 'r'],
		[folder, '../escape'],
	] as const) {
		const warned: string[] = [];
		const copy = runCopy(where, run, (text) => warned.push(text));
		for (let i = 0; i < 3; i++) copy.add(event, i);
		copy.close();
		expect(warned.length, run).toBe(run === '../escape' ? 0 : 1);
	}
});

test('copies lie where the state of programs lies', () => {
	expect(runCopyFolder({ XDG_STATE_HOME: '/var/state' })).toBe('/var/state/kdr/runs');
	expect(runCopyFolder({})).toMatch(/\.local\/state\/kdr\/runs$/);
});
