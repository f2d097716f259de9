import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { freemem, totalmem } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { KdrError } from '../domain/errors/kdr-error.ts';
import type { Endpoint } from './addresses.ts';
import { text } from './addresses.ts';

const run = promisify(execFile);
const deadline = { timeout: 15_000 };

const install = {
	java: 'Debian/Ubuntu: sudo apt install openjdk-17-jre-headless   macOS: brew install openjdk@17 (then set JAVA_HOME to it)',
	maven: 'Debian/Ubuntu: sudo apt install maven   macOS: brew install maven',
};

export const javaCommand = (env: NodeJS.ProcessEnv = process.env): string =>
	env.JAVA_HOME ? join(env.JAVA_HOME, 'bin', 'java') : 'java';

/** Kafka 4 brokers and Connect need Java 17 (facts §10.2). Throws KDR_LAB_NEEDS. */
export async function needJava(): Promise<void> {
	const command = javaCommand();
	let printed: string;
	try {
		const { stdout, stderr } = await run(command, ['-version'], deadline);
		printed = stderr + stdout;
	} catch (cause) {
		throw new KdrError('KDR_LAB_NEEDS', `the lab runs Kafka and needs Java 17 or newer; "${command}" cannot be run`, {
			hint: install.java,
			cause,
		});
	}
	const major = javaMajor(printed);
	if (major === null || major < 17) {
		throw new KdrError(
			'KDR_LAB_NEEDS',
			`the lab needs Java 17 or newer; "${command}" is ${major === null ? 'of an unknown version' : `Java ${major}`}`,
			{
				hint: install.java,
			},
		);
	}
}

/** `version "17.0.15"` → 17, `version "1.8.0_402"` → 8; null when there is none. */
export function javaMajor(printed: string): number | null {
	const found = /version "(?:1\.)?(\d+)/.exec(printed)?.[1];
	return found === undefined ? null : Number(found);
}

export async function needMaven(): Promise<void> {
	try {
		await run('mvn', ['-v'], deadline);
	} catch (cause) {
		throw new KdrError('KDR_LAB_NEEDS', 'the lab fetches Kafka with Maven (once); "mvn" cannot be run', {
			hint: install.maven,
			cause,
		});
	}
}

/** Throws KDR_LAB_NEEDS when fewer than `needed` bytes of memory are available. */
export function needMemory(needed: number, available: number = availableMemory()): void {
	if (available >= needed) return;
	const mb = (bytes: number) => `${Math.round(bytes / 1e6)} MB`;
	throw new KdrError('KDR_LAB_NEEDS', `the lab needs ${mb(needed)} of memory; ${mb(available)} are available`, {
		hint: 'close something, take another lab down (kdr lab down), or use --brokers 1',
	});
}

/** Linux says what can be had without swapping. Elsewhere "free" leaves out what can be freed at once, so the whole has to do. */
function availableMemory(): number {
	if (process.platform !== 'linux') return totalmem() / 2;
	const kb = /^MemAvailable:\s+(\d+) kB/m.exec(readFileSync('/proc/meminfo', 'utf8'))?.[1];
	return kb === undefined ? freemem() : Number(kb) * 1024;
}

/** Throws KDR_LAB_PORT_TAKEN, or KDR_LAB_NEEDS where an address does not exist (macOS has only 127.0.0.1 from the start). */
export async function needPorts(endpoints: readonly Endpoint[]): Promise<void> {
	const problems = await Promise.all(
		endpoints.map(async (endpoint) => ({ endpoint, code: await bindError(endpoint) })),
	);
	const missing = [
		...new Set(problems.filter(({ code }) => code === 'EADDRNOTAVAIL').map(({ endpoint }) => endpoint.host)),
	];
	if (missing.length > 0) {
		throw new KdrError('KDR_LAB_NEEDS', `this machine lacks the loopback addresses ${missing.join(', ')}`, {
			hint: `for a in ${missing.join(' ')}; do sudo ifconfig lo0 alias $a up; done`,
		});
	}
	const bad = problems.find(({ code }) => code !== null);
	if (!bad) return;
	const { endpoint, code } = bad;
	throw new KdrError(
		'KDR_LAB_PORT_TAKEN',
		`${text(endpoint)} cannot be listened on: ${code === 'EADDRINUSE' ? 'another process has it' : code}`,
		{
			hint: `see who has it with: lsof -nP -iTCP:${endpoint.port} -sTCP:LISTEN`,
		},
	);
}

function bindError({ host, port }: Endpoint): Promise<string | null> {
	return new Promise((resolve) => {
		const server = createServer();
		server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
		server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(null)));
	});
}
