import { z } from 'zod';
import { suggestion } from './nearest.ts';

export type Path = readonly (string | number)[];

/** One thing wrong with a configuration, at a place in it. */
export interface ConfigProblem {
	path: Path;
	message: string;
}

/** As much of a value as could be understood: what a check must expect while other problems are still there. */
export type Tolerant<T> = T extends readonly unknown[] ? T : T extends object ? { [K in keyof T]?: Tolerant<T[K]> } : T;

/** `links.orders.topics[0]` */
export function pathText(path: Path): string {
	return path.map((part, at) => (typeof part === 'number' ? `[${part}]` : at === 0 ? part : `.${part}`)).join('');
}

/** The schema inside optional and default wrappers. */
export function bare(schema: z.core.$ZodType): z.core.$ZodType {
	if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault)
		return bare(schema.unwrap());
	return schema;
}

const isMap = (value: unknown): value is Record<string, unknown> =>
	typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * Reads `input` piece by piece, so that a problem in one place hides none in another. Adds to `problems`; gives what
 * could be understood.
 */
export function readTolerantly(
	schema: z.core.$ZodType,
	input: unknown,
	path: Path,
	problems: ConfigProblem[],
): unknown {
	const inner = bare(schema);
	if (inner instanceof z.ZodObject && isMap(input)) return readObject(inner, input, path, problems);
	if (inner instanceof z.ZodRecord && isMap(input)) return readRecord(inner, input, path, problems);
	const result = z.safeParse(schema, input);
	if (result.success) return result.data;
	for (const issue of result.error.issues) {
		const missing = input === undefined || input === null;
		const message = missing ? `missing; ${wanted(issue.message)}` : wanted(issue.message);
		problems.push({
			path: [...path, ...issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part))],
			message,
		});
	}
	return undefined;
}

/** zod's own words, where the schema has none, start with "Invalid input: ". */
const wanted = (message: string): string =>
	message.replace(/^Invalid input: /, '').replace(/, received undefined$/, '');

function readObject(
	schema: z.ZodObject,
	input: Record<string, unknown>,
	path: Path,
	problems: ConfigProblem[],
): Record<string, unknown> {
	const known = Object.keys(schema.shape);
	for (const key of Object.keys(input)) {
		if (known.includes(key)) continue;
		problems.push({ path: [...path, key], message: `unknown key; ${suggestion(key, known)}` });
	}
	const out: Record<string, unknown> = {};
	for (const [key, part] of Object.entries(schema.shape)) {
		const value = readTolerantly(part, Object.hasOwn(input, key) ? input[key] : undefined, [...path, key], problems);
		if (value !== undefined) out[key] = value;
	}
	return out;
}

function readRecord(
	schema: z.ZodRecord,
	input: Record<string, unknown>,
	path: Path,
	problems: ConfigProblem[],
): Record<string, unknown> {
	const out: Record<string, unknown> = {};
	for (const [key, part] of Object.entries(input)) {
		const named = z.safeParse(schema.keyType, key);
		if (!named.success)
			problems.push({ path: [...path, key], message: named.error.issues[0]?.message ?? 'not a name' });
		const value = readTolerantly(schema.valueType, part, [...path, key], problems);
		if (value !== undefined) out[key] = value;
	}
	return out;
}
