import { Resolver } from 'node:dns/promises';
import { isIP, type LookupFunction } from 'node:net';
import { normalizeName } from '../../domain/dns/record.ts';

interface Resolved {
	address: string;
	/** Seconds left, rounded down. */
	ttl: number;
}

/** A resolver of the lab's clients: what the machine's own would be, had it the lab's name servers. */
export interface LabLookup {
	/** For `net.connect({ lookup })` and everything that takes Node's `dns.lookup`. */
	lookup: LookupFunction;
	/** All IPv4 addresses of a name. Throws Error with code ENOTFOUND or EAI_AGAIN. */
	resolve4(name: string): Promise<Resolved[]>;
}

interface Cached {
	addresses: string[];
	/** ms since the epoch. */
	until: number;
}

/** Asks the first of `servers` (`address:port`) that answers, over UDP, and TCP when truncated; keeps an answer for its TTL. */
export function lookupThrough(servers: readonly string[], now: () => number = Date.now): LabLookup {
	const cache = new Map<string, Cached>();
	const resolvers = servers.map(resolverOf);
	const resolve4 = async (name: string): Promise<Resolved[]> => {
		const key = normalizeName(name);
		const kept = cache.get(key);
		if (kept !== undefined && kept.until > now()) return resolved(kept, now());
		const fresh = await askAny(resolvers, key, now);
		cache.set(key, fresh);
		return resolved(fresh, now());
	};
	return { resolve4, lookup: lookupWith(resolve4) };
}

const resolved = (cached: Cached, at: number): Resolved[] =>
	cached.addresses.map((address) => ({ address, ttl: Math.max(0, Math.floor((cached.until - at) / 1000)) }));

const lookupWith =
	(resolve4: LabLookup['resolve4']): LookupFunction =>
	(hostname, options, callback) => {
		const found = isIP(hostname) === 0 ? resolve4(hostname) : Promise.resolve([{ address: hostname, ttl: 0 }]);
		found.then(
			(all) => {
				const addresses = all.map(({ address }) => ({ address, family: isIP(address) }));
				// Out of the promise, so that what the callback throws is not taken for a failed lookup.
				if (options.all) setImmediate(callback, null, addresses);
				else setImmediate(callback, null, addresses[0]?.address ?? '', addresses[0]?.family ?? 4);
			},
			(error: NodeJS.ErrnoException) => setImmediate(callback, error, options.all ? [] : '', 0),
		);
	};

/** One resolver per server: given several, a Resolver turns from one to another without saying so. */
function resolverOf(server: string): Resolver {
	const resolver = new Resolver({ timeout: 800, tries: 2 });
	resolver.setServers([server]);
	return resolver;
}

async function askAny(resolvers: readonly Resolver[], name: string, now: () => number): Promise<Cached> {
	let last: unknown;
	for (const resolver of resolvers) {
		try {
			const found = await resolver.resolve4(name, { ttl: true });
			if (found.length === 0) throw failure('ENOTFOUND', name);
			return {
				addresses: found.map(({ address }) => address),
				until: now() + Math.min(...found.map(({ ttl }) => ttl)) * 1000,
			};
		} catch (error) {
			if (codeOf(error) === 'ENOTFOUND' || codeOf(error) === 'ENODATA') throw failure('ENOTFOUND', name, error);
			last = error;
		}
	}
	throw failure('EAI_AGAIN', name, last);
}

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException | null)?.code;

function failure(code: string, name: string, cause?: unknown): Error {
	const error = new Error(`lookup ${code} ${name}`, cause === undefined ? {} : { cause });
	return Object.assign(error, { code, syscall: 'lookup', hostname: name });
}
