/**
 * Starts the CLI whose package is at `root` (the folder of package.json). Not oclif's `execute`, which also waits for stdout
 * to drain: Node itself does before it ends, and with a reader that left (`| head`) that wait never ends.
 */
export async function main(root: string): Promise<void> {
	dropTimerWarnings();
	process.on('uncaughtException', endWith);
	const argv = process.argv.slice(2);
	if (argv.every((word) => word === '--help' || word === '-h')) await showRootHelp(root);
	else await (await import('./dispatch.ts')).dispatch(argv, root);
	await Promise.all([process.stdout, process.stderr].map(written));
	// A client of a frozen broker keeps its timers for seconds: everything is written and closed, so nothing is waited for.
	process.exit();
}

/** What a new user types first: written without oclif, whose loading would take most of the time. */
async function showRootHelp(root: string): Promise<void> {
	const { readRootHelp } = await import('./root-help.ts');
	process.stdout.write(readRootHelp(root));
}

/** An exception in a decoder of the Kafka client is no rejected promise: it ends kdr, and the journal shows where. */
function endWith(error: unknown): void {
	const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
	process.stderr.write(
		`kdr stopped because of a fault of its own.  KDR_BUG\n${text}\nA run that was under way can be resumed. What it has changed so far, and what to type:\n  kdr status\n`,
	);
	process.exit(1);
}

/** Resolves when all that was written is out, or nobody reads it any more. */
function written(stream: NodeJS.WriteStream): Promise<void> {
	if (stream.writableLength === 0 || stream.destroyed) return Promise.resolve();
	return new Promise((resolve) => {
		for (const event of ['drain', 'close', 'error']) stream.once(event, () => resolve());
	});
}

/**
 * kafkajs 2.2.4 sets timers into the past (its request queue, when nothing throttles it), of which Node warns on stderr
 * in the middle of our own output. Only that one kind of warning is dropped.
 */
function dropTimerWarnings(): void {
	const emit = process.emitWarning.bind(process) as (...args: unknown[]) => void;
	process.emitWarning = (...args: unknown[]): void => {
		if (args[1] !== 'TimeoutNegativeWarning') emit(...args);
	};
}
