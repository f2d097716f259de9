export interface ProgramOptions {
	/** Added to the environment of kdr itself. */
	env: Readonly<Record<string, string>>;
	/** Milliseconds; then it is killed with all it started. */
	within: number;
	/** Kills it too. */
	signal: AbortSignal;
}

/** How a program ended. */
export interface ProgramEnd {
	/** Exit code; null when it was killed. */
	code: number | null;
	/** Absent when it ended by itself. */
	killed?: 'time' | 'signal' | 'other';
	/** The end of what it wrote to stdout and stderr, at most 4 KiB; as it came, so not safe to show. */
	output: string;
}

/** Programs of this machine. */
export interface Programs {
	/** Runs `argv` without a shell; no input. Throws KDR_PROGRAM_FAILED when it cannot be started. */
	run(argv: readonly string[], options: ProgramOptions): Promise<ProgramEnd>;
}
