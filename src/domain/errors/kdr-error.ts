import type { ErrorCode } from './codes.ts';
import { errorTable } from './codes.ts';

export interface ErrorFacts {
	/** What to do about it, ideally the next command to type. */
	hint?: string;
	/** Plain facts for `--json` and the journal. Never a secret: only named, known-safe keys. */
	details?: Record<string, unknown>;
	cause?: unknown;
	/** True when a write of ours may have reached the world although we saw no answer. */
	worldMayHaveChanged?: boolean;
}

/**
 * The one error type of kdr. The code names the situation and never changes meaning; the
 * exit code and the source of the fault come from the table beside it.
 */
export class KdrError extends Error {
	readonly code: ErrorCode;
	readonly hint: string | undefined;
	readonly details: Record<string, unknown>;
	readonly worldMayHaveChanged: boolean;

	constructor(code: ErrorCode, message: string, facts: ErrorFacts = {}) {
		super(message, facts.cause === undefined ? undefined : { cause: facts.cause });
		this.name = 'KdrError';
		this.code = code;
		this.hint = facts.hint;
		this.details = facts.details ?? {};
		this.worldMayHaveChanged = facts.worldMayHaveChanged ?? false;
	}

	get source(): 'user' | 'target' | 'kdr' {
		return errorTable[this.code].source;
	}

	get exit(): number {
		return errorTable[this.code].exit;
	}
}

/** Any thrown thing as a KdrError; what is not ours is a bug of ours (`KDR_BUG`). */
export function asKdrError(thrown: unknown): KdrError {
	if (thrown instanceof KdrError) return thrown;
	const message = thrown instanceof Error ? thrown.message : String(thrown);
	return new KdrError('KDR_BUG', message, { cause: thrown });
}

/** Why something could not be read. A bug, or the end of the whole run, is thrown on. */
export function unlessBug(thrown: unknown): KdrError {
	const error = asKdrError(thrown);
	if (error.code === 'KDR_BUG') throw thrown;
	return error;
}

/** For `catch`: what could not be read is `instead`, a value that means unknown. A bug, or the end of the whole run, is thrown on. */
export const ifUnreadable =
	<T>(instead: T) =>
	(thrown: unknown): T => {
		unlessBug(thrown);
		return instead;
	};
