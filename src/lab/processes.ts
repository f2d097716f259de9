import { execFileSync, spawn } from 'node:child_process';
import { closeSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { KdrError } from '../domain/errors/kdr-error.ts';
import type { LabProcess } from './estate.ts';

export type ProcessState = 'up' | 'frozen' | 'dead';

export interface ProcessFacts {
	state: ProcessState;
	/** Resident memory, bytes. */
	rss: number;
}

interface Seen extends ProcessFacts {
	start: string;
	/** Of a dead process: more than one while its other threads still end. */
	threads: number;
}

/** Environment variable that marks every process of a lab, and what those start in turn, with the lab's directory. */
const mark = 'KDR_LAB_PROCESS_OF';

/** Starts a process that outlives us, in a group of its own; its output goes to `log`. */
export function startProcess(dir: string, log: string, command: string, args: readonly string[]): LabProcess {
	const out = openSync(log, 'a', 0o600);
	try {
		const child = spawn(command, args, {
			detached: true,
			stdio: ['ignore', out, out],
			cwd: dir,
			env: { ...process.env, [mark]: dir },
		});
		child.on('error', () => {}); // seen by whoever waits for the process: it is dead
		child.unref();
		return { pid: child.pid ?? 0, startedAt: see(child.pid ?? 0)?.start ?? '', log };
	} finally {
		closeSync(out);
	}
}

/** What the process does now. One that has ended, or whose pid now belongs to another, is dead. */
export function processFacts({ pid, startedAt }: LabProcess): ProcessFacts {
	const seen = see(pid);
	if (!seen || seen.start !== startedAt) return { state: 'dead', rss: 0 };
	return { state: seen.state, rss: seen.rss };
}

export const isAlive = (process: LabProcess): boolean => processFacts(process).state !== 'dead';

/** Sends the signal if the process is still ours; false when it is gone. */
export function signalProcess(target: LabProcess, signal: NodeJS.Signals): boolean {
	return isAlive(target) && send(target.pid, signal);
}

/** SIGKILL to the processes and all they started, then waits until they are gone (KDR_TIMEOUT after 10 s). */
export async function endProcesses(targets: readonly LabProcess[]): Promise<void> {
	for (const target of targets) {
		if (isAlive(target) && !send(-target.pid, 'SIGKILL')) send(target.pid, 'SIGKILL');
	}
	await untilGone(targets);
}

/** SIGTERM, and whether the process is gone within `ms`. */
export async function endGently(target: LabProcess, ms: number): Promise<boolean> {
	const deadline = performance.now() + ms;
	signalProcess(target, 'SIGTERM');
	while (!isGone(target)) {
		if (performance.now() > deadline) return false;
		await wait(50);
	}
	return true;
}

/**
 * Waits until nothing is left of the processes: no thread, no port, no lock on a file. A killed JVM is dead some time before that.
 * Throws KDR_TIMEOUT after 10 s.
 */
export async function untilGone(targets: readonly LabProcess[]): Promise<void> {
	await gone(() => targets.filter((one) => !isGone(one)).map(({ pid }) => pid));
}

function isGone({ pid, startedAt }: LabProcess): boolean {
	const seen = look(pid);
	return seen === null || seen.start !== startedAt || (seen.state === 'dead' && seen.threads <= 1);
}

/** The same for whatever carries the lab's mark, recorded or not (children of a process that died). */
export async function endMarked(dir: string): Promise<void> {
	for (const pid of markedPids(dir)) send(pid, 'SIGKILL');
	await gone(() => markedPids(dir));
}

async function gone(left: () => number[]): Promise<void> {
	const deadline = performance.now() + 10_000;
	for (let pids = left(); pids.length > 0; pids = left()) {
		if (performance.now() > deadline)
			throw new KdrError('KDR_TIMEOUT', `processes ${pids.join(', ')} did not end within 10 s of SIGKILL`);
		await wait(20);
	}
}

function send(pid: number, signal: NodeJS.Signals): boolean {
	try {
		return process.kill(pid, signal);
	} catch {
		return false; // ended meanwhile
	}
}

function see(pid: number): Seen | null {
	const seen = look(pid);
	return seen?.state === 'dead' ? null : seen;
}

function look(pid: number): Seen | null {
	if (pid <= 0) return null;
	return process.platform === 'linux' ? seeInProc(pid) : seeWithPs(pid);
}

const stateOf = (letter: string): ProcessState => {
	if (letter === 'T' || letter === 't') return 'frozen';
	return letter === 'Z' || letter === 'X' ? 'dead' : 'up';
};

/** proc(5): fields after the command's closing bracket; 3 is the state, 20 the threads, 22 the start in ticks since boot. */
function seeInProc(pid: number): Seen | null {
	try {
		const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
		const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
		const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
		const rss = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
		return {
			state: stateOf(fields[0] ?? 'X'),
			start: `${boot}/${fields[19]}`,
			threads: Number(fields[17]),
			rss: Number(rss ?? 0) * 1024,
		};
	} catch {
		return null;
	}
}

function seeWithPs(pid: number): Seen | null {
	try {
		const line = execFileSync('ps', ['-o', 'stat=,rss=,lstart=', '-p', String(pid)], {
			encoding: 'utf8',
			stdio: ['ignore', 'pipe', 'ignore'],
		});
		const [letters = 'X', rss = '0', ...start] = line.trim().split(/\s+/);
		return { state: stateOf(letters.charAt(0)), rss: Number(rss) * 1024, start: start.join(' '), threads: 1 };
	} catch {
		return null;
	}
}

/** Only Linux shows the environment of processes; elsewhere ending each process's group has to do. */
function markedPids(dir: string): number[] {
	if (process.platform !== 'linux') return [];
	const pids = readdirSync('/proc').filter((entry) => /^\d+$/.test(entry));
	return pids.map(Number).filter((pid) => pid !== process.pid && isMarked(pid, dir));
}

function isMarked(pid: number, dir: string): boolean {
	try {
		const environment = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
		return environment.includes(`${mark}=${dir}`) && see(pid) !== null;
	} catch {
		return false;
	}
}

/** Pid and start of this very process, for locks. */
export function ownIdentity(): { pid: number; startedAt: string } {
	return { pid: process.pid, startedAt: see(process.pid)?.start ?? '' };
}
