import { KdrError } from '../errors/kdr-error.ts';

/** Of brokers, MirrorMaker 2 and kdr themselves: never a link's. */
const ownInternal = /^(__.*|\..*|mm2-.*\.internal|.*\.checkpoints\.internal|kdr-journal\.internal)$/;
/** IdentityReplicationPolicy takes whatever ends like this for MirrorMaker 2's own, and renames it. */
const heartbeats = /heartbeats$/;
/** MirrorMaker 2 before 4.0 mirrors no topic named like this; from 4.0 it does. */
const looksInternal = /[.-]internal$/;

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

/** The name a pattern means when it has no special character except a dot. */
export function plainName(pattern: string): string | null {
	const name = pattern.replaceAll('\\.', '.');
	return /^[\w.-]+$/.test(name) ? name : null;
}

const isNever = (name: string): boolean => ownInternal.test(name) || heartbeats.test(name);

/** A plain name is that name alone: as an expression `a.b` would take `a_b` too, which is somebody else's topic. */
function wantedBy(patterns: readonly string[]): { named: ReadonlySet<string>; matches: (name: string) => boolean } {
	const names = patterns.map(plainName);
	return {
		named: new Set(names.filter((name) => name !== null)),
		matches: fullMatch(patterns.filter((_pattern, index) => names[index] === null)),
	};
}

/** Topics of the link. One that looks internal is only there when kdr.yaml names it: a regular expression may not mean it. */
export function topicsInScope<T extends { name: string }>(topics: readonly T[], patterns: readonly string[]): T[] {
	const { named, matches } = wantedBy(patterns);
	return topics.filter(
		({ name }) => !isNever(name) && (named.has(name) || (matches(name) && !looksInternal.test(name))),
	);
}

/** Plain names among the patterns that no topic has; a regular expression may match nothing. */
export function unmatchedNames(topics: readonly string[], patterns: readonly string[]): string[] {
	const there = new Set(topics);
	return patterns.filter((pattern) => {
		const name = plainName(pattern);
		return name !== null && !there.has(name);
	});
}

/** Plain names among the patterns that MirrorMaker 2 renames, or never mirrors. */
export function neverMirroredNames(patterns: readonly string[]): string[] {
	return patterns
		.map(plainName)
		.filter((name) => name !== null)
		.filter(isNever);
}

/** Topics that the patterns match and the link leaves out: somebody may believe they are served. */
export function topicsLeftOut(topics: readonly string[], patterns: readonly string[]): string[] {
	const served = new Set(
		topicsInScope(
			topics.map((name) => ({ name })),
			patterns,
		).map(({ name }) => name),
	);
	const wanted = fullMatch(patterns);
	return topics.filter((name) => wanted(name) && !served.has(name) && !ownInternal.test(name));
}

export function groupsInScope(groups: {
	include: readonly string[];
	exclude: readonly string[];
}): (group: string) => boolean {
	const included = fullMatch(groups.include);
	const excluded = fullMatch(groups.exclude);
	return (group) => included(group) && !excluded(group);
}

/** Why a group's offsets are not kdr's to move; null: they are. Brokers that name no type know classic groups only. */
export function leftAlone({ id, type, protocol }: { id: string; type: string; protocol?: string }): string | null {
	if (type === 'share') return 'share group: its positions are not committed offsets';
	if (type === 'streams') return 'streams group: its state would not fit moved offsets';
	if (id.startsWith('connect-') || protocol === 'connect')
		return "Connect's group: sink connectors keep their own offsets, use Connect's offsets API";
	// Groups that hold nothing but an administrator's commits have no protocol.
	if (protocol !== undefined && protocol !== '' && protocol !== 'consumer')
		return `group of protocol "${protocol}": its members are no consumers`;
	return null;
}
