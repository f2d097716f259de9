import type { LinkConfig } from '../domain/config/link.ts';
import { asKdrError, ifUnreadable } from '../domain/errors/kdr-error.ts';
import { PartitionMap } from '../domain/kafka/partition.ts';
import {
	aliasesOf,
	type MirrorRole,
	namedBy,
	type Place,
	type Route,
	renamesTopics,
	roleOf,
	routeOf,
} from '../domain/mirror/identity.ts';
import { takesOfLink } from '../domain/mirror/topics.ts';
import { askUntil } from '../ports/ask-until.ts';
import type { Clock } from '../ports/clock.ts';
import type { Cluster } from '../ports/cluster.ts';
import type { Connector } from '../ports/mirror.ts';
import type { Side, World } from '../ports/world.ts';

/** It works, or is about to: tasks outlive a stop for seconds, and a paused one finishes what it started. */
export const notStopped = ({ state, tasks }: Connector): boolean => state !== 'STOPPED' || tasks.length > 0;

/** A MirrorMaker 2 connector between the two clusters of a link. */
export interface LinkConnector extends Connector {
	role: MirrorRole;
	/** Alias of the cluster it reads, and of the one it writes to, as kdr.yaml calls them. */
	source: string;
	target: string;
	/** What MirrorMaker 2 calls them. */
	aliases: { source: string; target: string };
}

/** The connectors of a link on both Connect clusters; one that does not answer is a value. */
export interface LinkConnectors {
	connectors: LinkConnector[];
	/** Somebody else's between the same two clusters: they take no topic of the link. Never touched. */
	others: LinkConnector[];
	/** Source connectors that take topics of the link from a cluster that is not known. */
	unplaced: string[];
	unreachable: { alias: string; why: string }[];
}

export async function linkConnectors(world: World, link: LinkConfig): Promise<LinkConnectors> {
	const sides = link.clusters.map((alias) => world.side(alias));
	const unreachable: LinkConnectors['unreachable'] = [];
	// One Connect cluster may run the mirrors of both directions.
	const hosts = new Map(sides.map((side) => [side.mirror.beside, side]));
	const read = [...hosts.values()].map((host) =>
		survey(host, sides, link).catch((thrown: unknown) => {
			unreachable.push({ alias: host.alias, why: asKdrError(thrown).message });
			return [];
		}),
	);
	return { ...sorted((await Promise.all(read)).flat()), unreachable };
}

function sorted(seen: readonly Seen[]): Omit<LinkConnectors, 'unreachable'> {
	const placed = (ours: boolean): LinkConnector[] =>
		seen.flatMap(({ ours: own, route, ...connector }) => {
			const { source, target } = route;
			if (own !== ours || source === null || target === null || source === target) return [];
			return [{ ...connector, source, target, aliases: aliasesOf(connector.config) }];
		});
	const unplaced = seen.filter(({ role, ours, route }) => role === 'source' && ours && route.source === null);
	return { connectors: placed(true), others: placed(false), unplaced: unplaced.map(({ name }) => name) };
}

const passing = ['unknown', 'UNASSIGNED', 'RESTARTING'];

/** The same once none is being handed round among workers: a state that passes by itself refuses nothing. */
export function settledConnectorsOf(
	target: Side,
	source: Side,
	{ link, clock }: { link: LinkConfig; clock: Clock },
): Promise<LinkConnector[]> {
	return askUntil(() => connectorsOf(target, source, link), {
		...{ clock, withinMs: 15_000, everyMs: 500 },
		isEnough: (connectors) =>
			connectors.every(({ state, tasks }) =>
				[state, ...tasks.map((task) => task.state)].every((one) => !passing.includes(one)),
			),
	});
}

/** MirrorMaker 2 connectors of the link in one direction; they run beside the cluster they write to. */
export async function connectorsOf(target: Side, source: Side, link: LinkConfig): Promise<LinkConnector[]> {
	const { connectors } = sorted(await survey(target, [target, source], link));
	return connectors.filter((connector) => connector.source === source.alias && connector.target === target.alias);
}

/** What else mirrors into `target`: connectors of others, and source connectors that read nobody knows where. */
export async function strangersOf(
	target: Side,
	source: Side,
	link: LinkConfig,
): Promise<Pick<LinkConnectors, 'others' | 'unplaced'>> {
	const { others, unplaced } = sorted(await survey(target, [target, source], link));
	return { others, unplaced };
}

interface Seen extends Connector {
	role: MirrorRole;
	route: Route;
	ours: boolean;
}

