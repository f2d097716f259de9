import { direction, type LinkConfig, namesOfRole } from '../config/link.ts';

/** What a connector of MirrorMaker 2 is, known by what it does rather than by what it is called. */

const mirrorRoles = ['source', 'checkpoint', 'heartbeat'] as const;
export type MirrorRole = (typeof mirrorRoles)[number];
type Config = Readonly<Record<string, string>>;

/** A cluster of the link, and every `host:port` by which it may be meant. */
export interface Place {
	alias: string;
	addresses: ReadonlySet<string>;
}

/** Where a connector reads and where it writes; null: no cluster of the link is recognised. */
export interface Route {
	source: string | null;
	target: string | null;
}

const roles: Record<string, MirrorRole> = { Source: 'source', Checkpoint: 'checkpoint', Heartbeat: 'heartbeat' };

/** By its class: the full name, Connect's short alias (`MirrorSource`), or a subclass whose name still says so. */
export function roleOf(config: Config): MirrorRole | null {
	const simple = (config['connector.class'] ?? '').trim().split(/[.$]/).at(-1) ?? '';
	return roles[/Mirror(Source|Checkpoint|Heartbeat)/.exec(simple)?.[1] ?? ''] ?? null;
}

/** Role and direction that kdr.yaml gives a connector by its name. */
export function namedBy({ clusters, mirror }: LinkConfig, name: string): { role: MirrorRole; route: Route } | null {
	const [first, second] = clusters;
	for (const [source, target] of [
		[first, second],
		[second, first],
	] as const) {
		const names = mirror.connectors[direction(source, target)];
		const role = mirrorRoles.find((one) => namesOfRole(names, one).includes(name));
		if (role !== undefined) return { role, route: { source, target } };
	}
	return null;
}

/** What MirrorMaker 2 calls the two clusters, its own defaults included: names of topics and positions are made of these. */
export function aliasesOf(config: Config): { source: string; target: string } {
	return {
		source: config['source.cluster.alias']?.trim() || 'source',
		target: config['target.cluster.alias']?.trim() || 'target',
	};
}

/**
 * Where it reads and writes among `places`. Addresses say more than aliases, which anybody may choose. Records are written by the worker's
 * own producer: without an address or an alias of the link, to the cluster `beside` the worker.
 */
export function routeOf(config: Config, places: readonly Place[], beside: string): Route {
	const at = (...keys: string[]): string | null => {
		const given = keys.map((key) => config[key]).find((value) => value !== undefined) ?? '';
		const addresses = given.split(',').map((address) => address.trim().toLowerCase());
		const met = places.filter((place) => addresses.some((address) => place.addresses.has(address)));
		return met.length === 1 ? (met[0]?.alias ?? null) : null;
	};
	const called = (key: string): string | null =>
		places.find(({ alias }) => alias === config[key]?.trim())?.alias ?? null;
	return {
		source:
			at('source.consumer.bootstrap.servers', 'source.cluster.bootstrap.servers') ?? called('source.cluster.alias'),
		target:
			at('producer.override.bootstrap.servers') ??
			at('target.producer.bootstrap.servers', 'target.cluster.bootstrap.servers') ??
			called('target.cluster.alias') ??
			places.find(({ alias }) => alias === beside)?.alias ??
			null,
	};
}

/** DefaultReplicationPolicy, MirrorMaker 2's own default: topics get other names on the target. */
export const renamesTopics = (config: Config): boolean =>
	/(^|\.)DefaultReplicationPolicy$/.test(config['replication.policy.class']?.trim() ?? 'DefaultReplicationPolicy');

export const addressOf = ({ host, port }: { host: string; port: number }): string => `${host}:${port}`.toLowerCase();
