import { z } from 'zod';
import { durationPattern, formatDuration, parseDuration } from '../config/duration.ts';
import { bare } from '../config/walk.ts';

const isDuration = Symbol('duration');

/** True for a parameter that `durationParam` made, whatever is wrapped around it. */
export const isDurationParam = (schema: z.core.$ZodType): boolean => isDuration in bare(schema);

/** How a duration is written, for editors. */
export const durationSchema = { type: 'string', pattern: durationPattern.source };

/**
 * A duration as parameter of a step, `30s` or `2m`, → milliseconds. A bare number counts as milliseconds, as every runbook before this type
 * had it: journals hold such, and a runbook that does gets a warning.
 */
export function durationParam({ least = 0, most = Number.POSITIVE_INFINITY }: { least?: number; most?: number } = {}) {
	const wanted = 'expected a duration such as 30s (units ms, s, m, h)';
	const schema = z.union([z.string(), z.int().nonnegative()], { error: wanted }).transform((given, ctx): number => {
		const ms = typeof given === 'number' ? given : parseDuration(given);
		if (ms !== undefined && ms >= least && ms <= most) return ms;
		if (ms === undefined) ctx.addIssue(wanted);
		else
			ctx.addIssue(
				ms < least ? `expected at least ${formatDuration(least)}` : `expected at most ${formatDuration(most)}`,
			);
		return z.NEVER;
	});
	return Object.assign(schema, { [isDuration]: true });
}
