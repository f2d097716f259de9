import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import type { SecretRef } from '../../domain/config/link.ts';
import { KdrError } from '../../domain/errors/kdr-error.ts';

const commandTimeoutMs = 5_000;

/**
 * Reads secrets where they are named: a file (relative to `baseDir`), an environment variable, or what a command prints
 * (argv, no shell, 5 s). Trailing line ends are dropped. Each is read once.
 * The reader throws KDR_SECRET_UNREADABLE, which never holds any content.
 */
export function secretReader(
	baseDir: string,
	env: Record<string, string | undefined> = process.env,
): (ref: SecretRef) => Promise<string> {
	const known = new Map<string, Promise<string>>();
	return (ref) => {
		const key = JSON.stringify(ref);
		const secret = known.get(key) ?? read(ref, baseDir, env);
		known.set(key, secret);
		return secret;
	};
}

async function read(ref: SecretRef, baseDir: string, env: Record<string, string | undefined>): Promise<string> {
	const text =
		'file' in ref
			? await fromFile(resolve(baseDir, ref.file))
			: 'env' in ref
				? fromEnv(ref.env, env)
				: await fromCommand(ref.command);
	return text.replace(/[\r\n]+$/, '');
}

async function fromFile(path: string): Promise<string> {
	try {
		return await readFile(path, 'utf8');
	} catch (thrown) {
		throw unreadable(`file ${path}: ${(thrown as NodeJS.ErrnoException).code ?? 'cannot be read'}`);
	}
}

function fromEnv(name: string, env: Record<string, string | undefined>): string {
	const value = env[name];
	if (value === undefined || value === '') throw unreadable(`environment variable ${name} is not set`);
	return value;
}

async function fromCommand([program, ...args]: string[]): Promise<string> {
	if (program === undefined) throw unreadable('the command is empty');
	try {
		const { stdout } = await promisify(execFile)(program, args, {
			timeout: commandTimeoutMs,
			killSignal: 'SIGKILL',
			maxBuffer: 65_536,
		});
		return stdout;
	} catch (thrown) {
		const { code, killed } = thrown as { code?: number | string; killed?: boolean };
		// Only how it ended: its output may hold the secret.
		throw unreadable(
			`command ${program}: ${killed ? `not finished within ${commandTimeoutMs} ms` : `failed (${code ?? 'unknown'})`}`,
		);
	}
}

const unreadable = (what: string): KdrError =>
	new KdrError('KDR_SECRET_UNREADABLE', `A secret could not be read: ${what}`, {
		hint: 'check the reference in kdr.yaml',
	});
