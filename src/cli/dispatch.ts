import { handle } from '@oclif/core/handle';
import { run } from '@oclif/core/run';

/** Runs the command that `argv` names. `root`: of the package. */
export async function dispatch(argv: string[], root: string): Promise<void> {
	try {
		await run(argv, root);
	} catch (thrown) {
		const { isUnknownCommand, reportUnknownCommand } = await import('./unknown-command.ts');
		if (isUnknownCommand(thrown)) process.exitCode = await reportUnknownCommand(argv, root);
		else await handle(thrown instanceof Error ? thrown : new Error(String(thrown)));
	}
}
