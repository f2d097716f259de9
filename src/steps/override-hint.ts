import { type Check, stops } from '../domain/check.ts';

/** A finding that stops says how it is overridden. */
export const withOverrideHint = (check: Check): Check =>
	stops(check) ? { ...check, hint: `--override ${check.code}=REASON` } : check;
