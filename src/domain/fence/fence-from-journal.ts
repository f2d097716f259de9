import { z } from 'zod';
import { roleOf } from '../run/roles.ts';
import type { RunState, StepState } from '../run/state.ts';
import { type AclBinding, bindingKey } from './binding.ts';
import { type FenceChange, fenceChange } from './change.ts';

/** The change of a step that lifts fences, on both sides. */
export const ofBothSides = z.object({ sides: z.array(z.object({ alias: z.string(), change: fenceChange })) });

/** What kdr has set on a cluster and not lifted again, by the journals. */
export interface JournalledFence {
	bindings: AclBinding[];
	/** Rate a user had before kdr's brake, null for none, and the brake. */
	brakes: Map<string, { before: number | null; after: number | null }>;
	/** A person has said that the fence is up. */
	byPerson: boolean;
	/** When the oldest part of the fence that is in force was set, ms since the epoch; null: nothing is, by the journals. */
	since: number | null;
}

/** What another hand made or removed is not in it. */
export function fenceFromJournal(runs: readonly RunState[]): (alias: string) => JournalledFence {
	const sides = new Map<string, Ledger>();
	for (const run of runs) {
		for (const step of run.steps) {
			for (const { alias, change } of writesOf(run, step)) {
				const side = sides.get(alias) ?? {
					bindings: new Map(),
					brakes: new Map(),
					byPerson: false,
					byProgram: false,
					since: null,
				};
				sides.set(alias, side);
				take(side, change, isDone(step));
				side.since = isUp(side) ? (side.since ?? step.intentAt ?? null) : null;
			}
		}
	}
	return (alias) => {
		const side = sides.get(alias);
		return {
			bindings: [...(side?.bindings.values() ?? [])],
			brakes: side?.brakes ?? new Map(),
			byPerson: side?.byPerson ?? false,
			since: side?.since ?? null,
		};
	};
}

interface Ledger extends Omit<JournalledFence, 'bindings'> {
	bindings: Map<string, AclBinding>;
	byProgram: boolean;
}

const isUp = ({ bindings, brakes, byPerson, byProgram }: Ledger): boolean =>
	bindings.size > 0 || brakes.size > 0 || byPerson || byProgram;

const isDone = ({ status, outcome }: StepState): boolean =>
	status === 'done' && (outcome === 'applied' || outcome === 'partial');

/** An intent counts for what can be seen on the cluster; what a person does counts when they have said so. */
function take(side: Ledger, { deny, lift, rates, program, person }: FenceChange, done: boolean): void {
	for (const binding of lift) side.bindings.delete(bindingKey(binding));
	for (const binding of deny) side.bindings.set(bindingKey(binding), binding);
	for (const { user, before, after } of rates) {
		// Back to what it was before the brake: nothing of ours is left on that user.
		const first = side.brakes.get(user)?.before;
		if (first !== undefined && first === after) side.brakes.delete(user);
		else side.brakes.set(user, { before: first === undefined ? before : first, after });
	}
	if (program !== null) side.byProgram = program === 'apply';
	if (person !== null && done) side.byPerson = person === 'apply';
}

function writesOf({ move }: RunState, { step, intents }: StepState): z.infer<typeof ofBothSides>['sides'] {
	const role = roleOf(step);
	return intents.flatMap((change) => {
		if (role === 'lifts-fences') return ofBothSides.safeParse(change).data?.sides ?? [];
		const onFrom = role === 'fences-writers' || role === 'fences-readers';
		const alias = onFrom ? move.from : role === 'opens-target' ? move.to : null;
		const parsed = alias === null ? undefined : fenceChange.safeParse(change).data;
		return alias === null || !parsed ? [] : [{ alias, change: parsed }];
	});
}
