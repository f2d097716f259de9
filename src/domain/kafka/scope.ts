import { KdrError } from '../errors/kdr-error.ts';

/** Topics MirrorMaker 2 never mirrors: `DefaultReplicationPolicy.isInternalTopic` and heartbeats. */
const internal = /^(__.*|\..*|.*[.-]internal|(.*\.)?heartbeats)$/;

/** Tells names that any of the patterns matches in full, as MirrorMaker 2's filters do. */
export function fullMatch(patterns: readonly string[]): (name: string) => boolean {
	const compiled = patterns.map((pattern) => {
		try {
			return new RegExp(`^(?:${pattern})$`, 'u');
		} catch (cause) {
			throw new KdrError('KDR_CONFIG_INVALID', `"${pattern}" is not a regular expression`, { cause });
		}
	});
	return (name) => compiled.some((pattern) => pattern.test(name));
}

export function topicsInScope<T extends { name: string }>(topics: readonly T[], patterns: readonly string[]): T[] {
	const wanted = fullMatch(patterns);
	return topics.filter(({ name }) => wanted(name) && !internal.test(name));
}

/** Plain names among the patterns that no topic has; a regular expression may match nothing. */
export function unmatchedNames(topics: readonly string[], patterns: readonly string[]): string[] {
	const there = new Set(topics);
	return patterns.filter(
		(pattern) => /^[\w.-]+$/.test(pattern) && !there.has(pattern) && !topics.some(fullMatch([pattern])),
	);
}

export function groupsInScope(groups: {
	include: readonly string[];
	exclude: readonly string[];
}): (group: string) => boolean {
	const included = fullMatch(groups.include);
	const excluded = fullMatch(groups.exclude);
	return (group) => included(group) && !excluded(group);
}
