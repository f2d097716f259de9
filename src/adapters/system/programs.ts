import { type ChildProcess, spawn } from 'node:child_process';
import { KdrError } from '../../domain/errors/kdr-error.ts';
import type { ProgramEnd, ProgramOptions, Programs } from '../../ports/programs.ts';

const keptBytes = 4_096;
/** How long to wait for the last output of a program that ended, ms: a daemon it started would hold the pipes open. */
const lastWordsMs = 200;

export const systemPrograms: Programs = { run };

/** A process group of its own, so that killing it takes what it started with it. */
function run([program = '', ...args]: readonly string[], { env, within, signal }: ProgramOptions): Promise<ProgramEnd> {
	return new Promise((resolve, reject) => {
		const child = spawn(program, args, {
			env: { ...process.env, ...env },
			stdio: ['ignore', 'pipe', 'pipe'],
			detached: true,
			shell: false,
		});
		let tail = Buffer.alloc(0);
		let killed: ProgramEnd['killed'];
		const keep = (chunk: Buffer) => {
			tail = Buffer.concat([tail, chunk]).subarray(-keptBytes);
		};
		child.stdout.on('data', keep);
		child.stderr.on('data', keep);
		const kill = (why: 'time' | 'signal') => {
			killed ??= why;
			killGroup(child);
		};
		const timer = setTimeout(kill, within, 'time');
		const onAbort = () => kill('signal');
		signal.addEventListener('abort', onAbort);
		if (signal.aborted) onAbort();
		const tidy = () => {
			clearTimeout(timer);
			signal.removeEventListener('abort', onAbort);
		};
		child.on('error', (cause) => {
			tidy();
			const { code } = cause as NodeJS.ErrnoException;
			reject(
				new KdrError('KDR_PROGRAM_FAILED', `${JSON.stringify(program)} cannot be run (${code ?? 'unknown'})`, {
					cause,
				}),
			);
		});
		child.on('exit', (code) => {
			tidy();
			const end = () => {
				child.stdout.destroy();
				child.stderr.destroy();
				const why = killed ?? (code === null ? 'other' : undefined);
				resolve({ code, output: tail.toString('utf8'), ...(why && { killed: why }) });
			};
			const late = setTimeout(end, lastWordsMs);
			child.once('close', () => {
				clearTimeout(late);
				end();
			});
		});
	});
}

function killGroup({ pid }: ChildProcess): void {
	if (pid === undefined) return;
	try {
		process.kill(-pid, 'SIGKILL');
	} catch {
		// it has just ended
	}
}
