export interface ProgramOptions {
	/** Added to the environment of kdr itself, which is inherited but for the secrets of kdr.yaml. */
	env: Readonly<Record<string, string>>;
	/** Variables to inherit although kdr.yaml takes secrets from them. */
	inherit?: readonly string[];
	/** Milliseconds; then it must end with all it started: it may tidy up for 5 s, then it is killed. */
	within: number;
	/** Ends it too. */
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
