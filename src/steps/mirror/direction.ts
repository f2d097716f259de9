import type { LinkConfig } from '../../domain/config/link.ts';
import { otherSide } from '../../domain/config/link.ts';
import { observedSide } from '../../domain/dns/flip.ts';
import { asKdrError, KdrError } from '../../domain/errors/kdr-error.ts';
import type { Connector } from '../../ports/mirror.ts';
import type { World } from '../../ports/world.ts';
import { belongsTo } from '../estate.ts';

/** It works, or is about to: tasks outlive a stop for seconds, and a paused one goes on with what it began. */
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

/** The side clients are on, by the record; where the provider is silent, the side the mirror takes records from. @throws KDR_CHECK_FAILED */
export async function activeSide(
	world: World,
	link: LinkConfig,
): Promise<{ active: string; standby: string; knownBy: string }> {
	const record = await world.dns.zone.read(link.dns.name, link.dns.type).catch(() => null);
	const named = observedSide(record, link.dns.values);
	if (named !== null)
		return { active: named, standby: otherSide(link, named), knownBy: `${link.dns.name} points there` };
	const { connectors } = await linkConnectors(world, link);
	const sources = new Set(
		connectors.filter(({ role, state }) => role === 'source' && state !== 'STOPPED').map(({ source }) => source),
	);
	const [only] = sources;
	if (only === undefined || sources.size > 1) {
		throw new KdrError(
			'KDR_CHECK_FAILED',
			`which side of ${link.name} is active cannot be told: the record names neither, and ${sources.size} mirrors run`,
			{ hint: 'kdr dns show · kdr mirror status' },
		);
	}
	return { active: only, standby: otherSide(link, only), knownBy: 'the mirror takes records from there' };
}
