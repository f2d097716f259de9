import type { Move, RunStep } from '../run/events.ts';
import { type Compiling, compileStep, hookKeys, type Placed, stepKeys } from './compile-step.ts';
import { isFields, isMode, isPlainWord, runbookModes } from './fields.ts';
import type { Kinds } from './kind-shape.ts';
import { problemsOfGroups, problemsOfOrder, problemsOfReturn, undoWarnings } from './order.ts';
import { type Problem, problemsOfKeys, problemsOfText } from './problems.ts';

/** A compiled runbook: steps are plain data, parameters as written (checked, not decoded). */
export interface Runbook {
	name: string;
	mode: Move['mode'];
	/** Hooks before and after are the first and the last of them. */
	steps: RunStep[];
	/** Hooks for when the run halts. */
	onFailure?: RunStep[];
}

export type Compiled =
	| {
			ok: true;
			runbook: Runbook;
			warnings: Problem[];
			/** Words of earlier versions of kdr: whoever runs the runbook is warned too. */
			outdated: Problem[];
			/** Of each step. */
			places: Problem['path'][];
	  }
	| { ok: false; problems: Problem[] };

export const hookNames = ['before', 'after', 'onFailure'] as const;

/** Pure: a runbook document → steps, or everything that is wrong with it at once. */
export function compile(document: unknown, kinds: Kinds): Compiled {
	if (!isFields(document))
		return { ok: false, problems: [{ path: [], message: 'a runbook is a map with name, mode and steps' }] };
	const problems: Problem[] = [
		...problemsOfText(document),
		...problemsOfKeys(document, ['name', 'mode', 'steps', 'hooks'], []),
	];
	const { name, mode, steps } = document;
	if (typeof name !== 'string' || name === '') problems.push({ path: ['name'], message: 'name must be a text' });
	if (!isMode(mode)) problems.push({ path: ['mode'], message: `mode must be one of ${runbookModes.join(', ')}` });
	if (!Array.isArray(steps) || steps.length === 0)
		problems.push({ path: ['steps'], message: 'steps must be a list of at least one step' });
	const outdated: Problem[] = [];
	const all = { kinds, problems, outdated };
	const hooks = compileHooks(document.hooks, all);
	const main = (Array.isArray(steps) ? steps : []).flatMap((entry: unknown, index) =>
		compileEntry(entry, ['steps', index], all),
	);
	const placed = [...hooks.before, ...main, ...hooks.after];
	problems.push(
		...problemsOfGroups(placed, kinds),
		...problemsOfOrder([...placed, ...hooks.onFailure], kinds),
		...problemsOfReturn(placed, isMode(mode) ? mode : undefined),
	);
	if (problems.length > 0 || typeof name !== 'string' || !isMode(mode)) return { ok: false, problems };
	const onFailure = known(hooks.onFailure);
	const runbook = { name, mode, steps: known(placed), ...(onFailure.length > 0 && { onFailure }) };
	return {
		ok: true,
		runbook,
		warnings: undoWarnings(placed, kinds),
		outdated,
		places: placed.map(({ path }) => path),
	};
}

const known = (placed: readonly Placed[]): RunStep[] =>
	placed.map(({ step }) => step).filter((step) => step !== undefined);

/** One step, or those of a `parallel` group. */
function compileEntry(entry: unknown, path: Problem['path'], all: Compiling): Placed[] {
	const { problems } = all;
	if (!isFields(entry) || !('parallel' in entry)) return [compileStep(entry, { ...all, path, keys: stepKeys })];
	const { id, parallel } = entry;
	problems.push(...problemsOfKeys(entry, ['id', 'parallel'], path));
	if (id !== undefined && !isPlainWord(id))
		problems.push({ path: [...path, 'id'], message: 'id must be of a-z, 0-9 and -, at most 64 long' });
	if (!Array.isArray(parallel) || parallel.length < 2) {
		problems.push({ path: [...path, 'parallel'], message: 'parallel must be a list of at least two steps' });
		return [];
	}
	const group = isPlainWord(id) ? id : `parallel-${Number(path.at(-1)) + 1}`;
	return parallel.map((step: unknown, index) => {
		const placed = compileStep(step, { ...all, path: [...path, 'parallel', index], keys: stepKeys });
		return placed.step ? { ...placed, step: { ...placed.step, group } } : placed;
	});
}

type Hooks = Record<(typeof hookNames)[number], Placed[]>;

/** Programs and manual steps around the run; those before and after it are steps like any other. */
function compileHooks(hooks: unknown, all: Compiling): Hooks {
	const { problems } = all;
	const none: Hooks = { before: [], after: [], onFailure: [] };
	if (hooks === undefined) return none;
	if (!isFields(hooks)) {
		problems.push({ path: ['hooks'], message: `hooks must be a map of ${hookNames.join(', ')}` });
		return none;
	}
	problems.push(...problemsOfKeys(hooks, hookNames, ['hooks']));
	const of = (name: keyof Hooks): Placed[] => {
		const list = hooks[name] ?? [];
		const path = ['hooks', name];
		if (!Array.isArray(list)) problems.push({ path, message: `${name} must be a list of steps` });
		return (Array.isArray(list) ? list : []).map((hook: unknown, index) => {
			const placed = compileStep(hook, { ...all, path: [...path, index], keys: hookKeys });
			problems.push(...problemsOfHook(placed, name, all.kinds));
			return placed;
		});
	};
	return { before: of('before'), after: of('after'), onFailure: of('onFailure') };
}

function problemsOfHook({ step, path }: Placed, name: string, kinds: Kinds): Problem[] {
	if (!step) return [];
	if (!kinds.get(step.kind)?.mayBeHook) {
		const able = [...kinds].filter(([, kind]) => kind.mayBeHook).map(([kind]) => kind);
		return [{ path: [...path, 'kind'], message: `a hook is of kind ${able.join(' or ')}` }];
	}
	if (name !== 'onFailure' || step.params.undo === undefined) return [];
	return [{ path: [...path, 'with', 'undo'], message: 'a hook on failure is never undone: it takes no undo' }];
}