/** The mirrors that run on the Connect cluster beside `host`. A name in kdr.yaml says more than what can be seen. */
async function survey(host: Side, sides: readonly Side[], link: LinkConfig): Promise<Seen[]> {
	const { mirror } = host;
	const places = sides.map(({ cluster }) => placeOf(cluster, cluster.bootstrap));
	const mirrors = (await mirror.connectors()).flatMap((connector) => {
		const given = namedBy(link, connector.name);
		const role = given?.role ?? roleOf(connector.config);
		const route = given?.route ?? routeOf(connector.config, places, mirror.beside);
		return role === null || !belongsTo(link)(connector) ? [] : [{ ...connector, role, route, named: given !== null }];
	});
	const nameless = mirrors.some(({ named, role }) => !named && role !== 'heartbeat');
	const there = nameless ? (await host.cluster.topics()).map(({ name }) => name) : [];
	const seen = mirrors.map(({ named, ...one }) => ({ ...one, ours: named || isOurs(one, mirrors, link, there) }));
	// Brokers are asked only where it matters: a cluster that is dead answers late.
	const astray = seen.filter(({ role, ours, route }) => role === 'source' && ours && route.source === null);
	const advertised = astray.length > 0 ? await advertisedBy(sides) : [];
	return seen.map((one) => {
		if (one.route.source !== null) return one;
		const { source } = routeOf(one.config, advertised, mirror.beside);
		return { ...one, route: { ...one.route, source } };
	});
}

/** Of connectors that kdr.yaml does not name: those that take topics of the link under their names, and a heartbeat that is the only one. */
function isOurs(
	{ name, role, route, config }: Omit<Seen, 'ours'>,
	all: readonly Omit<Seen, 'ours'>[],
	link: LinkConfig,
	there: readonly string[],
): boolean {
	if (role === 'heartbeat')
		return all.every((one) => one.role !== role || one.name === name || one.route.source !== route.source);
	// A mirror from elsewhere that renames what it copies never writes to a topic of the link.
	if (route.source === null && renamesTopics(config) && link.mirror.policy !== 'default') return false;
	return takesOfLink(config, link.topics, there);
}

const placeOf = ({ alias }: Cluster, addresses: readonly string[]): Place => ({
	alias,
	addresses: new Set(addresses.map((address) => address.toLowerCase())),
});

/** By the addresses that the brokers themselves give. */
const advertisedBy = (sides: readonly Side[]): Promise<Place[]> =>
	Promise.all(
		sides.map(async ({ cluster }) => placeOf(cluster, (await cluster.addresses().catch(ifUnreadable(null))) ?? [])),
	);

/** False for what another link names as its own; what nobody names is taken for this link's, lest it copies on unseen. */
export const belongsTo =
	({ mirror }: LinkConfig) =>
	({ name }: Pick<Connector, 'name'>): boolean =>
		!mirror.foreign?.includes(name);

/** Mirrored positions of every source connector of the link in one direction, merged. */
export async function positionsOf(target: Side, source: Side, link: LinkConfig): Promise<PartitionMap<bigint>> {
	const sources = (await connectorsOf(target, source, link)).filter(({ role }) => role === 'source');
	const all = await Promise.all(sources.map(({ name }) => target.mirror.positions(name)));
	return PartitionMap.from(all.flatMap((positions) => [...positions]));
}

const exactlyOnce = 'exactly.once.support';

/**
 * Whether their target holds transaction markers: every source connector of a worker with `exactly.once.source.support=enabled` writes in
 * transactions, whether it demands that or not. Only a worker can tell; it refuses to promise what it has not.
 */
export async function writeMarkers(
	{ mirror }: Side,
	sources: readonly LinkConnector[],
): Promise<'yes' | 'no' | 'unknown'> {
	if (sources.some(({ config }) => config[exactlyOnce] === 'required')) return 'yes';
	const [first] = sources;
	if (!first) return 'no';
	try {
		const faults = await mirror.validate({ ...first.config, [exactlyOnce]: 'required' });
		return faults.some(({ key, text }) => key === exactlyOnce && /this worker/i.test(text)) ? 'no' : 'yes';
	} catch (thrown) {
		return ifUnreadable<'unknown'>('unknown')(thrown);
	}
}

/** Records of aborted transactions are not copied. */
export const readsCommitted = ({ config }: Connector): boolean =>
	(config['source.consumer.isolation.level'] ?? config['consumer.isolation.level']) === 'read_committed';
