import { stripVTControlCharacters } from 'node:util';
import { KdrError } from '../domain/errors/kdr-error.ts';

/** oclif's complaints about flags and arguments as KDR_USAGE, without its asides; null for anything else. `command`: as oclif names it. */
export function asUsageError(thrown: unknown, command: string): KdrError | null {
	if (!(thrown instanceof Error) || !('oclif' in thrown || 'parse' in thrown)) return null;
	// oclif dims parts of it on a terminal.
	const message = stripVTControlCharacters(thrown.message)
		.replace(/\n*See more help with --help$/, '')
		.replace(/^The following errors? occurred:\s*/, '')
		.replace(/\s*\nNote: --.*$/s, '')
		.replace(/^Missing required flag (?=\w)/gm, 'Missing required flag --');
	return new KdrError('KDR_USAGE', message.trim(), { hint: `kdr ${command.replaceAll(':', ' ')} --help` });
}
