import { afterEach, vi } from 'vitest';

/** Commands run in the process of the tests leave nothing of theirs behind: listeners, spies, exit code. */
export function forgetCommands(): void {
	const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
	const heard = new Map(signals.map((signal) => [signal, process.listeners(signal)]));
	afterEach(() => {
		// Each command listens until its process ends; this one continues.
		for (const signal of signals)
			for (const listener of process.listeners(signal))
				if (!heard.get(signal)?.includes(listener)) process.removeListener(signal, listener);
		vi.restoreAllMocks();
		process.exitCode = undefined;
	});
}
