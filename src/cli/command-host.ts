import type { KdrError } from '../domain/errors/kdr-error.ts';
import type { OpenRun } from './crash.ts';

/** What a runner may use of the command that calls it. */
export interface CommandHost {
	/** With `--json` only one envelope goes to stdout, and nobody is asked. */
	readonly json: boolean;
	/** Aborted with the signal's name on SIGINT or SIGTERM. */
	readonly signal: AbortSignal;
	/** The command as typed. */
	readonly typed: string;
	/** The command's name, e.g. `fence pay`. */
	readonly title: string;
	/** Anything that is not the result: on stderr. */
	note(text: string): void;
	/** One line with its id, shown and kept for the envelope. */
	warning(text: string): void;
	/** The result is good, but the exit code says that not all is well. */
	exitWith(error: KdrError, exit: number): void;
	/** A plan with its checks is on the screen: an error need not repeat them. */
	planShown(): void;
	/** What remains when a second signal or a fault ends the process at once; undefined: no run. */
	whenQuit(describe: () => OpenRun | undefined): void;
}
