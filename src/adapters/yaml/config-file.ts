import { type FileHandle, open } from 'node:fs/promises';
import { basename, isAbsolute, relative, resolve } from 'node:path';
import type { Origin } from '../../domain/config/effective.ts';
import { effectiveValues } from '../../domain/config/effective.ts';
import type { KdrConfig } from '../../domain/config/link.ts';
import type { Env, Override } from '../../domain/config/overrides.ts';
import { applyOverrides, readOverrides } from '../../domain/config/overrides.ts';
import { readConfig } from '../../domain/config/read.ts';
import type { ConfigProblem, Path } from '../../domain/config/walk.ts';
import { pathText } from '../../domain/config/walk.ts';
import { KdrError } from '../../domain/errors/kdr-error.ts';
import type { YamlSource } from './yaml-source.ts';
import { readYaml, yamlSizeLimit } from './yaml-source.ts';

export interface ConfigRequest {
	/** `--config`. */
	flag?: string | undefined;
	env: Env;
	/** Absolute. */
	cwd: string;
}

export interface LoadedConfig {
	config: KdrConfig;
	/** Where each effective value comes from, by path (`links.orders.dns.ttl`). */
	origins: Map<string, Origin>;
}

/** One line of what is wrong: `kdr.yaml:12:5  links.orders.dns.tll: unknown key; did you mean ttl?` */
interface Problem {
	/** `kdr.yaml:12:5`, or the name of a variable. */
	at: string;
	path: string;
	message: string;
}

/**
 * Reads kdr.yaml: `--config`, else `KDR_CONFIG`, else ./kdr.yaml, with `KDR_CLUSTERS__…` and `KDR_LINKS__…` over it.
 * Throws KDR_CONFIG_MISSING; KDR_CONFIG_INVALID with every problem in `details.problems`.
 */
export async function loadConfig(request: ConfigRequest): Promise<LoadedConfig> {
	const file = resolve(request.cwd, request.flag ?? request.env.KDR_CONFIG ?? 'kdr.yaml');
	const shown = shortName(request.cwd, file);
	const source = readYaml(await readText(file, shown, request));
	const place = (path: Path): string => {
		const { line, column } = source.place(path);
		return `${shown}:${line}:${column}`;
	};
	if (source.problems.length > 0) {
		throw invalid(
			shown,
			source.problems.map(({ line, column, message }) => ({ at: `${shown}:${line}:${column}`, path: '', message })),
		);
	}
	if (typeof source.value !== 'object' || source.value === null || Array.isArray(source.value)) {
		throw invalid(shown, [{ at: `${shown}:1:1`, path: '', message: 'expected the keys clusters and links' }]);
	}
	const { overrides, problems: wrong } = readOverrides(request.env, source.value);
	const problems: Problem[] = wrong.map(({ variable, message }) => ({ at: variable, path: '', message }));
	const read = readConfig(applyOverrides(source.value, overrides), file);
	if ('problems' in read) {
		for (const { path, message } of inOrder(read.problems, source)) {
			problems.push({ at: overriding(overrides, path)?.variable ?? place(path), path: pathText(path), message });
		}
	}
	if ('problems' in read || problems.length > 0) throw invalid(shown, problems);
	return { config: read.config, origins: originsOf(read.config, source, overrides, shown, originOfFile(request)) };
}

function originsOf(
	config: KdrConfig,
	source: YamlSource,
	overrides: readonly Override[],
	shown: string,
	fileOrigin: Origin,
): Map<string, Origin> {
	const origins = new Map<string, Origin>([['file', fileOrigin]]);
	for (const { path, parts } of effectiveValues(config)) {
		const over = overriding(overrides, parts);
		if (over) origins.set(path, { from: 'env', where: over.variable });
		else if (has(source.value, parts))
			origins.set(path, { from: 'file', where: `${shown}:${source.place(parts).line}` });
		else origins.set(path, { from: 'default', where: 'built in' });
	}
	return origins;
}

/** As written in the file. */
function inOrder(problems: readonly ConfigProblem[], source: YamlSource): ConfigProblem[] {
	const place = new Map(problems.map((problem) => [problem, source.place(problem.path)]));
	const rank = (problem: ConfigProblem): number =>
		(place.get(problem)?.line ?? 0) * 100_000 + (place.get(problem)?.column ?? 0);
	return [...problems].sort((a, b) => rank(a) - rank(b));
}

const overriding = (overrides: readonly Override[], path: Path): Override | undefined =>
	overrides.find((over) => over.path.every((part, at) => path[at] === part));

function has(value: unknown, path: Path): boolean {
	let at = value;
	for (const part of path) {
		if (typeof at !== 'object' || at === null || !Object.hasOwn(at, part)) return false;
		at = (at as Record<string | number, unknown>)[part];
	}
	return at !== null;
}

function shortName(cwd: string, file: string): string {
	const short = relative(cwd, file);
	return short.startsWith('..') || isAbsolute(short) ? file : short || basename(file);
}

async function readText(file: string, shown: string, request: ConfigRequest): Promise<string> {
	try {
		await using handle = await open(file, 'r');
		const bytes = await readUpTo(handle, yamlSizeLimit + 1);
		if (bytes.length > yamlSizeLimit)
			throw invalid(shown, [{ at: shown, path: '', message: `larger than ${yamlSizeLimit} bytes` }]);
		return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
	} catch (error) {
		if (error instanceof KdrError) throw error;
		if (error instanceof TypeError) throw invalid(shown, [{ at: shown, path: '', message: 'not UTF-8 text' }]);
		throw missing(shown, request, error);
	}
}

/** The size of a pipe is not known beforehand, so the limit is kept while reading. */
async function readUpTo(handle: FileHandle, limit: number): Promise<Buffer> {
	const buffer = Buffer.alloc(limit);
	let length = 0;
	while (length < limit) {
		const { bytesRead } = await handle.read(buffer, length, limit - length);
		if (bytesRead === 0) break;
		length += bytesRead;
	}
	return buffer.subarray(0, length);
}

/** Which of the three places named the file. A command's `--config` may itself have been filled from the variable. */
function originOfFile({ flag, env }: ConfigRequest): Origin {
	if (flag !== undefined && flag !== env.KDR_CONFIG) return { from: 'flag', where: '--config' };
	if (env.KDR_CONFIG !== undefined) return { from: 'env', where: 'KDR_CONFIG' };
	return { from: 'default', where: 'built in' };
}

function missing(shown: string, request: ConfigRequest, cause: unknown): KdrError {
	const origin = originOfFile(request);
	const namedBy = origin.from === 'default' ? ' here' : ` (named by ${origin.where})`;
	const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown';
	if (code !== 'ENOENT' && code !== 'ENOTDIR') {
		return invalid(shown, [{ at: shown, path: '', message: `cannot be read (${code})` }], cause);
	}
	return new KdrError('KDR_CONFIG_MISSING', `there is no ${shown}${namedBy}`, {
		hint: 'write one (docs/configuration.md), name it with --config FILE, or start a lab: kdr lab up writes a working one',
		cause,
	});
}

function invalid(shown: string, problems: readonly Problem[], cause?: unknown): KdrError {
	const count = problems.length === 1 ? 'one problem' : `${problems.length} problems`;
	return new KdrError('KDR_CONFIG_INVALID', `${shown} has ${count}`, {
		hint: 'every key is described in docs/configuration.md',
		details: { problems },
		cause,
	});
}
