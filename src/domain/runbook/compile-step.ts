import { z } from 'zod';
import { formatDuration, parseDuration } from '../config/duration.ts';
import type { Role, RunStep } from '../run/events.ts';
import { isDurationParam } from './duration-param.ts';
import { type Fields, isFields, isMode, isPlainWord, runbookModes } from './fields.ts';
import { currentParams } from './former-words.ts';
import type { Kinds } from './kind-shape.ts';
import { type Problem, problemsOfKeys, problemsOfParams } from './problems.ts';

export const stepKeys = [
	'id',
	'kind',
	'with',
	'pointOfNoReturn',
	'needs',
	'skipCosts',
	'when',
	'timeout',
	'retries',
] as const;
export const hookKeys = ['id', 'kind', 'with'] as const;

/** A step and its position in the document; undefined: it could not be read. */
export interface Placed {
	step: RunStep | undefined;
	path: Problem['path'];
}

/** What compiling reads and gathers. */
export interface Compiling {
	kinds: Kinds;
	/** Grows by what is wrong. */
	problems: Problem[];
	/** Grows by the words of earlier versions of kdr. */
	outdated: Problem[];
}

interface Surroundings extends Compiling {
	path: Problem['path'];
	/** The keys allowed here. */
	keys: readonly string[];
}

/** One step as written → plain data. */
export function compileStep(written: unknown, { path, kinds, problems, outdated, keys }: Surroundings): Placed {
	if (!isFields(written)) {
		problems.push({ path, message: 'a step is a map with at least kind' });
		return { path, step: undefined };
	}
	const step = withCurrentWords(written, path, kinds, outdated);
	const kindName = step.kind;
	problems.push(
		...problemsOfKeys(step, keys, path),
		...problemsOfFields(step, path),
		...problemsOfWhen(step.when, [...path, 'when']),
	);
	if (typeof kindName !== 'string') {
		problems.push({ path: [...path, 'kind'], message: 'kind must be the name of a kind of step' });
		return { path, step: undefined };
	}
	problems.push(...problemsOfKind(kindName, step, path, kinds));
	return { path, step: runStep(kindName, step, kinds.get(kindName)?.role) };
}

/** The step in the words of today; `outdated` grows by the earlier ones. */
function withCurrentWords(step: Fields, path: Problem['path'], kinds: Kinds, outdated: Problem[]): Fields {
	const kind = typeof step.kind === 'string' ? kinds.get(step.kind) : undefined;
	if (!kind) return step;
	const name = kind.kind ?? step.kind;
	if (name !== step.kind)
		outdated.push({ path: [...path, 'kind'], message: `kind ${step.kind} is now called ${name}` });
	if (!isFields(step.with)) return { ...step, kind: name };
	const params = currentParams(kind, step.with);
	for (const earlier of Object.keys(step.with).filter((key) => !Object.hasOwn(params, key)))
		outdated.push({
			path: [...path, 'with', earlier],
			message: `parameter ${earlier} is now called ${kind.formerParams?.[earlier]?.name}`,
		});
	for (const [key, value] of Object.entries(params)) {
		if (typeof value !== 'number' || !isDuration(kind.params, key)) continue;
		outdated.push({
			path: [...path, 'with', key],
			message: `${key}: ${value} is read as milliseconds; write ${formatDuration(value)}`,
		});
	}
	return { ...step, kind: name, with: params };
}

function isDuration(params: z.ZodType, key: string): boolean {
	const shape = params instanceof z.ZodObject ? (params.shape as Record<string, z.ZodType>) : {};
	return shape[key] !== undefined && isDurationParam(shape[key]);
}

function runStep(
	kind: string,
	{ id, pointOfNoReturn, needs, skipCosts, when, timeout, retries, with: params = {} }: Fields,
	role: Role | undefined,
): RunStep {
	const timeoutMs = typeof timeout === 'string' ? parseDuration(timeout) : undefined;
	return {
		id: typeof id === 'string' ? id : kind,
		kind,
		...(role && { role }),
		params: isFields(params) ? params : {},
		...(pointOfNoReturn === true && { pointOfNoReturn }),
		...(isSides(needs) && { needs }),
		...(typeof skipCosts === 'string' && { skipCosts }),
		...(isWhen(when) && { when }),
		...(timeoutMs !== undefined && { timeoutMs }),
		...(typeof retries === 'number' && { retries }),
	};
}

const isSides = (value: unknown): value is ('from' | 'to')[] =>
	Array.isArray(value) && value.every((side) => side === 'from' || side === 'to');

const isWhen = (value: unknown): value is NonNullable<RunStep['when']> =>
	value !== undefined && problemsOfWhen(value, []).length === 0;

/** What the kind of the step has against it. */
function problemsOfKind(name: string, step: Fields, path: Problem['path'], kinds: Kinds): Problem[] {
	const kind = kinds.get(name);
	if (!kind) return problemsOfKeys({ [name]: true }, [...kinds.keys()], path, 'kind');
	const problems = problemsOfParams(kind.params, step.with ?? {}, [...path, 'with']);
	if (kind.fixedTimeout !== undefined && step.timeout !== undefined)
		problems.push({ path: [...path, 'timeout'], message: `${name} takes no timeout: ${kind.fixedTimeout}` });
	if (kind.type === 'gate' && step.retries !== undefined)
		problems.push({
			path: [...path, 'retries'],
			message: `${name} takes no retries: it changes nothing and asks until its time is over`,
		});
	return problems;
}

function problemsOfFields(
	{ id, pointOfNoReturn, needs, skipCosts, timeout, retries }: Fields,
	path: Problem['path'],
): Problem[] {
	const problems: Problem[] = [];
	const wrong = (key: string, message: string) => problems.push({ path: [...path, key], message });
	if (id !== undefined && !isPlainWord(id)) wrong('id', 'id must be of a-z, 0-9 and -, at most 64 long');
	if (pointOfNoReturn !== undefined && typeof pointOfNoReturn !== 'boolean')
		wrong('pointOfNoReturn', 'pointOfNoReturn must be true or false');
	if (needs !== undefined && !isSides(needs)) wrong('needs', 'needs must be a list of from and to');
	if (skipCosts !== undefined && typeof skipCosts !== 'string') wrong('skipCosts', 'skipCosts must be a text');
	if (timeout !== undefined && !(typeof timeout === 'string' && parseDuration(timeout) !== undefined))
		wrong('timeout', 'timeout must be a duration such as 90s (units ms, s, m, h)');
	if (retries !== undefined && !(Number.isInteger(retries) && Number(retries) >= 1 && Number(retries) <= 10))
		wrong('retries', 'retries must be a whole number from 1 to 10');
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
