import { type LinkConfig, otherSide } from '../domain/config/link.ts';
import { observedSide } from '../domain/dns/flip.ts';
import { ifUnreadable, KdrError } from '../domain/errors/kdr-error.ts';
import type { World } from '../ports/world.ts';
import { linkConnectors } from './connectors.ts';

/** The side clients are on, by the record; where the provider is silent, the side the mirror takes records from. @throws KDR_CHECK_FAILED */
export async function activeSide(
	world: World,
	link: LinkConfig,
): Promise<{ active: string; standby: string; knownBy: string }> {
	const record = await world.dns.zone.read(link.dns.name, link.dns.type).catch(ifUnreadable(null));
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
			`which side of ${link.name} is active is unknown: the record names neither, and ${sources.size} mirrors run`,
			{ hint: 'kdr dns show · kdr mirror status' },
		);
	}
	return { active: only, standby: otherSide(link, only), knownBy: 'the mirror takes records from there' };
}
