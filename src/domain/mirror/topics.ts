import { fullMatch, plainName, topicsInScope } from '../kafka/scope.ts';

/** `DefaultTopicFilter`: what a connector leaves out unless `topics.exclude` says otherwise. */
export const defaultExclude = '.*[\\-.]internal, .*\\.replica, __.*';

const words = (text: string): string[] => text.split(',').map((word) => word.trim());

/** Tells the topics that a source connector with this configuration takes. */
export function takesTopic(config: Record<string, string>): (name: string) => boolean {
	const [wanted, left] = [
		fullMatch(words(config.topics ?? '.*')),
		fullMatch(words(config['topics.exclude'] ?? defaultExclude)),
	];
	return (name) => wanted(name) && !left(name);
}

/**
 * False where a source or checkpoint connector certainly takes no topic of the link: it is somebody else's. `there`: topics of the cluster it
 * writes to; while none of the link is there, that is unknown.
 */
export function takesOfLink(
	config: Record<string, string>,
	patterns: readonly string[],
	there: readonly string[],
): boolean {
	const own = words(config.topics ?? '.*');
	if (own.some((pattern) => patterns.includes(pattern))) return true;
	const known = topicsInScope(
		there.map((name) => ({ name })),
		patterns,
	).map(({ name }) => name);
	const named = [...patterns.map(plainName), ...own.map(plainName)].filter((name) => name !== null);
	const names = [...known, ...named.filter(fullMatch(patterns))];
	return names.length === 0 || names.some(takesTopic(config));
}

/** Topics that more than one of the connectors takes: their records would be copied twice. */
export function takenTwice(configs: readonly Record<string, string>[], names: readonly string[]): string[] {
	const takes = configs.map(takesTopic);
	return names.filter((name) => takes.filter((take) => take(name)).length > 1);
}

/**
 * `topics` of a mirror of the way back: the link's and nothing else, or what it is not seeded for would be copied back from the start. The
 * link's own patterns, so that a topic made later flows too; where they would take more than `seeded` of the topics there, the names.
 */
export function topicsOfWayBack(
	patterns: readonly string[],
	seeded: readonly string[],
	there: readonly string[],
): string {
	const topics = there.map((name) => ({ name }));
	const inScope = new Set(topicsInScope(topics, patterns).map(({ name }) => name));
	const wanted = fullMatch(patterns);
	const exact =
		!patterns.some((pattern) => pattern.includes(',')) &&
		there.every((name) => !wanted(name) || (inScope.has(name) && seeded.includes(name)));
	return exact ? patterns.join(',') : seeded.map((name) => name.replaceAll('.', '\\.')).join(',');
}
