import { handle } from '@oclif/core/handle';
import { run } from '@oclif/core/run';

/**
 * Starts the CLI whose package is at `root` (the folder of package.json). Not oclif's `execute`, which also waits for stdout
 * to drain: Node itself does before it ends, and with a reader that left (`| head`) that wait is for ever.
 */
export async function main(root: string): Promise<void> {
	try {
		await run(process.argv.slice(2), root);
	} catch (thrown) {
		await handle(thrown instanceof Error ? thrown : new Error(String(thrown)));
	}
}
