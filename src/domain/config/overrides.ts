import { z } from 'zod';
import { suggestion } from './nearest.ts';
import { fileSchema, secretSchema } from './schema.ts';
import { documentedVariables, isDocumented } from './variables.ts';
import { bare, pathText } from './walk.ts';

export type Env = Readonly<Record<string, string | undefined>>;

/** A value of the environment that replaces one of the file. */
export interface Override {
	variable: string;
	path: string[];
	value: unknown;
}

export interface OverrideProblem {
	variable: string;
	message: string;
}

const normal = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, '_');

/**
 * The overrides in `env`: `KDR_LINKS__ORDERS__DNS__TTL=60` sets `links.orders.dns.ttl`. Double underscore nests, case is
 * ignored, "-" and "." are written "_". Names of clusters and links must be in the file (`input`).
 */
export function readOverrides(env: Env, input: unknown): { overrides: Override[]; problems: OverrideProblem[] } {
	const overrides: Override[] = [];
	const problems: OverrideProblem[] = [];
	const asSecret = secretVariables(input);
	for (const [variable, text] of Object.entries(env).sort(([a], [b]) => (a < b ? -1 : 1))) {
		if (!variable.startsWith('KDR_') || text === undefined || isDocumented(variable) || asSecret.has(variable))
			continue;
		const found = resolve(variable.slice('KDR_'.length).split('__'), input);
		if ('problem' in found) problems.push({ variable, message: found.problem });
		else overrides.push({ variable, path: found.path, value: found.read(text) });
	}
	return { overrides, problems };
}

type Found = { path: string[]; read: (text: string) => unknown } | { problem: string };

function resolve(segments: readonly string[], input: unknown): Found {
	const path: string[] = [];
	let schema: z.core.$ZodType = fileSchema;
	let value: unknown = input;
	for (const segment of segments) {
		const known = namesIn(schema, value);
		if (known === undefined) return { problem: `${pathText(path)} has nothing below it` };
		const name = known.find((candidate) => normal(candidate) === normal(segment));
		if (name === undefined) return { problem: unknownSegment(path, segment, known) };
		if (schema === secretSchema) return { path, read: (text) => ({ [name]: text }) };
		schema = below(schema, name);
		value = typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
		path.push(name);
	}
	return leaf(schema, path);
}

function unknownSegment(path: readonly string[], segment: string, known: readonly string[]): string {
	if (path.length > 0)
		return `${pathText(path)} has no ${segment.toLowerCase()}; ${suggestion(normal(segment), known)}`;
	const near = suggestion(`KDR_${segment}`.toUpperCase(), [
		...Object.keys(documentedVariables),
		...known.map((name) => `KDR_${name.toUpperCase()}__…`),
	]);
	return `unknown variable; ${near}`;
}

function namesIn(schema: z.core.$ZodType, value: unknown): string[] | undefined {
	if (schema === secretSchema) return ['file', 'env'];
	if (schema instanceof z.ZodObject) return Object.keys(schema.shape);
	if (schema instanceof z.ZodRecord) return typeof value === 'object' && value !== null ? Object.keys(value) : [];
	return undefined;
}

function below(schema: z.core.$ZodType, name: string): z.core.$ZodType {
	if (schema instanceof z.ZodObject) return bare(schema.shape[name]);
	if (schema instanceof z.ZodRecord) return bare(schema.valueType);
	return schema;
}

function leaf(schema: z.core.$ZodType, path: string[]): Found {
	const at = pathText(path);
	if (schema === secretSchema)
		return { problem: `${at} is a secret: set ${at}.file or ${at}.env to where it is read from` };
	if (schema instanceof z.ZodObject || schema instanceof z.ZodRecord)
		return { problem: `${at} is not one value; name the one below it` };
	if (schema instanceof z.ZodArray || schema instanceof z.ZodTuple)
		return { problem: `${at} is a list; lists are set in kdr.yaml` };
	if (schema instanceof z.ZodNumber)
		return { path, read: (text) => (/^-?\d+$/.test(text.trim()) ? Number(text) : text) };
	return { path, read: (text) => text };
}

/** Variables the file itself names as the place of a secret: not ours to judge. */
function secretVariables(input: unknown): Set<string> {
	if (typeof input !== 'object' || input === null) return new Set();
	const found = new Set<string>();
	for (const [key, value] of Object.entries(input)) {
		if (key === 'env' && typeof value === 'string') found.add(value);
		for (const name of secretVariables(value)) found.add(name);
	}
	return found;
}

/** A copy of `input` with the overrides in it. */
export function applyOverrides(input: unknown, overrides: readonly Override[]): unknown {
	const copy = structuredClone(input);
	for (const { path, value } of overrides) {
		let at = copy as Record<string, unknown>;
		for (const part of path.slice(0, -1)) {
			if (typeof at[part] !== 'object' || at[part] === null) at[part] = {};
			at = at[part] as Record<string, unknown>;
		}
		at[path.at(-1) ?? ''] = value;
	}
	return copy;
}
