import { z } from 'zod';
import type { RunState } from '../run/state.ts';
import { type Binding, bindingKey, bindingSchema } from './binding.ts';

const ofOneSide = z.object({ deny: z.array(bindingSchema), lift: z.array(bindingSchema) });
/** The change of `fence-lift`, which reaches both sides. */
export const ofBothSides = z.object({ sides: z.array(ofOneSide.extend({ alias: z.string() })) });

const onTheSideLeft = new Set(['fence-writers', 'evict-readers']);

/**
 * The bindings that runs put on each cluster and have not taken away again, by their journalled intents; what another
 * hand made or removed is not in it. Oldest run first.
 */
export function bindingsMade(runs: readonly RunState[]): Map<string, Binding[]> {
	const sides = new Map<string, Map<string, Binding>>();
	for (const run of runs) {
		for (const step of run.steps) {
			for (const { alias, deny, lift } of step.intents.flatMap((change) => writesOf(run, step.step.kind, change))) {
				const side = sides.get(alias) ?? new Map<string, Binding>();
				sides.set(alias, side);
				for (const binding of lift) side.delete(bindingKey(binding));
				for (const binding of deny) side.set(bindingKey(binding), binding);
			}
		}
	}
	return new Map([...sides].map(([alias, side]) => [alias, [...side.values()]]));
}

function writesOf({ move }: RunState, kind: string, change: unknown): z.infer<typeof ofBothSides>['sides'] {
	if (kind === 'fence-lift') return ofBothSides.safeParse(change).data?.sides ?? [];
	const alias = onTheSideLeft.has(kind) ? move.from : kind === 'open-target' ? move.to : null;
	const parsed = alias === null ? undefined : ofOneSide.safeParse(change).data;
	return alias === null || !parsed ? [] : [{ alias, ...parsed }];
}
