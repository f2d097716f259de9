import type { z } from 'zod';
import type { Move, RunStep } from '../run/events.ts';
import type { OutputName } from '../run/outputs.ts';
import { problemsOfKeys, problemsOfParams } from './problems.ts';

/** What compiling needs to know of a kind of step. */
export interface KindShape {
	params: z.ZodType;
	uses?: readonly OutputName[];
	produces?: OutputName;
}

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

export type Compiled = { ok: true; runbook: Runbook } | { ok: false; problems: Problem[] };

const modes = ['switchover', 'failover', 'change'] as const;
const stepKeys = ['id', 'kind', 'with', 'pointOfNoReturn', 'needs', 'skipCosts'];

type Fields = Record<string, unknown>;

const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value);
const isMode = (value: unknown): value is Move['mode'] => modes.some((mode) => mode === value);

/** Pure: a runbook document → steps, or everything that is wrong with it at once. */
export function compile(document: unknown, kinds: ReadonlyMap<string, KindShape>): Compiled {
	if (!isFields(document)) return { ok: false, problems: [{ path: [], message: 'a runbook is a map with name, mode and steps' }] };
	const problems: Problem[] = problemsOfKeys(document, ['name', 'mode', 'steps'], []);
	const { name, mode, steps } = document;
	if (typeof name !== 'string' || name === '') problems.push({ path: ['name'], message: 'name must be a text' });
	if (!isMode(mode)) problems.push({ path: ['mode'], message: `mode must be one of ${modes.join(', ')}` });
	if (!Array.isArray(steps) || steps.length === 0) problems.push({ path: ['steps'], message: 'steps must be a list of at least one step' });
	const compiled = (Array.isArray(steps) ? steps : []).map((step: unknown, index) => compileStep(step, ['steps', index], kinds, problems));
	problems.push(...problemsOfOrder(compiled, kinds), ...problemsOfReturn(compiled, mode));
	if (problems.length > 0 || typeof name !== 'string' || !isMode(mode)) return { ok: false, problems };
	return { ok: true, runbook: { name, mode, steps: compiled.filter((step) => step !== undefined) } };
}

function compileStep(
	step: unknown,
	path: Problem['path'],
	kinds: ReadonlyMap<string, KindShape>,
	problems: Problem[],
): RunStep | undefined {
	if (!isFields(step)) {
		problems.push({ path, message: 'a step is a map with at least kind' });
		return undefined;
	}
	const kindName = step.kind;
	problems.push(...problemsOfKeys(step, stepKeys, path), ...problemsOfFields(step, path));
	if (typeof kindName !== 'string') {
		problems.push({ path: [...path, 'kind'], message: 'kind must be the name of a kind of step' });
		return undefined;
	}
	const kind = kinds.get(kindName);
	const params = step.with ?? {};
	if (!kind) problems.push(...problemsOfKeys({ [kindName]: true }, [...kinds.keys()], path, 'kind'));
	else problems.push(...problemsOfParams(kind.params, params, [...path, 'with']));
	const { id, pointOfNoReturn, needs, skipCosts } = step;
	return {
		id: typeof id === 'string' ? id : kindName,
		kind: kindName,
		params: isFields(params) ? params : {},
		...(pointOfNoReturn === true && { pointOfNoReturn }),
		...(isSides(needs) && { needs }),
		...(typeof skipCosts === 'string' && { skipCosts }),
	};
}

const isSides = (value: unknown): value is ('from' | 'to')[] =>
	Array.isArray(value) && value.every((side) => side === 'from' || side === 'to');

/** Ids end up in file names, messages and shells: they are plain words. */
const plainWord = /^[a-z0-9][a-z0-9-]{0,63}$/;

function problemsOfFields({ id, pointOfNoReturn, needs, skipCosts }: Fields, path: Problem['path']): Problem[] {
	const problems: Problem[] = [];
	const wrong = (key: string, message: string) => problems.push({ path: [...path, key], message });
	if (id !== undefined && !(typeof id === 'string' && plainWord.test(id))) wrong('id', 'id must be of a-z, 0-9 and -, at most 64 long');
	if (pointOfNoReturn !== undefined && typeof pointOfNoReturn !== 'boolean')
		wrong('pointOfNoReturn', 'pointOfNoReturn must be true or false');
	if (needs !== undefined && !isSides(needs)) wrong('needs', 'needs must be a list of from and to');
	if (skipCosts !== undefined && typeof skipCosts !== 'string') wrong('skipCosts', 'skipCosts must be a text');
	if (isSides(needs) && needs.includes('from') && typeof skipCosts !== 'string') {
		wrong('needs', 'a step that needs from is skipped when it is dead: skipCosts must say what that costs');
	}
	return problems;
}

function problemsOfOrder(steps: readonly (RunStep | undefined)[], kinds: ReadonlyMap<string, KindShape>): Problem[] {
	const problems: Problem[] = [];
	const ids = new Set<string>();
	const produced = new Set<OutputName>();
	for (const [index, step] of steps.entries()) {
		if (!step) continue;
		const path = ['steps', index];
		if (ids.has(step.id)) problems.push({ path, message: `there already is a step ${step.id}: give this one an id of its own` });
		ids.add(step.id);
		const kind = kinds.get(step.kind);
		for (const name of kind?.uses ?? []) {
			if (!produced.has(name))
				problems.push({ path, message: `${step.id} uses ${name}, which no step before it produces${producers(name, kinds)}` });
		}
		if (kind?.produces !== undefined) produced.add(kind.produces);
	}
	return problems;
}

function producers(name: OutputName, kinds: ReadonlyMap<string, KindShape>): string {
	const names = [...kinds].filter(([, kind]) => kind.produces === name).map(([kind]) => kind);
	return names.length > 0 ? ` (${names.join(' or ')} would)` : '';
}

function problemsOfReturn(steps: readonly (RunStep | undefined)[], mode: unknown): Problem[] {
	const marked = steps.flatMap((step, index) => (step?.pointOfNoReturn ? [index] : []));
	const extra = marked
		.slice(1)
		.map((index) => ({ path: ['steps', index, 'pointOfNoReturn'], message: 'only one step can be the point of no return' }));
	if (marked.length === 0 && isMode(mode) && mode !== 'change' && steps.length > 0) {
		return [{ path: ['steps'], message: `a ${mode} needs one step marked pointOfNoReturn: true` }];
	}
	return extra;
}
