import { z } from 'zod';
import { suggestion } from '../config/nearest.ts';

/** One thing wrong, at a place in the document such as `['steps', 2, 'with', 'topic']`. */
export interface Problem {
	path: readonly (string | number)[];
	message: string;
}

/** Keys that nothing knows, each with the nearest known one. With `at`, the words are values of that key. */
export function problemsOfKeys(
	value: Record<string, unknown>,
	known: readonly string[],
	path: Problem['path'],
	at?: string,
): Problem[] {
	return Object.keys(value)
		.filter((key) => !known.includes(key))
		.map((key) => ({
			path: [...path, at ?? key],
			message: `unknown ${at ?? 'key'} ${key}; ${suggestion(key, known)}`,
		}));
}

/** Everything the schema has against the parameters, with suggestions for unknown keys. */
export function problemsOfParams(schema: z.ZodType, params: unknown, path: Problem['path']): Problem[] {
	const shape = schema instanceof z.ZodObject ? Object.keys(schema.shape) : undefined;
	const isMap = typeof params === 'object' && params !== null && !Array.isArray(params);
	const unknown = shape && isMap ? problemsOfKeys(params as Record<string, unknown>, shape, path) : [];
	const parsed = z.safeParse(schema, params);
	if (parsed.success) return unknown;
	const issues = parsed.error.issues
		.filter((issue) => !(issue.code === 'unrecognized_keys' && issue.path.length === 0 && shape))
		.map((issue) => ({
			path: [...path, ...issue.path.filter((key) => typeof key !== 'symbol')],
			message: issue.message,
		}));
	return [...unknown, ...issues];
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: those are what is looked for
const controls = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/u;

/** Texts and keys that could steer a terminal or hide what they say; and what contains itself, of which there is no end. */
export function problemsOfText(value: unknown, path: Problem['path'] = [], above: readonly unknown[] = []): Problem[] {
	if (typeof value === 'string')
		return controls.test(value) ? [{ path, message: 'a control character in a text' }] : [];
	if (typeof value !== 'object' || value === null) return [];
	if (above.includes(value)) return [{ path, message: 'an alias that contains itself' }];
	const own = Array.isArray(value) ? [] : Object.keys(value).filter((key) => controls.test(key));
	return [
		...own.map((key) => ({ path: [...path, key], message: 'a control character in a key' })),
		...Object.entries(value).flatMap(([key, part]) =>
			problemsOfText(part, [...path, Array.isArray(value) ? Number(key) : key], [...above, value]),
		),
	];
}
