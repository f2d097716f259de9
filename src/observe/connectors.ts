import type { LinkConfig } from '../domain/config/link.ts';
import { asKdrError } from '../domain/errors/kdr-error.ts';
import { PartitionMap } from '../domain/kafka/partition.ts';
import type { Connector } from '../ports/mirror.ts';
import type { Side, World } from '../ports/world.ts';

/** It works, or is about to: tasks outlive a stop for seconds, and a paused one finishes what it started. */
export const notStopped = ({ state, tasks }: Connector): boolean => state !== 'STOPPED' || tasks.length > 0;

/** The connectors of a link on both Connect clusters; one that does not answer is a value. */
export interface LinkConnectors {
	connectors: Connector[];
	unreachable: { alias: string; why: string }[];
}

export async function linkConnectors(world: World, link: LinkConfig): Promise<LinkConnectors> {
	const ours = new Set(link.clusters);
	const unreachable: LinkConnectors['unreachable'] = [];
	// One Connect cluster may run the mirrors of both directions.
	const hosts = new Map(link.clusters.map((alias) => [world.side(alias).mirror.beside, alias]));
	const read = [...hosts.values()].map((alias) =>
		world
			.side(alias)
			.mirror.connectors()
			.catch((thrown: unknown) => {
				unreachable.push({ alias, why: asKdrError(thrown).message });
				return [];
			}),
	);
	const connectors = (await Promise.all(read))
		.flat()
		.filter(({ source, target }) => ours.has(source) && ours.has(target))
		.filter(belongsTo(link));
	return { connectors, unreachable };
}

/** MirrorMaker 2 connectors of the link in one direction; they run beside the cluster they write to. */
export async function connectorsOf(target: Side, source: string, link: LinkConfig): Promise<Connector[]> {
	const all = (await target.mirror.connectors()).filter(
		(connector) => connector.source === source && connector.target === target.alias,
	);
	return all.filter(belongsTo(link));
}

/** False for what another link names as its own; what nobody names is taken for this link's, lest it copies on unseen. */
export const belongsTo =
	({ mirror }: LinkConfig) =>
	({ name }: Pick<Connector, 'name'>): boolean =>
		!mirror.foreign?.includes(name);

/** Mirrored positions of every source connector of the link in one direction, merged. */
export async function positionsOf(target: Side, source: string, link: LinkConfig): Promise<PartitionMap<bigint>> {
	const sources = (await connectorsOf(target, source, link)).filter(({ role }) => role === 'source');
	const all = await Promise.all(sources.map(({ name }) => target.mirror.positions(name)));
	return PartitionMap.from(all.flatMap((positions) => [...positions]));
}

/** Records of aborted transactions are not copied. */
export const readsCommitted = ({ config }: Connector): boolean =>
	(config['source.consumer.isolation.level'] ?? config['consumer.isolation.level']) === 'read_committed';
