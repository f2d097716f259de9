import { blockUnless, type Check, warnUnless } from '../domain/check.ts';
import type { LinkConfig } from '../domain/config/link.ts';
import { ifUnreadable } from '../domain/errors/kdr-error.ts';
import { neverMirroredNames, topicsInScope, topicsLeftOut, unmatchedNames } from '../domain/kafka/scope.ts';
import { list } from '../domain/text.ts';
import type { LinkConnector } from '../observe/connectors.ts';
import type { Side } from '../ports/world.ts';

/** A topic that is named in kdr.yaml and that nobody has is a typing error: the one that was meant would not move. */
export function namedTopicsThere(link: LinkConfig, names: readonly string[], alias: string): Check {
	const absent = unmatchedNames(names, link.topics);
	return blockUnless(absent.length === 0, {
		code: 'topic-unknown',
		what: `topics that kdr.yaml names for ${link.name}`,
		observed: absent.length === 0 ? 'all there' : `${list(absent)}: not on ${alias}`,
		found: absent,
		...(absent.length > 0 && {
			hint: `correct links.${link.name}.topics in kdr.yaml, or the topic meant does not move; if it is gone for good: --override topic-unknown=REASON`,
		}),
	});
}

/** A name in kdr.yaml is served or refused, never dropped. */
export function namedTopicsMirrored(link: LinkConfig): Check {
	const refused = neverMirroredNames(link.topics);
	return blockUnless(refused.length === 0, {
		code: 'topic-never-mirrored',
		what: `topics of ${link.name} that MirrorMaker 2 can mirror under their own name`,
		observed: refused.length === 0 ? 'all that kdr.yaml names' : `not ${list(refused)}`,
		...(refused.length > 0 && {
			hint: `MirrorMaker 2 renames topics whose names end with heartbeats and never mirrors internal ones: remove them from links.${link.name}.topics in kdr.yaml`,
		}),
	});
}

/** Topics that a regular expression of the link matches and that it does not cover. */
export function leftOutTopics(link: LinkConfig, names: readonly string[]): Check {
	const ofMirror = new Set(['heartbeats', ...link.clusters.map((alias) => `${alias}.heartbeats`)]);
	const out = topicsLeftOut(names, link.topics).filter((name) => !ofMirror.has(name));
	return warnUnless(out.length === 0, {
		code: 'topic-left-out',
		what: `topics that match ${link.name} and are not part of it`,
		observed: out.length === 0 ? 'none' : list(out),
		...(out.length > 0 && {
			hint: `their names look internal, or a dot of a name matches them; to include one, name it in links.${link.name}.topics in kdr.yaml`,
		}),
	});
}

/** Topics that the mirror carries and the link does not: their clients follow the record too, and nobody fences or counts them. */
export function strayTopics(link: LinkConfig, mirrored: readonly string[]): Check {
	const topics = mirrored.map((name) => ({ name }));
	const mine = new Set(topicsInScope(topics, link.topics).map(({ name }) => name));
	const carried = topicsInScope(topics, ['.*', ...mirrored.map((name) => name.replaceAll('.', '\\.'))]);
	const strays = carried.filter(({ name }) => !mine.has(name));
	return warnUnless(strays.length === 0, {
		code: 'topic-outside',
		what: `topics that are mirrored and not of ${link.name}`,
		observed: strays.length === 0 ? 'none' : list(strays.map(({ name }) => name)),
		...(strays.length > 0 && {
			hint: 'they are not fenced, drained or translated, and not mirrored in either direction until the move back; if their clients use the same record, add them to the link',
		}),
	});
}

/** Topics that the source connectors of a direction have read from and that are still there; null when Connect does not tell. */
export async function mirroredTopics(
	target: Side,
	forward: readonly LinkConnector[],
	there: ReadonlySet<string>,
): Promise<string[] | null> {
	const sources = forward.filter(({ role }) => role === 'source');
	const positions = await Promise.all(sources.map(({ name }) => target.mirror.positions(name))).catch(
		ifUnreadable(null),
	);
	if (positions === null) return null;
	const names = new Set(positions.flatMap((known) => [...known.keys()].map(({ topic }) => topic)));
	return [...names].filter((name) => there.has(name)).sort();
}
