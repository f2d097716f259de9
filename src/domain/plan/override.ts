import type { Check } from '../check.ts';
import { KdrError } from '../errors/kdr-error.ts';
import type { PlannedStep } from './planned-step.ts';

const prefix = 'override ';

/** The name under which a consent keeps the reason to override a finding. */
export const overrideName = (code: string): string => `${prefix}${code}`;

/** `--override CODE=reason` as consent; `only`: no other finding can be. @throws KDR_USAGE, KDR_OVERRIDE_UNKNOWN */
export function parseOverrides(given: readonly string[], only?: readonly string[]): Record<string, string> {
	return Object.fromEntries(
		given.map((text) => {
			const [, code, reason] = /^([A-Za-z][\w-]*)=(.*\S.*)$/s.exec(text) ?? [];
			if (code === undefined || reason === undefined) {
				throw new KdrError('KDR_USAGE', `--override takes the id of a finding and a reason, not "${text}"`, {
					hint: '--override recent-move="the first one was a mistake"',
				});
			}
			if (only && !only.includes(code))
				throw new KdrError('KDR_OVERRIDE_UNKNOWN', `${code} cannot be overridden here`, {
					hint: `only ${only.join(', ')} can`,
				});
			return [overrideName(code), reason.trim()];
		}),
	);
}

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
	'KDR_DRIFT',
]);

/** A blocking check that somebody overrides with a reason becomes a warning that says so. What is unknown stays unknown. */
export function withOverrides(checks: readonly Check[], consent: Readonly<Record<string, string>>): Check[] {
	return checks.map((check) => {
		const reason = consent[overrideName(check.code)];
		if (reason === undefined || check.status !== 'block' || neverOverridden.has(check.code)) return check;
		return { ...check, status: 'warn', hint: `overridden: ${reason}` };
	});
}

/** An override that names nothing in the plan, nor one of `before` it, is a mistake, perhaps a costly one. Throws KDR_OVERRIDE_UNKNOWN. */
export function assertOverridesMeant(
	plan: readonly PlannedStep[],
	consent: Readonly<Record<string, string>>,
	before: readonly string[] = [],
): void {
	const findings = plan.flatMap(({ checks }) => checks).filter(({ status }) => status !== 'pass');
	for (const { code } of overridesOf(consent)) {
		if (neverOverridden.has(code)) throw new KdrError('KDR_OVERRIDE_UNKNOWN', `${code} cannot be overridden`);
		if (before.includes(code) || findings.some((finding) => finding.code === code)) continue;
		const known = [...new Set(findings.map((finding) => finding.code))].filter((one) => !neverOverridden.has(one));
		throw new KdrError('KDR_OVERRIDE_UNKNOWN', `--override ${code}: the plan has no such finding`, {
			hint: known.length > 0 ? `it has ${known.join(', ')}` : 'leave the override out',
		});
	}
}
