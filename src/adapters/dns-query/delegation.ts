import { Resolver } from 'node:dns/promises';
import { KdrError } from '../../domain/errors/kdr-error.ts';

/** The part of Node's Resolver that is needed. */
export type NsResolver = Pick<Resolver, 'resolveNs' | 'resolve4'>;

/**
 * IPv4 addresses of the name servers of the closest zone around `name`, by this machine's resolver unless another is given.
 * Throws KDR_DNS_UNREACHABLE when they cannot be found.
 */
export async function nameServers(
	name: string,
	resolver: NsResolver = new Resolver({ timeout: 800, tries: 2 }),
): Promise<string[]> {
	try {
		const hosts = await delegation(resolver, name.replace(/\.$/, ''));
		// One name server that has no address is no reason not to ask the others.
		const addresses = (await Promise.all(hosts.map((host) => resolver.resolve4(host).catch(() => [])))).flat();
		if (addresses.length > 0) return addresses;
		throw unknown(name);
	} catch (error) {
		throw error instanceof KdrError ? error : unknown(name, error);
	}
}

/** NS records are at the top of a zone: the name's own, its parent's, and so on. */
async function delegation(resolver: NsResolver, name: string): Promise<string[]> {
	for (let zone = name; zone.includes('.'); zone = zone.slice(zone.indexOf('.') + 1)) {
		const hosts = await resolver.resolveNs(zone).catch(noneThere);
		if (hosts.length > 0) return hosts.sort();
	}
	return [];
}

/** Only "there is none" is an answer; a resolver that does not answer would not answer for the parent either. */
function noneThere(error: NodeJS.ErrnoException): string[] {
	if (error.code === 'ENODATA' || error.code === 'ENOTFOUND') return [];
	throw error;
}

function unknown(name: string, cause?: unknown): KdrError {
	const why = cause instanceof Error ? `: ${cause.message}` : '';
	return new KdrError(
		'KDR_DNS_UNREACHABLE',
		`The name servers of ${name} were not found through this machine's resolver${why}.`,
		{
			hint: 'name them in kdr.yaml: links.<link>.dns.servers: [address:port]',
			cause,
		},
	);
}
