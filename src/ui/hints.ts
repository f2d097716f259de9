import type { ErrorCode } from '../domain/errors/codes.ts';
import type { KdrError } from '../domain/errors/kdr-error.ts';

/** The next command of errors whose data says what to type: kdr's flags are named here, not where the error is found. */
const byCode: Partial<Record<ErrorCode, (details: Readonly<Record<string, unknown>>) => string | undefined>> = {
	KDR_LINK_UNKNOWN: ({ links, near }) =>
		typeof near === 'string'
			? `did you mean --link ${near}?`
			: Array.isArray(links)
				? `--link ${links.join(' | ')}`
				: undefined,
	KDR_PLAN_INVALID: () => 'kdr offsets convert --out plan.json writes one',
};

/** What to do about an error: what it says itself, or what its code and details call for. */
export const hintOf = (error: KdrError): string | undefined => error.hint ?? byCode[error.code]?.(error.details);

/** What allows an item that was refused with this code. */
export const allows = (code: string): string => (code === 'KDR_OFFSET_REWIND' ? ': --allow-rewind' : '');
