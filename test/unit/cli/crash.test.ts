import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { crashError, writtenBy } from '../../../src/cli/crash.ts';
import type { RunEvent } from '../../../src/domain/run/events.ts';

const home = join(import.meta.dirname, '../../..');
const summary = { what: 'w', now: 'n', after: 'a', undo: '-' };
const started = { v: 1, type: 'run.started' } as RunEvent;
const intent: RunEvent = { v: 1, type: 'step.intent', step: 'a', summary, change: 1 };
const done: RunEvent = { v: 1, type: 'step.done', step: 'a', outcome: 'applied', summary, checks: [] };

test('a fault after a write ends with 5, one while a change is under way with 6, one before any write with 1', () => {
	const exitAfter = (...events: RunEvent[]) =>
		crashError(new Error('odd bytes'), { run: '7f3a', written: writtenBy(events), text: '' }).exit;
	expect(exitAfter(started)).toBe(1);
	expect(exitAfter(started, intent)).toBe(6);
	expect(exitAfter(started, intent, done)).toBe(5);
	expect(exitAfter({ v: 1, type: 'run.resumed' } as RunEvent), 'it may have written before').toBe(5);
	expect(crashError(new Error('odd bytes'), undefined).exit).toBe(1);
});

/** A command that throws where no promise hears it, in a process of its own. */
function crash(written: 'no' | 'yes' | 'maybe', ...args: string[]) {
	const program = `
		import { BaseCommand } from './src/cli/base-command.ts';
		class Moves extends BaseCommand {
			static id = 'switchover';
			async run() {
				await this.parse(Moves);
				this.warning('odd: kept');
				this.host.whenQuit(() => ({ run: '7f3a', written: '${written}', text: '' }));
				setImmediate(() => { throw new RangeError('odd bytes'); });
				await new Promise(() => setInterval(() => {}, 1_000));
			}
		}
		await Moves.run(process.argv.slice(1), process.cwd());`;
	const { status, stdout, stderr } = spawnSync(
		process.execPath,
		['--input-type=module', '-e', program, '--', ...args],
		{
			cwd: home,
			encoding: 'utf8',
		},
	);
	return { status, stdout, stderr };
}

test('an exception that no promise hears ends in the envelope, with the run and the command that resumes it', () => {
	const { status, stdout } = crash('maybe', '--json');
	expect(JSON.parse(stdout)).toMatchObject({
		ok: false,
		command: 'switchover',
		warnings: ['odd: kept'],
		error: { code: 'KDR_OUTCOME_UNKNOWN', details: { run: '7f3a', goOn: 'kdr runs resume 7f3a' } },
	});
	expect(status).toBe(6);
	const text = crash('yes');
	expect(text.status).toBe(5);
	expect(text.stderr).toContain('odd bytes');
	expect(text.stderr).toContain('kdr runs resume 7f3a');
	expect(text.stderr).not.toMatch(/^\s+at /m);
});

test('SIGTERM sent to an old Node reaches the one it hands over to, whose exit code comes back', async () => {
	const root = await mkdtemp(join(tmpdir(), 'kdr-hand-over-'));
	onTestFinished(() => rm(root, { recursive: true, force: true }));
	const own = join(root, 'node_modules/node/bin/node');
	await Promise.all([mkdir(join(root, 'bin')), mkdir(join(own, '..'), { recursive: true })]);
	await copyFile(join(home, 'bin/run.js'), join(root, 'bin/run.js'));
	await writeFile(join(root, 'package.json'), '{"type":"module"}');
	const old = "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.0.0' } });";
	await writeFile(join(root, 'old.cjs'), old);
	const child =
		"process.on('SIGTERM', () => process.exit(143 - 100)); setInterval(() => {}, 1_000); console.log('ready');";
	await writeFile(own, `#!${process.execPath}\n${child}\n`, { mode: 0o755 });
	const parent = spawn(process.execPath, ['--require', join(root, 'old.cjs'), join(root, 'bin/run.js')]);
	onTestFinished(() => void parent.kill('SIGKILL'));
	await once(parent.stdout, 'data');
	parent.kill('SIGTERM');
	expect(await once(parent, 'exit')).toEqual([43, null]);
});
