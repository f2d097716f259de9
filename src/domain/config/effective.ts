import { dirname, isAbsolute, relative } from 'node:path';
import { formatDuration } from './duration.ts';
import type { KdrConfig, SecretRef } from './link.ts';

/** Where one effective value comes from. */
export interface Origin {
	from: 'file' | 'env' | 'flag' | 'default';
	/** `kdr.yaml:12`, the variable's name, the flag, or `built in`. */
	where: string;
}

/** One effective value, safe to show: secrets as their reference, no user info in URLs. */
export interface EffectiveValue {
	path: string;
	/** The same, part by part: names may contain dots. */
	parts: string[];
	value: string | number | string[];
}

/** Every effective value in the order of the file's own sections. */
export function effectiveValues(config: KdrConfig): EffectiveValue[] {
	return [...flatten({ clusters: config.clusters, links: config.links }, [], dirname(config.file))].map((row) =>
		isDuration(row.parts) && typeof row.value === 'number' ? { ...row, value: formatDuration(row.value) } : row,
	);
}

const isDuration = ([, , section, key, part]: readonly string[]): boolean =>
	section === 'objectives' || section === 'rules' || (section === 'fence' && (key === 'still' || part === 'within'));

/** The path already has the names of clusters and links. */
const inPath = (parts: readonly string[]): boolean =>
	parts.length === 3 &&
	((parts[0] === 'clusters' && parts[2] === 'alias') || (parts[0] === 'links' && parts[2] === 'name'));

function* flatten(value: unknown, parts: string[], base: string): Generator<EffectiveValue> {
	if (value === undefined || inPath(parts)) return;
	const path = parts.join('.');
	if (isSecret(value)) yield { path, parts, value: secretText(value, base) };
	else if (Array.isArray(value)) yield { path, parts, value: value.map((item) => maskUrl(String(item))) };
	else if (typeof value === 'object' && value !== null) {
		const inside = Object.entries(value);
		if (inside.length === 0) yield { path, parts, value: '{}' };
		for (const [key, part] of inside) yield* flatten(part, [...parts, key], base);
	} else yield { path, parts, value: typeof value === 'number' ? value : maskUrl(String(value)) };
}

function isSecret(value: unknown): value is SecretRef {
	if (typeof value !== 'object' || value === null || Object.keys(value).length !== 1) return false;
	const [key, part] = Object.entries(value)[0] ?? [];
	return key === 'command' ? Array.isArray(part) : (key === 'file' || key === 'env') && typeof part === 'string';
}

/** `file secrets/kdr`: where a secret is read from, never what it is. Files below `base` are shown relative to it. */
function secretText(secret: SecretRef, base: string): string {
	if ('file' in secret) return `file ${below(base, secret.file)}`;
	if ('env' in secret) return `env ${secret.env}`;
	return `command ${secret.command.join(' ')}`;
}

const maskUrl = (text: string): string => text.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/@]*@/i, '$1***@');

function below(base: string, file: string): string {
	const short = relative(base, file);
	return short.startsWith('..') || isAbsolute(short) ? file : short;
}
