import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { KdrError } from '../../domain/errors/kdr-error.ts';
import type { ProgramEnd, ProgramOptions, Programs } from '../../ports/programs.ts';

const keptBytes = 4_096;
/** How long to wait for the last output of a program that ended, ms: a daemon it started would hold the pipes open. */
const lastWordsMs = 200;
/** How long a program that must end has to tidy up, ms; then it is killed with all it started. */
const graceMs = 5_000;

/**
 * Becomes the program, beside a watcher that holds the other end of a pipe: when kdr is gone, however it died, the pipe closes and the program
 * ends too, with all it started. A line on the pipe says that it has ended by itself.
 */
const watched = `(trap "" TERM; read -r _ <&3 && exit; kill -s TERM -- -$$; sleep ${graceMs / 1_000}; kill -s KILL -- -$$) >/dev/null 2>&1 & exec "$@" 3<&-`;

/** Programs inherit the environment of kdr, but for `secrets`: variables that kdr.yaml takes passwords from. */
export function systemPrograms(secrets: ReadonlySet<string>): Programs {
	const inherited = (named: readonly string[]): NodeJS.ProcessEnv =>
		Object.fromEntries(Object.entries(process.env).filter(([name]) => !secrets.has(name) || named.includes(name)));
	return { run: (argv, options) => run(argv, options, { ...inherited(options.inherit ?? []), ...options.env }) };
}

/** A process group of its own, so that ending it takes what it started with it. */
function run(
	[program = '', ...args]: readonly string[],
	{ within, signal }: ProgramOptions,
	env: NodeJS.ProcessEnv,
): Promise<ProgramEnd> {
	return new Promise((resolve, reject) => {
		assertExecutable(program, env.PATH ?? '');
		const child = spawn('/bin/sh', ['-c', watched, 'kdr', program, ...args], {
			env,
			stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
			detached: true,
		});
		const watcher = child.stdio[3] as Writable;
		watcher.on('error', () => {}); // it has ended with the program
		let tail = Buffer.alloc(0);
		let killed: ProgramEnd['killed'];
		let last: NodeJS.Timeout | undefined;
		const keep = (chunk: Buffer) => {
			tail = Buffer.concat([tail, chunk]).subarray(-keptBytes);
		};
		child.stdout?.on('data', keep);
		child.stderr?.on('data', keep);
		const end = (why: 'time' | 'signal') => {
			if (killed) return;
			killed = why;
			toGroup(child, 'SIGTERM');
			last = setTimeout(toGroup, graceMs, child, 'SIGKILL');
		};
		const timer = setTimeout(end, within, 'time');
		const onAbort = () => end('signal');
		signal.addEventListener('abort', onAbort);
		if (signal.aborted) onAbort();
		const tidy = () => {
			clearTimeout(timer);
			clearTimeout(last);
			signal.removeEventListener('abort', onAbort);
		};
		child.on('error', (cause) => {
			tidy();
			reject(cannotRun(program, (cause as NodeJS.ErrnoException).code ?? 'unknown'));
		});
		child.on('exit', (code) => {
			tidy();
			// What it started ends with it where it had to end; else a daemon may stay.
			if (killed) toGroup(child, 'SIGKILL');
			watcher.end('\n');
			const done = () => {
				child.stdout?.destroy();
				child.stderr?.destroy();
				const why = killed ?? (code === null ? 'other' : undefined);
				resolve({ code: killed ? null : code, output: tail.toString('utf8'), ...(why && { killed: why }) });
			};
			const late = setTimeout(done, lastWordsMs);
			child.once('close', () => {
				clearTimeout(late);
				done();
			});
		});
	});
}

const cannotRun = (program: string, code: string): KdrError =>
	new KdrError('KDR_PROGRAM_FAILED', `${JSON.stringify(program)} cannot be run (${code})`);

/** @throws KDR_PROGRAM_FAILED */
function assertExecutable(program: string, path: string): void {
	const candidates = program.includes('/') ? [program] : path.split(':').map((folder) => join(folder, program));
	if (!candidates.some(isExecutable)) throw cannotRun(program, 'no such program');
}

function isExecutable(file: string): boolean {
	try {
		accessSync(file, constants.X_OK);
		return statSync(file).isFile();
	} catch {
		return false;
	}
}

function toGroup({ pid }: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): void {
	if (pid === undefined) return;
	try {
		process.kill(-pid, signal);
	} catch {
		// it has just ended
	}
}
