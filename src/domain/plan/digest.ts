import { createHash } from 'node:crypto';
import type { Move } from '../run/events.ts';
import type { Scope } from '../run/scope.ts';
import type { PlannedStep } from './planned-step.ts';

/** Begins the names of consents that hold numbers of the plan itself: they move with traffic. */
export const figureOfPlan = 'plan ';

interface Planned {
	move: Move;
	clusterIds: Readonly<Record<string, string>>;
	consent: Readonly<Record<string, string>>;
	plan: readonly PlannedStep[];
	scope: Scope;
}

/**
 * A token for one plan, 16 hexadecimal digits: what will be done, for which topics, groups, principals and record, on which clusters, with what accepted and overridden, and what is
 * known against it now. Numbers that move with traffic, and what gates still wait for, are left out.
 */
export function planDigest({ move, clusterIds, consent, plan, scope }: Planned): string {
	const steps = plan.map(({ step, status, checks, waits }) => ({
		step,
		status,
		findings: waits
			? []
			: [
					...new Set(checks.filter((check) => check.status !== 'pass').map(({ code, status }) => `${status} ${code}`)),
				].sort(),
	}));
	const agreed = entries(consent).filter(([name]) => name !== 'confirm' && !name.startsWith(figureOfPlan));
	const text = JSON.stringify({
		move: entries({ ...move }),
		clusterIds: entries(clusterIds),
		agreed,
		steps,
		scope: sorted(scope),
	});
	return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

const entries = (map: Readonly<Record<string, string>>): [string, string][] =>
	Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1));

/** The same text for the same scope, in whichever order its parts were written. */
const sorted = (value: unknown): unknown =>
	typeof value !== 'object' || value === null || Array.isArray(value)
		? value
		: Object.fromEntries(
				Object.keys(value)
					.sort()
					.map((key) => [key, sorted((value as Record<string, unknown>)[key])]),
			);
