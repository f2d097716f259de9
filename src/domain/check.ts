/**
 * One finding about observed facts. `block` and `unknown` stop a step; `warn` is shown and recorded.
 * Codes are stable and are what `--override` names.
 */
export interface Check {
	code: string;
	status: 'pass' | 'warn' | 'block' | 'unknown';
	/** What was looked at, in the reader's words. */
	what: string;
	observed: string;
	/** Names of what was found, where `observed` says more than that, or less: an override covers these and no others. */
	found?: readonly string[];
	wanted?: string;
	/** What to do, ideally a command to type. */
	hint?: string;
	/** What a person accepts to continue in spite of this finding, e.g. `accept-loss` and `35s`. */
	consent?: { name: string; value: string };
	/** What consent to the plan agrees to: goes into the consent of the run by this name. */
	agrees?: { name: string; value: string };
}

export const stops = (check: Check): boolean => check.status === 'block' || check.status === 'unknown';

type Finding = Omit<Check, 'status'>;

/** Stops the step where `ok` does not hold. */
export const blockUnless = (ok: boolean, finding: Finding): Check => ({ ...finding, status: ok ? 'pass' : 'block' });

/** Stops the step where `bad` holds. */
export const blockIf = (bad: boolean, finding: Finding): Check => blockUnless(!bad, finding);

/** Is shown and recorded where `ok` does not hold. */
export const warnUnless = (ok: boolean, finding: Finding): Check => ({ ...finding, status: ok ? 'pass' : 'warn' });

/** Is shown and recorded where `bad` holds. */
export const warnIf = (bad: boolean, finding: Finding): Check => warnUnless(!bad, finding);
