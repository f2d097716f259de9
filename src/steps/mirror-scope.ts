import { blockUnless, type Check, warnUnless } from '../domain/check.ts';
import { partitionName } from '../domain/kafka/partition.ts';
import { defaultExclude, takenTwice, takesTopic } from '../domain/mirror/topics.ts';
import { unmirroredAccepted } from '../domain/mirror/unmirrored.ts';
import { count, list } from '../domain/text.ts';
import type { LinkConnector } from '../observe/connectors.ts';
import type { MirrorCoverage, Unmirrored } from '../observe/mirror-coverage.ts';
import type { Topic } from '../ports/cluster.ts';
import type { RunFacts } from './kind.ts';

/** What is known of the mirror and of what it carries. */
export interface MirrorScope {
	forward: LinkConnector[];
	/** Topics of the link on the side we leave; null: not asked, that side is dead. */
	fromTopics: Topic[] | null;
	/** Topics the mirror has read from; null: Connect does not tell. */
	mirrored: string[] | null;
	/** null: not asked, the run itself starts the mirror or does not need it. */
	coverage: MirrorCoverage | null;
	/** Of Connect or Schema Registry, in the mirror; null: not asked, as above. */
	workerTopics: string[] | null;
}

/** What the mirror does not take, takes twice, or should not take: after the fence it would be found too late. */
export function mirrorScope(
	{ forward, fromTopics, mirrored, coverage, workerTopics }: MirrorScope,
	{ link, move, consent }: RunFacts,
): Check[] {
	const connectors = forward.filter(({ role }) => role === 'source');
	const sources = connectors.map(({ config }) => config);
	if (!coverage || !fromTopics || sources.length === 0) return [];
	const takes = sources.map(takesTopic);
	const taken = (name: string): boolean => takes.some((take) => take(name)) || (mirrored?.includes(name) ?? false);
	const scope = fromTopics.map(({ name }) => name);
	const twice = takenTwice(sources, scope);
	const untaken = scope.filter((name) => !taken(name));
	// A mirror that begins at the start will come to them.
	const fromNewest = sources.filter(beginsAtNewest).map(takesTopic);
	const never = coverage.never.filter(({ topic }) => fromNewest.some((take) => take(topic)));
	const accepted = unmirroredAccepted(consent);
	const behind = never.filter(accepted);
	const workers = workerTopics ?? [];
	const mirror = `mirror ${move.from} → ${move.to}`;
	const finding = (code: string, what: string, found: string[], wanted: string, hint: string): Check => ({
		...blockUnless(found.length === 0, { code, what, wanted, observed: list(found) || 'none' }),
		...(found.length > 0 && { hint }),
	});
	const unread = coverage.unknown.map(partitionName);
	/** None found is known only of what was read. */
	const ofPartitions = (check: Check): Check =>
		check.status === 'block' || unread.length === 0
			? check
			: { ...check, status: 'unknown', observed: `unknown: the log of ${list(unread)} was not readable` };
	return [
		finding(
			'mirror-takes-twice',
			`topics that the ${mirror} takes with more than one connector`,
			twice,
			'none: their records are copied twice',
			`topics of the source connectors ${move.from} → ${move.to}`,
		),
		finding(
			'topic-unmirrored',
			`topics of ${link.name} that no connector of the ${mirror} takes`,
			untaken,
			'none',
			`add them to topics of the source connector, or remove them from links.${link.name}.topics`,
		),
		ofPartitions(
			finding(
				'partition-unmirrored',
				`partitions of ${link.name} with records and without a mirrored position`,
				never.filter((at) => !accepted(at)).map(unmirroredText),
				'none',
				`mirror them from the start (auto.offset.reset=earliest), remove the topic from links.${link.name}.topics, or leave their records behind: --accept-unmirrored TOPIC:PARTITION`,
			),
		),
		...(behind.length > 0 ? [staysByConsent(behind, move.from)] : []),
		ofPartitions(
			finding(
				'position-past-end',
				`mirrored positions past the log end on ${move.from}`,
				coverage.pastEnd.map(partitionName),
				'none: the topic was deleted and created again',
				'reset the offsets of the source connector for these partitions, and compare both sides',
			),
		),
		finding(
			'mirror-carries-workers',
			`topics of Connect or Schema Registry in the ${mirror}`,
			workers,
			"none: one side's workers would read the other's",
			excludeHint(connectors, workers),
		),
		...connectors.map(convertersCheck),
	];
}

const unmirroredText = (at: Unmirrored): string => `${partitionName(at)} (${count(at.records, 'record')} at most)`;

const staysByConsent = (behind: readonly Unmirrored[], from: string): Check => ({
	code: 'records-left-behind',
	status: 'warn',
	what: `records that stay on ${from} alone, by consent`,
	observed: list(behind.map(unmirroredText)),
});

const beginsAtNewest = (config: Record<string, string>): boolean =>
	(config['source.consumer.auto.offset.reset'] ?? config['consumer.auto.offset.reset']) === 'latest';

/** The whole line: what a connector is given replaces MirrorMaker 2's default. */
const excludeHint = (connectors: readonly LinkConnector[], workers: readonly string[]): string =>
	connectors
		.filter(({ config }) => workers.some(takesTopic(config)))
		.map(({ name, config }) => {
			const names = workers.filter(takesTopic(config)).map((topic) => topic.replaceAll('.', '\\.'));
			return `${name}: topics.exclude=${[config['topics.exclude'] ?? defaultExclude, ...names].join(',')}`;
		})
		.join(' · ');

const byteArrays = /^(org\.apache\.kafka\.connect\.converters\.)?ByteArrayConverter$/;

/** What is no bytes on the way is written otherwise than it was read. */
function convertersCheck({ name, config }: LinkConnector): Check {
	const given = (key: string): string | undefined => config[`${key}.converter`];
	const keys = ['key', 'value', 'header'];
	const changed = keys.filter((key) => given(key) !== undefined && !byteArrays.test(given(key) ?? ''));
	const found = [
		...changed.map((key) => `${key}.converter is "${given(key)}"`),
		...(given('header') === undefined ? ['header.converter is the default of its worker'] : []),
	];
	return warnUnless(found.length === 0, {
		code: 'mirror-changes-records',
		what: `converters of ${name}`,
		observed: list(found) || 'bytes are copied as they are',
		wanted: 'org.apache.kafka.connect.converters.ByteArrayConverter, or headers (keys, values) may change on the way',
	});
}
