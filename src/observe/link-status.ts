import type { LinkConfig } from '../domain/config/link.ts';
import { observedSide } from '../domain/dns/flip.ts';
import { asKdrError } from '../domain/errors/kdr-error.ts';
import type { Operator } from '../domain/run/events.ts';
import { type LinkStatus, linkStatus } from '../domain/run/link-status.ts';
import type { World } from '../ports/world.ts';
import { linkRuns } from './runs.ts';

/** How long a journal may take, ms: a frozen cluster never answers, and the one at a glance is asked for in a hurry. */
const patienceMs = 4_000;

/** Reads the record and the journals of both clusters. Never throws because one of them is silent. */
export async function observeLinkStatus(
	world: World,
	link: LinkConfig,
	isGone: (operator: Operator) => boolean,
): Promise<LinkStatus> {
	const [record, journals] = await Promise.all([readRecord(world, link), linkRuns(world, link, patienceMs)]);
	return linkStatus({ link, ...journals, record, now: world.clock.now(), isGone });
}

async function readRecord(world: World, { dns }: LinkConfig): Promise<{ active: string | null; why: string | null }> {
	try {
		return { active: observedSide(await world.dns.zone.read(dns.name, dns.type), dns.values), why: null };
	} catch (thrown) {
		return { active: null, why: asKdrError(thrown).message };
	}
}
