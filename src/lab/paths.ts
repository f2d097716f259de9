import { homedir } from 'node:os';
import { join } from 'node:path';
import { KdrError } from '../domain/errors/kdr-error.ts';
import { mainRelease, type Release } from './releases.ts';

/** `KDR_LAB_HOME` holds labs and jars when set; else they go where XDG puts state and caches. */
export function labsHome(env: NodeJS.ProcessEnv = process.env): string {
	if (env.KDR_LAB_HOME) return join(env.KDR_LAB_HOME, 'labs');
	return join(env.XDG_STATE_HOME || join(homedir(), '.local', 'state'), 'kdr', 'labs');
}

/** Where the jars of a Kafka release are cached, once per user. */
export function jarsHome(release: Release = mainRelease, env: NodeJS.ProcessEnv = process.env): string {
	const folder = `kafka-${release}`;
	if (env.KDR_LAB_HOME) return join(env.KDR_LAB_HOME, folder);
	return join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'kdr', folder);
}

/** The directory of one lab. Throws KDR_USAGE for a name that is not a plain word: it becomes part of a path. */
export function labDir(name: string): string {
	if (!/^[a-z0-9][a-z0-9-]{0,31}$/.test(name)) {
		throw new KdrError('KDR_USAGE', `"${name}" cannot be the name of a lab`, {
			hint: 'use lower-case letters, digits and "-", at most 32 of them',
		});
	}
	return join(labsHome(), name);
}
