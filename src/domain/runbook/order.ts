import type { Move, RunStep } from '../run/events.ts';
import type { OutputName } from '../run/outputs.ts';
import type { Placed } from './compile-step.ts';
import type { KindShape, Kinds } from './kind-shape.ts';
import type { Problem } from './problems.ts';

/** What can only be seen of all steps together. */
type Steps = readonly Placed[];

/** Ids used twice; outputs that are used before they are there, or that may be missing because their producer was skipped. */
export function problemsOfOrder(steps: Steps, kinds: Kinds): Problem[] {
	const problems: Problem[] = [];
	const ids = new Set<string>();
	const produced = new Map<OutputName, RunStep[]>();
	for (const { step, path } of steps) {
		if (!step) continue;
		if (ids.has(step.id))
			problems.push({ path, message: `there already is a step ${step.id}: give this one an id of its own` });
		ids.add(step.id);
		const kind = kinds.get(step.kind);
		for (const name of kind?.uses ?? []) {
			const before = (produced.get(name) ?? []).filter((producer) => !areTogether(producer, step));
			if (before.length === 0)
				problems.push({
					path,
					message: `${step.id} uses ${name}, which no step before it produces${producers(name, kinds)}`,
				});
			else if (!before.some((producer) => runsWhenever(producer, step)))
				problems.push({
					path,
					message: `${step.id} uses ${name}, but ${before.map(({ id }) => id).join(', ')} may be skipped when it is not`,
				});
		}
		if (kind?.produces !== undefined) produced.set(kind.produces, [...(produced.get(kind.produces) ?? []), step]);
	}
	return problems;
}

const areTogether = (a: RunStep, b: RunStep): boolean => a.group !== undefined && a.group === b.group;

/** Of steps taken at the same time nobody knows which is first: what needs an order is not allowed there. */
export function problemsOfGroups(steps: Steps, kinds: Kinds): Problem[] {
	const members = steps.filter(({ step }) => step?.group !== undefined);
	return members.flatMap(({ step, path }, index) => {
		if (!step) return [];
		const earlier = members
			.slice(0, index)
			.flatMap((other) => (other.step && areTogether(other.step, step) ? [other] : []));
		const problems: Problem[] = [];
		if (step.pointOfNoReturn)
			problems.push({
				path: [...path, 'pointOfNoReturn'],
				message: 'the point of no return cannot be in a parallel group',
			});
		const asks = ({ kind }: RunStep) => kinds.get(kind)?.asksPerson === true;
		if (asks(step) && earlier.some((other) => other.step && asks(other.step)))
			problems.push({ path, message: 'a person is asked one thing at a time: one manual step in a parallel group' });
		const produces = kinds.get(step.kind)?.produces;
		if (produces !== undefined && earlier.some((other) => kinds.get(other.step?.kind ?? '')?.produces === produces))
			problems.push({ path, message: `two steps of a parallel group produce ${produces}` });
		if (path.at(-1) === 0 && earlier.length > 0)
			problems.push({
				path: path.slice(0, 2),
				message: `there already is a parallel group ${step.group}: give this one an id of its own`,
			});
		return problems;
	});
}

/** True when `producer` is never skipped where `user` is not. */
function runsWhenever(producer: RunStep, user: RunStep): boolean {
	const needsFrom = (step: RunStep) => step.needs?.includes('from') || step.when?.from === 'alive';
	if (needsFrom(producer) && !needsFrom(user)) return false;
	if (producer.when?.from === 'dead' && user.when?.from !== 'dead') return false;
	const { mode } = producer.when ?? {};
	return mode === undefined || (user.when?.mode?.every((one) => mode.includes(one)) ?? false);
}

function producers(name: OutputName, kinds: Kinds): string {
	const names = [...kinds].filter(([, kind]) => kind.produces === name).map(([kind]) => kind);
	return names.length > 0 ? ` (${names.join(' or ')} would)` : '';
}

/** A move has exactly one point of no return, which is never skipped; a change at most one. */
export function problemsOfReturn(steps: Steps, mode: Move['mode'] | undefined): Problem[] {
	const marked = steps.filter(({ step }) => step?.pointOfNoReturn);
	if (marked.length === 0 && mode !== undefined && mode !== 'change' && steps.length > 0) {
		return [{ path: ['steps'], message: `a ${mode} needs one step marked pointOfNoReturn: true` }];
	}
	const at = ({ path }: Placed, message: string): Problem => ({ path: [...path, 'pointOfNoReturn'], message });
	return [
		...marked.slice(1).map((placed) => at(placed, 'only one step can be the point of no return')),
		...marked
			.filter(({ step }) => step?.when !== undefined || step?.needs?.includes('from'))
			.map((placed) => at(placed, 'the point of no return may not be a step that can be skipped')),
		...marked
			.filter(({ step }) => step?.role === 'keeps-rules' || step?.role === 'second-approval')
			.map((placed) =>
				at(placed, `${placed.step?.kind} is asked before every other step: it may not be the point of no return`),
			),
	];
}

/** Changes up to the point of no return that cannot be undone: a halt before it cannot leave everything as it was. */
export function undoWarnings(steps: Steps, kinds: Kinds): Problem[] {
	const turn = steps.findIndex(({ step }) => step?.pointOfNoReturn);
	const before = turn < 0 ? steps : steps.slice(0, turn);
	return before.flatMap(({ step, path }) => {
		const kind = step && kinds.get(step.kind);
		const why = step && kind?.type === 'change' ? whyNoUndo(kind, step) : undefined;
		return why === undefined ? [] : [{ path, message: `${step?.id} cannot be undone: ${why}` }];
	});
}

/** Why a step of this kind cannot be undone; undefined: it can. */
export const whyNoUndo = ({ undo }: KindShape, { params }: RunStep): string | undefined =>
	undo?.none ?? undo?.lacks?.(params as never);
