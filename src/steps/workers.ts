import type { Check } from '../domain/check.ts';
import { ifUnreadable } from '../domain/errors/kdr-error.ts';
import { atLeast, checkpointsCheck, releaseOf, setsPositions, stopsConnectors } from '../domain/mirror/version.ts';
import type { RunFacts, StepIo } from './kind.ts';

/** Versions of the Connect workers by the cluster they mirror into; null: not asked, or no answer. */
export type Workers = Record<string, string | null>;

export async function observeWorkers({ from, to }: StepIo, { fromAlive }: RunFacts): Promise<Workers> {
	const sides = fromAlive ? [to, from] : [to];
	const versions = sides.map(
		async ({ alias, mirror }) => [alias, await mirror.version().catch(ifUnreadable(null))] as const,
	);
	return Object.fromEntries(await Promise.all(versions));
}

/** What a worker cannot do would be found after the fence. */
export function workerChecks(workers: Workers, { move }: RunFacts): Check[] {
	const needed = move.mode === 'switchover' ? setsPositions : stopsConnectors;
	const doing = move.mode === 'switchover' ? 'stop connectors and set their positions' : 'stop connectors';
	const found = Object.entries(workers).map(([alias, version]): Check => {
		const old = version !== null && !atLeast(version, needed);
		const unread = version === null || releaseOf(version) === null;
		return {
			code: 'connect-too-old',
			status: old ? 'block' : unread ? 'warn' : 'pass',
			what: `version of Connect of ${alias}`,
			observed: version === null || version === '' ? 'unknown' : version,
			wanted: `${needed.slice(0, 2).join('.')} or newer: it can ${doing}`,
			...(old && { hint: `upgrade the workers of ${alias}` }),
		};
	});
	const overshoots = checkpointsCheck(workers[move.to] ?? null, move);
	return overshoots ? [...found, overshoots] : found;
}
