import type { Answer } from 'dns-packet';
import { normalizeName, normalizeValue } from '../../domain/dns/record.ts';
import { KdrError } from '../../domain/errors/kdr-error.ts';
import type { DnsAnswer, DnsAnswers, DnsRecord } from '../../ports/dns.ts';
import { nameServers } from './delegation.ts';
import { type DnsResponse, formatServer, parseServer, type QueryOptions, query, type ServerAddress } from './query.ts';

export interface DnsAnswersOptions {
	/** `address:port` of each server; absent: the name servers of the zone's delegation, by the system's resolver. */
	servers?: readonly string[] | undefined;
	signal?: AbortSignal | undefined;
}

/** Name servers asked with raw queries, each by its own address, all at once. 800 ms per try, two tries each. */
export function dnsAnswers(options: DnsAnswersOptions = {}): DnsAnswers {
	return {
		async ask(name, type) {
			const servers = await serversFor(normalizeName(name), options);
			return Promise.all(
				servers.map((server) => askServer(server, normalizeName(name), type, { signal: options.signal })),
			);
		},
	};
}

async function askServer(
	server: ServerAddress,
	name: string,
	type: DnsRecord['type'],
	options: QueryOptions,
): Promise<DnsAnswer> {
	try {
		const [answer, soa] = await Promise.all([query(server, name, type, options), query(server, name, 'SOA', options)]);
		if (answer.rcode !== 'NOERROR' && answer.rcode !== 'NXDOMAIN')
			return { server: formatServer(server), error: answer.rcode };
		return { server: formatServer(server), ...found(answer, name, type), ...serialIn(soa) };
	} catch (error) {
		options.signal?.throwIfAborted();
		return { server: formatServer(server), error: error instanceof Error ? error.message : String(error) };
	}
}

/** Values of the record asked for, through a chain of CNAMEs if there is one; TTL is the least of the chain's. */
function found(response: DnsResponse, name: string, type: DnsRecord['type']): Pick<DnsAnswer, 'values' | 'ttl'> {
	const ttls: number[] = [];
	let at = name;
	for (const _hop of response.answers ?? []) {
		const here = (response.answers ?? []).filter((answer) => normalizeName(answer.name) === at);
		const wanted = here.filter((answer) => answer.type === type);
		ttls.push(...here.filter((answer) => answer.type === type || answer.type === 'CNAME').map(ttlOf));
		if (wanted.length > 0)
			return { values: wanted.map((answer) => normalizeValue(type, dataOf(answer))).sort(), ttl: Math.min(...ttls) };
		const alias = here.find((answer) => answer.type === 'CNAME');
		if (alias === undefined) break;
		at = normalizeName(dataOf(alias));
	}
	return { values: [] };
}

const ttlOf = (answer: Answer): number => ('ttl' in answer && answer.ttl !== undefined ? answer.ttl : 0);
const dataOf = (answer: Answer): string => ('data' in answer && typeof answer.data === 'string' ? answer.data : '');

/** A question for the SOA of a name inside the zone is answered with the zone's SOA in the authority section (RFC 2308 §3). */
function serialIn(response: DnsResponse): Pick<DnsAnswer, 'serial'> {
	for (const answer of [...(response.answers ?? []), ...(response.authorities ?? [])]) {
		if (answer.type === 'SOA' && answer.data.serial !== undefined) return { serial: answer.data.serial };
	}
	return {};
}

async function serversFor(name: string, options: DnsAnswersOptions): Promise<ServerAddress[]> {
	if (options.servers !== undefined) return options.servers.map(configured);
	return (await nameServers(name)).map((host) => ({ host, port: 53 }));
}

function configured(text: string): ServerAddress {
	try {
		return parseServer(text);
	} catch (cause) {
		throw new KdrError('KDR_CONFIG_INVALID', `dns.servers: "${text}" is not an address:port of a name server.`, {
			hint: 'write it as 192.0.2.53:53 or [2001:db8::53]:53; names are not looked up',
			cause,
		});
	}
}
