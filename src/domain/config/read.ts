import { dirname, resolve } from 'node:path';
import type { ClusterConfig, KdrConfig, LinkConfig } from './link.ts';
import { direction } from './link.ts';
import { checkMeaning } from './meaning.ts';
import type { FileConfig } from './schema.ts';
import { fileSchema } from './schema.ts';
import type { ConfigProblem, Tolerant } from './walk.ts';
import { readTolerantly } from './walk.ts';

/** What `input` (the file with the overrides in it) means, or everything that is wrong with it. */
export function readConfig(input: unknown, file: string): { config: KdrConfig } | { problems: ConfigProblem[] } {
	const problems: ConfigProblem[] = [];
	const given = readTolerantly(fileSchema, input, [], problems);
	const misread = problems.map(({ path }) => path);
	// What could not be read is not missing as well.
	const isTold = ({ path }: ConfigProblem) =>
		misread.some((other) => path.every((part, index) => other[index] === part));
	if (given !== undefined)
		problems.push(...checkMeaning(given as Tolerant<FileConfig>).filter((problem) => !isTold(problem)));
	if (problems.length > 0) return { problems };
	return { config: complete(secretFilesFrom(dirname(file), fileSchema.parse(input)), file) };
}

function complete(given: FileConfig, file: string): KdrConfig {
	const clusters: Record<string, ClusterConfig> = {};
	for (const [alias, cluster] of Object.entries(given.clusters)) clusters[alias] = present({ alias, ...cluster });
	const links: Record<string, LinkConfig> = {};
	for (const [name, link] of Object.entries(given.links)) {
		const [first, second] = link.clusters;
		const connectors = { ...named(first, second), ...named(second, first), ...link.mirror.connectors };
		const values = Object.fromEntries(
			Object.entries(link.dns.values).map(([alias, list]) => [alias, [...list].sort()]),
		);
		links[name] = present({ name, ...link, mirror: { ...link.mirror, connectors }, dns: { ...link.dns, values } });
	}
	return { file, clusters, links };
}

/** MirrorMaker 2's connectors of one direction as they are named by default. */
function named(source: string, target: string): LinkConfig['mirror']['connectors'] {
	const flow = direction(source, target);
	return { [flow]: { source: `${flow}-source`, checkpoint: `${flow}-checkpoint`, heartbeat: `${flow}-heartbeat` } };
}

type Present<T> = T extends readonly unknown[]
	? T
	: T extends object
		? { [K in keyof T]: Present<Exclude<T[K], undefined>> }
		: T;

/** zod types an absent key as possibly `undefined`; it never makes one, so only the type changes. */
const present = <T>(value: T): Present<T> => value as Present<T>;

/** Files of secrets are named relative to kdr.yaml; from here on they are absolute. `file` is a key of nothing else. */
function secretFilesFrom<T>(base: string, value: T): T {
	if (Array.isArray(value) || typeof value !== 'object' || value === null) return value;
	const parts = Object.entries(value).map(([key, part]) => [
		key,
		key === 'file' && typeof part === 'string' ? resolve(base, part) : secretFilesFrom(base, part),
	]);
	return Object.fromEntries(parts);
}
