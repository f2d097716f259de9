import { blockUnless, type Check } from '../../domain/check.ts';
import { direction, type LinkConfig, namesOfRole } from '../../domain/config/link.ts';
import { topicsInScope } from '../../domain/kafka/scope.ts';
import { aliasesOf } from '../../domain/mirror/identity.ts';
import { reversed } from '../../domain/mirror/reverse.ts';
import { takenTwice, takesTopic, topicsOfWayBack } from '../../domain/mirror/topics.ts';
import { count, list } from '../../domain/text.ts';
import type { LinkConnector } from '../../observe/connectors.ts';
import type { RunFacts } from '../kind.ts';

/** The connectors of both directions, and every topic of the cluster that the mirror of the way back reads. */
export interface BothWays {
	forward: LinkConnector[];
	reverse: LinkConnector[];
	topics: string[];
}

/** A connector of the way back that does not exist yet, made from its twin of the old direction. */
export interface Made {
	twin: LinkConnector;
	name: string;
	config: Record<string, string>;
}

/** A source connector of the way back, as it is or will be; `called`: its own name of the cluster it reads. */
interface WayBackSource {
	name: string;
	config: Record<string, string>;
	called: string;
}

const ofRole = (role: LinkConnector['role'], connectors: readonly LinkConnector[]): LinkConnector[] =>
	connectors.filter((connector) => connector.role === role);

/** Existing ones keep their own settings. Where kdr.yaml gives one name, one source connector carries what several do the other way. */
export function connectorsToMake(facts: BothWays, ctx: RunFacts): Made[] {
	const roles = ['source', 'checkpoint', 'heartbeat'] as const;
	return roles.flatMap((role) =>
		pairs(role, facts, ctx).map(({ twin, name, alone }) => {
			const config = reversed(twin.config, name, twin);
			const own = role === 'source' && !alone ? twin.config : null;
			// Checkpoints of other topics are other teams' groups.
			const topics = role === 'heartbeat' ? {} : { topics: wayBackTopics(facts, ctx, own) };
			return { twin, name, config: { ...config, ...topics } };
		}),
	);
}

function pairs(role: LinkConnector['role'], { forward, reverse }: BothWays, { link, move }: RunFacts) {
	const names = namesOfRole(link.mirror.connectors[direction(move.to, move.from)], role);
	const twins = inOrder(
		ofRole(role, forward),
		namesOfRole(link.mirror.connectors[direction(move.from, move.to)], role),
	);
	const there = ofRole(role, reverse).map(({ name }) => name);
	const alone = names.length === 1;
	// What is there under other names carries the topics already.
	if (alone ? there.length > 0 : there.some((name) => !names.includes(name))) return [];
	return names.flatMap((name, at) => {
		const twin = twins[at];
		return twin && !there.includes(name) ? [{ twin, name, alone }] : [];
	});
}

/** As kdr.yaml lists them, then the others by name. */
function inOrder(connectors: LinkConnector[], names: readonly string[]): LinkConnector[] {
	const place = ({ name }: LinkConnector): number => (names.includes(name) ? names.indexOf(name) : names.length);
	return connectors.toSorted((a, b) => place(a) - place(b));
}

/** All source connectors of the way back, those that will be made included. */
export function wayBackSources(facts: BothWays, ctx: RunFacts): WayBackSource[] {
	const toMake = connectorsToMake(facts, ctx).filter(({ twin }) => twin.role === 'source');
	return [
		...ofRole('source', facts.reverse).map(({ name, config, aliases }) => ({ name, config, called: aliases.source })),
		...toMake.map(({ name, config }) => ({ name, config, called: aliasesOf(config).source })),
	];
}

/** `topics` of a mirror that is made: all of the link, or those that `twin` takes the other way. */
function wayBackTopics(
	{ topics }: Pick<BothWays, 'topics'>,
	ctx: RunFacts,
	twin: Record<string, string> | null,
): string {
	const cuts = ctx.output('cuts');
	const seeded = cuts ? cuts.topics() : namesInScope({ topics }, ctx.link);
	return twin === null
		? topicsOfWayBack(ctx.link.topics, seeded, topics)
		: topicsOfWayBack(
				(twin.topics ?? '.*').split(',').map((one) => one.trim()),
				seeded.filter(takesTopic(twin)),
				topics,
			);
}

const namesInScope = ({ topics }: Pick<BothWays, 'topics'>, link: LinkConfig): string[] =>
	topicsInScope(
		topics.map((name) => ({ name })),
		link.topics,
	).map(({ name }) => name);

/** What the mirror of the way back would carry twice, back to where it came from, or not at all. */
export function wayBackScope(facts: BothWays, ctx: RunFacts): Check[] {
	const { link, move } = ctx;
	const reverse = wayBackSources(facts, ctx).map(({ config }) => config);
	const scope = namesInScope(facts, link);
	const twice = takenTwice(reverse, scope);
	const untaken = reverse.length > 0 ? scope.filter((name) => !reverse.some((config) => takesTopic(config)(name))) : [];
	const forth = ofRole('source', facts.forward).map(({ config }) => takesTopic(config));
	const circling = facts.topics.filter(
		(name) =>
			!scope.includes(name) &&
			topicsInScope([{ name }], ['.*']).length > 0 &&
			forth.some((take) => take(name)) &&
			reverse.some((config) => takesTopic(config)(name)),
	);
	const hint = `topics of the source connectors ${move.to} → ${move.from}`;
	const what = `topics that the mirror ${move.to} → ${move.from}`;
	return [
		...asManyNames(facts, ctx),
		blockUnless(twice.length === 0, {
			code: 'mirror-takes-twice',
			what: `${what} takes with more than one connector`,
			observed: list(twice) || 'none',
			wanted: 'none: their records would be copied twice',
			hint,
		}),
		blockUnless(circling.length === 0, {
			code: 'mirror-carries-more',
			what: `${what} would copy back: they are not part of ${link.name}`,
			observed: list(circling) || 'none',
			wanted: 'none: it is not seeded for them',
			hint,
		}),
		blockUnless(untaken.length === 0, {
			code: 'mirror-takes-less',
			what: `topics of ${link.name} without a mirror ${move.to} → ${move.from}`,
			observed: list(untaken) || 'none',
			wanted: 'none',
			hint,
		}),
	];
}

/** Of a list of names each is made from the connector at the same place of the old direction. */
function asManyNames({ forward, reverse }: BothWays, { link, move }: RunFacts): Check[] {
	const names = namesOfRole(link.mirror.connectors[direction(move.to, move.from)], 'source');
	const twins = ofRole('source', forward);
	if (names.length < 2 || names.every((name) => reverse.some((one) => one.name === name))) return [];
	return [
		blockUnless(names.length === twins.length, {
			code: 'mirror-names-differ',
			what: `source connectors ${move.from} → ${move.to}, and names for their way back`,
			observed: `${list(twins.map(({ name }) => name)) || 'none'}; ${count(names.length, 'name')}`,
			wanted: 'as many names',
			hint: `links.${link.name}.mirror.connectors in kdr.yaml: one name in both directions for each, in the same order`,
		}),
	];
}
