import { Config } from '@oclif/core/config';
import { nearest } from '../domain/config/nearest.ts';
import { KdrError } from '../domain/errors/kdr-error.ts';
import { renderError } from '../ui/error.ts';
import { toJson } from '../ui/json.ts';
import { envelope } from './envelope.ts';

/** Says that what was typed is no command, as every command says its errors; gives the exit code. `root`: of the package. */
export async function tellUnknownCommand(argv: readonly string[], root: string): Promise<number> {
	const words = argv.filter((word) => !word.startsWith('-'));
	const { commandIDs } = await Config.load(root);
	const near = nearest(
		words.slice(0, 2).join(' '),
		commandIDs.map((id) => id.replaceAll(':', ' ')),
	);
	const typed = words.length === 0 ? (argv[0] ?? '') : words.join(' ');
	const error = new KdrError('KDR_USAGE', `there is no command ${typed}`, {
		hint: near === undefined ? 'kdr --help' : `did you mean kdr ${near}?`,
	});
	if (argv.includes('--json')) process.stdout.write(`${toJson(envelope('unknown', null, [], error))}\n`);
	else process.stderr.write(renderError(error));
	return error.exit;
}

/** oclif's way of saying that nothing of that name exists; everything a command throws has been told by the command itself. */
export const isUnknownCommand = (thrown: unknown): boolean =>
	thrown instanceof Error && /^command .* not found/.test(thrown.message);
