import { readFileSync } from 'node:fs';
import { hostname, userInfo } from 'node:os';
import type { Operator } from '../domain/run/events.ts';

/** Who runs kdr, and where: journalled with every run. */
export function operator(): Operator {
	const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
		version: string;
	};
	return { user: userInfo().username, host: hostname(), pid: process.pid, version };
}

/** True only when the process of that operator certainly is gone. */
export const isGone = ({ host, pid }: Operator): boolean => host === hostname() && !isRunning(pid);

/** Whether a process of this machine is there, ours or not. */
export function isRunning(pid: number): boolean {
	try {
		process.kill(pid, 0);
		return true;
	} catch (thrown) {
		return (thrown as NodeJS.ErrnoException).code === 'EPERM';
	}
}
