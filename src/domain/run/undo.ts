import type { LinkConfig } from '../config/link.ts';
import type { Role, RunStep } from './events.ts';
import { roleOf, stepWithRole } from './roles.ts';
import { isSameChange } from './same-change.ts';
import type { RunState, StepState } from './state.ts';

/** What an undo needs of the registry of step kinds. */
export type UndoKinds = ReadonlyMap<
	string,
	{ type: string; role?: Role; undo?: { by?: string } | { none: string }; guardsUndo?: true }
>;

type MoveRules = NonNullable<LinkConfig['rules']>;

/** Kind of the last step of an undo: everything is checked again. The engine knows it by itself. */
export const asBefore = 'as-before';

/** Whether undoing the run must wait for a second person: it moves clients, and the move itself, or now the rules, ask for one. */
const asksSecondPerson = ({ move, steps }: RunState, rules: MoveRules | undefined): boolean =>
	(move.mode !== 'change' && rules?.approval === 'second-person') ||
	steps.some(({ step }) => roleOf(step) === 'second-approval');

/** True once something at or behind the point of no return was about to happen. */
export function pastReturn({ steps }: RunState): boolean {
	const turn = steps.findIndex(({ step }) => step.pointOfNoReturn === true);
	return turn >= 0 && steps.slice(turn).some(({ intents }) => intents.length > 0);
}

/**
 * The steps that undo a run, last change first; past the point of no return, where that moves clients again, behind the gates that
 * guard that. Before it nobody is waited for: clients are without service until it is done. A change that cannot be undone stays in the list
 * without one, its reason as what leaving it out costs.
 */
export function undoSteps(state: RunState, kinds: UndoKinds, rules?: MoveRules): RunStep[] {
	const steps: RunStep[] = [];
	const wholesale = new Set<string>();
	for (const done of state.steps.toReversed()) {
		const undo = kinds.get(done.step.kind)?.undo;
		if (undo && 'by' in undo && undo.by !== undefined && done.intents.length > 0) {
			if (!wholesale.has(undo.by)) steps.push(wholeUndo(undo.by, done, state.run, kinds));
			wholesale.add(undo.by);
		} else steps.push(...stepBack(state.run, done, undo));
	}
	if (steps.some(({ undoOf }) => undoOf?.change !== undefined))
		steps.push({ id: asBefore, kind: asBefore, params: {} });
	if (steps.length === 0 || !pastReturn(state)) return steps;
	const approval = asksSecondPerson(state, rules) ? stepWithRole(kinds, 'second-approval') : [];
	return [...approval, ...guards(kinds), ...steps];
}

function wholeUndo(by: string, { step }: StepState, run: string, kinds: UndoKinds): RunStep {
	const role = kinds.get(by)?.role;
	return { id: `undo-${step.id}`, kind: by, ...(role && { role }), params: { run } };
}

const guards = (kinds: UndoKinds): RunStep[] =>
	[...kinds].flatMap(([kind, { guardsUndo }]) => (guardsUndo ? [{ id: kind, kind, params: {} }] : []));

function stepBack(
	run: string,
	{ step, intents, summary }: StepState,
	undo: { none: string } | object | undefined,
): RunStep[] {
	if (intents.length === 0 || summary === undefined) return [];
	const role = roleOf(step);
	const base = { id: `undo-${step.id}`, kind: step.kind, ...(role && { role }), params: step.params };
	const none = undo === undefined ? 'this kdr does not know how' : 'none' in undo ? undo.none : undefined;
	if (none !== undefined)
		return [{ ...base, skipCosts: `stays as it is: ${none}`, undoOf: { run, step: step.id, summary } }];
	const distinct = intents.filter(
		(change, index) => intents.findIndex((other) => isSameChange(other, change)) === index,
	);
	return distinct.toReversed().map((change, index) => ({
		...base,
		id: index === 0 ? base.id : `${base.id}-${index + 1}`,
		...(step.needs && { needs: step.needs, skipCosts: 'stays as it is while that cluster does not answer' }),
		undoOf: { run, step: step.id, change, summary },
	}));
}
