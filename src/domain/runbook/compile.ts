import type { z } from 'zod';
import { parseDuration } from '../config/duration.ts';
import type { Move, RunStep } from '../run/events.ts';
import type { OutputName } from '../run/outputs.ts';
import { problemsOfOrder, problemsOfReturn, undoWarnings } from './order.ts';
import { problemsOfKeys, problemsOfParams, problemsOfText } from './problems.ts';

/** What compiling needs to know of a kind of step. */
export interface KindShape {
	type?: 'change' | 'gate';
	params: z.ZodType;
	uses?: readonly OutputName[];
	produces?: OutputName;
	fixedTimeout?: string;
	undo?: object;
}

export type Kinds = ReadonlyMap<string, KindShape>;

/** A compiled runbook: steps are plain data, parameters as written (checked, not decoded). */
export interface Runbook {
	name: string;
	mode: Move['mode'];
	steps: RunStep[];
}

/** One thing wrong, at a place in the document such as `['steps', 2, 'with', 'topic']`. */
export interface Problem {
	path: readonly (string | number)[];
	message: string;
}

export type Compiled = { ok: true; runbook: Runbook; warnings: Problem[] } | { ok: false; problems: Problem[] };

export const runbookModes = ['switchover', 'failover', 'change'] as const;
export const stepKeys = ['id', 'kind', 'with', 'pointOfNoReturn', 'needs', 'skipCosts', 'when', 'timeout'] as const;

type Fields = Record<string, unknown>;

const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value);
const isMode = (value: unknown): value is Move['mode'] => runbookModes.some((mode) => mode === value);

/** Pure: a runbook document → steps, or everything that is wrong with it at once. */
export function compile(document: unknown, kinds: Kinds): Compiled {
	if (!isFields(document)) return { ok: false, problems: [{ path: [], message: 'a runbook is a map with name, mode and steps' }] };
	const problems: Problem[] = [...problemsOfText(document), ...problemsOfKeys(document, ['name', 'mode', 'steps'], [])];
	const { name, mode, steps } = document;
	if (typeof name !== 'string' || name === '') problems.push({ path: ['name'], message: 'name must be a text' });
	if (!isMode(mode)) problems.push({ path: ['mode'], message: `mode must be one of ${runbookModes.join(', ')}` });
	if (!Array.isArray(steps) || steps.length === 0) problems.push({ path: ['steps'], message: 'steps must be a list of at least one step' });
	const compiled = (Array.isArray(steps) ? steps : []).map((step: unknown, index) => compileStep(step, ['steps', index], kinds, problems));
	problems.push(...problemsOfOrder(compiled, kinds), ...problemsOfReturn(compiled, isMode(mode) ? mode : undefined));
	if (problems.length > 0 || typeof name !== 'string' || !isMode(mode)) return { ok: false, problems };
	const done = compiled.filter((step) => step !== undefined);
	return { ok: true, runbook: { name, mode, steps: done }, warnings: undoWarnings(done, kinds) };
}

function compileStep(step: unknown, path: Problem['path'], kinds: Kinds, problems: Problem[]): RunStep | undefined {
	if (!isFields(step)) {
		problems.push({ path, message: 'a step is a map with at least kind' });
		return undefined;
	}
	const kindName = step.kind;
	problems.push(...problemsOfKeys(step, stepKeys, path), ...problemsOfFields(step, path), ...problemsOfWhen(step.when, [...path, 'when']));
	if (typeof kindName !== 'string') {
		problems.push({ path: [...path, 'kind'], message: 'kind must be the name of a kind of step' });
		return undefined;
	}
	const kind = kinds.get(kindName);
	const params = step.with ?? {};
	if (!kind) problems.push(...problemsOfKeys({ [kindName]: true }, [...kinds.keys()], path, 'kind'));
	else problems.push(...problemsOfParams(kind.params, params, [...path, 'with']));
	if (kind?.fixedTimeout !== undefined && step.timeout !== undefined) {
		problems.push({ path: [...path, 'timeout'], message: `${kindName} takes no timeout: ${kind.fixedTimeout}` });
	}
	const { id, pointOfNoReturn, needs, skipCosts, when, timeout } = step;
	const timeoutMs = typeof timeout === 'string' ? parseDuration(timeout) : undefined;
	return {
		id: typeof id === 'string' ? id : kindName,
		kind: kindName,
		params: isFields(params) ? params : {},
		...(pointOfNoReturn === true && { pointOfNoReturn }),
		...(isSides(needs) && { needs }),
		...(typeof skipCosts === 'string' && { skipCosts }),
		...(isWhen(when) && { when }),
		...(timeoutMs !== undefined && { timeoutMs }),
	};
}

const isSides = (value: unknown): value is ('from' | 'to')[] =>
	Array.isArray(value) && value.every((side) => side === 'from' || side === 'to');

const isWhen = (value: unknown): value is NonNullable<RunStep['when']> => value !== undefined && problemsOfWhen(value, []).length === 0;

/** Ids end up in file names, messages and shells: they are plain words. */
const plainWord = /^[a-z0-9][a-z0-9-]{0,63}$/;

function problemsOfFields({ id, pointOfNoReturn, needs, skipCosts, timeout }: Fields, path: Problem['path']): Problem[] {
	const problems: Problem[] = [];
	const wrong = (key: string, message: string) => problems.push({ path: [...path, key], message });
	if (id !== undefined && !(typeof id === 'string' && plainWord.test(id))) wrong('id', 'id must be of a-z, 0-9 and -, at most 64 long');
	if (pointOfNoReturn !== undefined && typeof pointOfNoReturn !== 'boolean')
		wrong('pointOfNoReturn', 'pointOfNoReturn must be true or false');
	if (needs !== undefined && !isSides(needs)) wrong('needs', 'needs must be a list of from and to');
	if (skipCosts !== undefined && typeof skipCosts !== 'string') wrong('skipCosts', 'skipCosts must be a text');
	if (timeout !== undefined && !(typeof timeout === 'string' && parseDuration(timeout) !== undefined))
		wrong('timeout', 'timeout must be a duration such as 90s (units ms, s, m, h)');
	if (isSides(needs) && needs.includes('from') && typeof skipCosts !== 'string') {
		wrong('needs', 'a step that needs from is skipped when it is dead: skipCosts must say what that costs');
	}
	return problems;
}

function problemsOfWhen(when: unknown, path: Problem['path']): Problem[] {
	if (when === undefined) return [];
	if (!isFields(when)) return [{ path, message: 'when must be a map of mode and from' }];
	const problems = problemsOfKeys(when, ['mode', 'from'], path);
	const { mode, from } = when;
	if (mode !== undefined && !(Array.isArray(mode) && mode.length > 0 && mode.every(isMode)))
		problems.push({ path: [...path, 'mode'], message: `mode must be a list of ${runbookModes.join(', ')}` });
	if (from !== undefined && from !== 'alive' && from !== 'dead')
		problems.push({ path: [...path, 'from'], message: 'from must be alive or dead' });
	return problems;
}
