import type { Check } from '../domain/check.ts';
import type { LinkConfig } from '../domain/config/link.ts';
import { topicsInScope, unmatchedNames } from '../domain/kafka/scope.ts';
import { list } from '../domain/text.ts';
import type { Connector } from '../ports/mirror.ts';
import type { Side } from '../ports/world.ts';

/** A topic that is named in kdr.yaml and that nobody has is a slip of the pen: the one that was meant would be left behind unseen. */
export function namedTopicsThere(link: LinkConfig, names: readonly string[], alias: string): Check {
	const absent = unmatchedNames(names, link.topics);
	return {
		code: 'topic-unknown',
		status: absent.length === 0 ? 'pass' : 'block',
		what: `topics that kdr.yaml names for ${link.name}`,
		observed: absent.length === 0 ? 'all there' : `${list(absent)}: not on ${alias}`,
		...(absent.length > 0 && {
			hint: `mend links.${link.name}.topics in kdr.yaml, or the topic meant stays behind; if it is gone for good: --override topic-unknown=REASON`,
		}),
	};
}

/** Topics that the mirror carries and the link does not: their clients follow the record too, and nobody fences or counts them. */
export function strayTopics(link: LinkConfig, mirrored: readonly string[]): Check {
	const topics = mirrored.map((name) => ({ name }));
	const mine = new Set(topicsInScope(topics, link.topics).map(({ name }) => name));
	const strays = topicsInScope(topics, ['.*']).filter(({ name }) => !mine.has(name));
	return {
		code: 'topic-outside',
		status: strays.length === 0 ? 'pass' : 'warn',
		what: `topics that are mirrored and not of ${link.name}`,
		observed: strays.length === 0 ? 'none' : list(strays.map(({ name }) => name)),
		...(strays.length > 0 && {
			hint: 'they are not fenced, drained or translated; if their clients use the same record, add them to the link',
		}),
	};
}

/** Topics that the source connectors of a direction have read from and that are still there; null when Connect does not tell. */
export async function mirroredTopics(
	target: Side,
	forward: readonly Connector[],
	there: ReadonlySet<string>,
): Promise<string[] | null> {
	const sources = forward.filter(({ role }) => role === 'source');
	const positions = await Promise.all(sources.map(({ name }) => target.mirror.positions(name))).catch(() => null);
	if (positions === null) return null;
	const names = new Set(positions.flatMap((known) => [...known.keys()].map(({ topic }) => topic)));
	return [...names].filter((name) => there.has(name)).sort();
}
