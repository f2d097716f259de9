import { KdrError } from '../domain/errors/kdr-error.ts';

/** oclif's complaints about flags and arguments as KDR_USAGE; null for anything else. */
export function asUsageError(thrown: unknown): KdrError | null {
	if (!(thrown instanceof Error) || !('oclif' in thrown || 'parse' in thrown)) return null;
	const message = thrown.message.replace(/\n*See more help with --help$/, '').trim();
	return new KdrError('KDR_USAGE', message, { hint: 'See the command with --help.' });
}
