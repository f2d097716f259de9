import { KdrError } from '../domain/errors/kdr-error.ts';
import { overrideName } from '../domain/plan/override.ts';

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
