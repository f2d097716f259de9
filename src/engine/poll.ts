import { type Check, stops } from '../domain/check.ts';
import { type ErrorCode, errorTable } from '../domain/errors/codes.ts';
import { type ErrorFacts, KdrError, unlessBug } from '../domain/errors/kdr-error.ts';
import { askUntil } from '../ports/ask-until.ts';
import type { Clock } from '../ports/clock.ts';

/** What one look at the world gave; `facts` absent when nothing could be read. */
export interface Answer<Facts> {
	facts?: Facts;
	checks: Check[];
}

export interface PollOptions {
	clock: Clock;
	/** Ends the waiting. */
	signal: AbortSignal;
	/** How long to wait for the checks at most, ms; 0 asks once. */
	waitMs: number;
	/** Called with what is still waited for, once per change of it. */
	waiting(text: string): void;
}

const everyMs = 500;

/** Asks until no check stops or `waitMs` have passed; the last answer, whatever it is. */
export async function poll<Facts>(ask: () => Promise<Answer<Facts>>, options: PollOptions): Promise<Answer<Facts>> {
	const { clock, signal, waitMs } = options;
	let reported = '';
	return askUntil(ask, {
		...{ clock, signal, withinMs: waitMs, everyMs },
		isEnough: ({ checks }) => !checks.some(stops),
		waiting({ checks }) {
			const text = `waiting: ${checks.filter(stops).map(sentence).join('; ')}`;
			if (text !== reported) options.waiting(text);
			reported = text;
		},
	});
}

/** A failed reading as an unknown check, so that a moment's silence does not end a wait. A bug is thrown on. */
export async function look<Facts>(
	what: string,
	read: () => Promise<Answer<Facts>>,
	signal: AbortSignal,
): Promise<Answer<Facts>> {
	try {
		return await read();
	} catch (thrown) {
		if (signal.aborted) throw thrown;
		const error = unlessBug(thrown);
		return { checks: [unreadable(what, error)] };
	}
}

export const unreadable = (what: string, error: KdrError): Check => ({
	code: error.code,
	status: 'unknown',
	what,
	observed: error.message,
	...(error.hint !== undefined && { hint: error.hint }),
});

export const sentence = (check: Check): string =>
	`${check.what}: ${check.observed}${check.wanted === undefined ? '' : `, wanted ${check.wanted}`}`;

const isErrorCode = (code: string): code is ErrorCode => Object.hasOwn(errorTable, code);

/** The checks that did not pass as one error; its code is the first one's, or KDR_CHECK_FAILED. */
export function checksError(checks: readonly Check[]): KdrError {
	const open = checks.filter(stops);
	const [first] = open;
	const code = first && isErrorCode(first.code) ? first.code : 'KDR_CHECK_FAILED';
	const hint = open.find((check) => check.hint !== undefined)?.hint;
	const facts: ErrorFacts = { details: { checks: open }, ...(hint !== undefined && { hint }) };
	return new KdrError(code, open.map(sentence).join('; '), facts);
}
