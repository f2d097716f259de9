import type { Check } from '../check.ts';
import { KdrError } from '../errors/kdr-error.ts';

const prefix = 'override ';

/** The name under which a consent keeps the reason to override a finding. */
export const overrideName = (code: string): string => `${prefix}${code}`;

/** What was overridden, with the reasons. */
export const overridesOf = (consent: Readonly<Record<string, string>>): { code: string; reason: string }[] =>
	Object.entries(consent).flatMap(([name, reason]) =>
		name.startsWith(prefix) ? [{ code: name.slice(prefix.length), reason }] : [],
	);

/** Continuing in spite of these would lose or double records, or move the wrong thing: no reason is good enough. */
const neverOverridden: ReadonlySet<string> = new Set([
	'KDR_CLUSTER_WRONG',
	'KDR_SAME_SIDE',
	'KDR_MIRROR_BOTH_DIRECTIONS',
	'KDR_WRITERS_NOT_STILL',
	'KDR_FENCE_LEAKS',
	'KDR_NOT_DRAINED',
	'KDR_LOSS_NOT_ACCEPTED',
	'KDR_DNS_UNEXPECTED_VALUE',
	'KDR_PLAN_STALE',
	// Their records would be copied twice, copied back, or halt the move behind its fence; each says what to do instead.
	'mirror-takes-twice',
	'mirror-carries-more',
	'position-past-end',
	'topic-unmirrored',
	'partition-unmirrored',
	// It would be let through, or silent, with writers fenced.
	'canary-fit',
	'KDR_DRIFT',
]);

/** A finding as it was on the screen when somebody overrode it. */
export type Overridden = Pick<Check, 'code' | 'what' | 'observed' | 'found'>;

/** What the overrides of a consent cover: the findings of that code that are shown now, not what a later look finds. */
export function overriddenNow(checks: readonly Check[], consent: Readonly<Record<string, string>>): Overridden[] {
	return checks
		.filter(({ code, status }) => status !== 'pass' && consent[overrideName(code)] !== undefined)
		.map(({ code, what, observed, found }) => ({ code, what, observed, ...(found && { found }) }));
}

/**
 * A blocking check that somebody overrides with a reason becomes a warning that says so. What is unknown stays unknown. `overridden`: the
 * findings that were on the screen; absent: all of that code are, or were in a run of an older version.
 */
export function withOverrides(
	checks: readonly Check[],
	consent: Readonly<Record<string, string>>,
	overridden?: readonly Overridden[],
): Check[] {
	return checks.map((check) => {
		const reason = consent[overrideName(check.code)];
		if (reason === undefined || check.status !== 'block' || neverOverridden.has(check.code)) return check;
		if (overridden && !isCovered(check, overridden))
			return {
				...check,
				hint: `not what was overridden; ${check.hint ?? `override ${check.code} again, with a reason`}`,
			};
		return { ...check, status: 'warn', hint: `overridden: ${reason}` };
	});
}

function isCovered(check: Check, overridden: readonly Overridden[]): boolean {
	const seen = overridden.filter(({ code, what }) => code === check.code && what === check.what);
	if (!check.found) return seen.some(({ observed }) => withoutNumbers(observed) === withoutNumbers(check.observed));
	const names = new Set(seen.flatMap(({ found = [] }) => found));
	return seen.length > 0 && check.found.every((name) => names.has(name));
}

/** Times and counts move between two looks; digits in names do not. */
const withoutNumbers = (text: string): string => text.replaceAll(/(?<![\w.-])\d[\d.,:]*(?![\w-])/g, '#');

/** An override that names nothing in the plan, nor one of `before` it, is a mistake, perhaps a costly one. Throws KDR_OVERRIDE_UNKNOWN. */
export function assertOverridesMeant(
	checks: readonly Check[],
	consent: Readonly<Record<string, string>>,
	before: readonly string[] = [],
): void {
	const findings = checks.filter(({ status }) => status !== 'pass');
	for (const { code } of overridesOf(consent)) {
		if (neverOverridden.has(code)) throw new KdrError('KDR_OVERRIDE_UNKNOWN', `${code} cannot be overridden`);
		if (before.includes(code) || findings.some((finding) => finding.code === code)) continue;
		const known = [...new Set(findings.map((finding) => finding.code))].filter((one) => !neverOverridden.has(one));
		throw new KdrError('KDR_OVERRIDE_UNKNOWN', `there is no finding ${code} to override`, {
			hint: known.length > 0 ? `there is ${known.join(', ')}` : 'leave the override out',
		});
	}
}
