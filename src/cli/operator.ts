import { readFileSync, readlinkSync } from 'node:fs';
import { hostname, userInfo } from 'node:os';
import type { Operator, ProcessId } from '../domain/run/events.ts';

/** Who runs kdr, and where: journalled with every run. */
export function operator(): Operator {
	const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
		version: string;
	};
	const own = ownProcess();
	const { pid } = process;
	return { user: userInfo().username, host: hostname(), pid, version, ...(own && { process: own }) };
}

/**
 * True only when the process of that operator certainly is gone: it ran under this kernel, among the processes that are seen from here,
 * and its number is free or another one's. A host name proves nothing: containers and cloned machines share it.
 */
export function isGone({ pid, process: theirs }: Operator): boolean {
	const own = ownProcess();
	if (!own || !theirs || theirs.boot !== own.boot || theirs.namespace !== own.namespace) return false;
	return startOf(pid) !== theirs.startedAt;
}

function ownProcess(): ProcessId | undefined {
	const startedAt = startOf(process.pid);
	try {
		const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
		const namespace = readlinkSync('/proc/self/ns/pid');
		return startedAt === undefined ? undefined : { boot, namespace, startedAt };
	} catch {
		return undefined; // this system does not tell
	}
}

/** When the process of that number began; undefined: there is none, or the system does not tell. */
function startOf(pid: number): string | undefined {
	try {
		const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
		// The name of the program, in parentheses, may hold spaces.
		return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
	} catch {
		return undefined;
	}
}
