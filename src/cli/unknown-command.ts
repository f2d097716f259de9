import { Config } from '@oclif/core/config';
import { nearest } from '../domain/config/nearest.ts';
import { KdrError } from '../domain/errors/kdr-error.ts';
import { renderError } from '../ui/error.ts';
import { toJson } from '../ui/json.ts';
import { envelope } from './envelope.ts';

/** Reports that no such command exists, as every command reports its errors; gives the exit code. `root`: of the package. */
export async function reportUnknownCommand(argv: readonly string[], root: string): Promise<number> {
	const words = argv.filter((word) => !word.startsWith('-'));
	const config = await Config.load(root);
	const error = clusterWithoutFlag(argv, words, config) ?? noCommand(argv, words, config.commandIDs);
	if (argv.includes('--json')) process.stdout.write(`${toJson(envelope('unknown', null, [], error))}\n`);
	else process.stderr.write(renderError(error));
	return error.exit;
}

function noCommand(argv: readonly string[], words: readonly string[], ids: readonly string[]): KdrError {
	const near = nearest(
		words.slice(0, 2).join(' '),
		ids.map((id) => id.replaceAll(':', ' ')),
	);
	const typed = words.length === 0 ? (argv[0] ?? '') : words.join(' ');
	return new KdrError('KDR_USAGE', `there is no command ${typed}`, {
		hint: near === undefined ? 'kdr --help' : `did you mean kdr ${near}?`,
	});
}

/** `kdr switchover west`: a command that exists, and the cluster to move to without its flag. */
function clusterWithoutFlag(argv: readonly string[], words: readonly string[], config: Config): KdrError | undefined {
	const [cluster] = words.slice(-1);
	const id = words.slice(0, -1).join(':');
	if (cluster === undefined || config.findCommand(id)?.flags.to === undefined) return undefined;
	const command = id.replaceAll(':', ' ');
	const flags = argv.filter((word) => word !== cluster && word.startsWith('-')).map((flag) => ` ${flag}`);
	return new KdrError('KDR_USAGE', `kdr ${command} takes the cluster to move to as a flag`, {
		hint: `kdr ${command} --to ${cluster}${flags.join('')}`,
	});
}

/** oclif's way of saying that nothing of that name exists; everything a command throws has been reported by the command itself. */
export const isUnknownCommand = (thrown: unknown): boolean =>
	thrown instanceof Error && /^command .* not found/.test(thrown.message);
