import { KdrError } from '../domain/errors/kdr-error.ts';
import { lookupThrough } from './dns/lookup.ts';
import { type LabAlias, type LabState, labAliases } from './estate.ts';

/** Where the lab's name server sends clients now. Throws KDR_DNS_UNREACHABLE with `hint` when that is no side. */
export async function activeSide({ dns, sides }: LabState, hint: string): Promise<LabAlias> {
	const answers = await lookupThrough(dns.servers)
		.resolve4(dns.name)
		.catch(() => []);
	const addresses = answers.map(({ address }) => address);
	const found = labAliases.find((alias) => sides[alias].brokers.some(({ host }) => addresses.includes(host)));
	if (found) return found;
	throw new KdrError(
		'KDR_DNS_UNREACHABLE',
		`where clients belong is unknown: ${dns.name} points to ${addresses.join(', ') || 'nothing'}`,
		{ hint },
	);
}
