import { createSocket } from 'node:dgram';
import { Resolver } from 'node:dns/promises';
import { once } from 'node:events';
import { connect } from 'node:net';
import packet from 'dns-packet';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { nameServers } from '../../../../src/adapters/dns-query/delegation.ts';
import { dnsAnswers } from '../../../../src/adapters/dns-query/dns-answers.ts';
import { parseServer, query } from '../../../../src/adapters/dns-query/query.ts';
import type { DnsRecord } from '../../../../src/domain/dns/record.ts';
import type { RunningDns } from '../../../../src/lab/dns/index.ts';
import { lookupThrough } from '../../../../src/lab/dns/lookup.ts';
import { startLabDns, zoneAt } from '../../../fakes/dns-lab.ts';

const name = 'bootstrap.kafka.example.com.';
const east: DnsRecord = { name, type: 'A', ttl: 5, values: ['127.0.1.1'] };
const west: DnsRecord = { ...east, values: ['127.0.2.1'] };
const crowd = Array.from({ length: 60 }, (_, index) => `127.0.3.${index + 1}`).sort();

let dns: RunningDns;
beforeEach(async () => {
	dns = await startLabDns([
		east,
		{ name: 'crowd.kafka.example.com.', type: 'A', ttl: 5, values: crowd },
		{ name: 'alias.kafka.example.com.', type: 'CNAME', ttl: 3, values: [name] },
		{ name: 'loop.kafka.example.com.', type: 'CNAME', ttl: 3, values: ['loop.kafka.example.com.'] },
		{ name: 'out.kafka.example.com.', type: 'CNAME', ttl: 3, values: ['elsewhere.example.org.'] },
	]);
});
afterEach(() => dns.close());
const ask = (asked: string, type: 'A' | 'AAAA' | 'SOA' | 'NS' = 'A') =>
	query(parseServer(dns.servers[0] ?? ''), asked, type);

describe('the lab name server', () => {
	test('answers with authority, TTL and the name as it was asked', async () => {
		const response = await ask('BootStrap.kafka.example.com');
		expect(response).toMatchObject({ flag_aa: true, flag_ra: false, rcode: 'NOERROR' });
		expect(response.answers).toMatchObject([
			{ name: 'BootStrap.kafka.example.com', type: 'A', ttl: 5, data: '127.0.1.1' },
		]);
	});

	test.each([
		['a name that does not exist', 'no.kafka.example.com', 'A', 'NXDOMAIN'],
		['a type the name does not have', name, 'AAAA', 'NOERROR'],
	] as const)('says of %s that there is none, with the SOA', async (_what, asked, type, rcode) => {
		const response = await ask(asked, type);
		expect(response).toMatchObject({
			rcode,
			flag_aa: true,
			answers: [],
			authorities: [{ type: 'SOA', data: { serial: 1 } }],
		});
	});

	test('refuses names of other zones', async () => {
		expect(await ask('example.org')).toMatchObject({ rcode: 'REFUSED', flag_aa: false });
	});

	test('names its servers, and raises the serial with each change', async () => {
		expect((await ask('kafka.example.com', 'NS')).answers).toHaveLength(2);
		await zoneAt(dns.route53Url).swap(east, west);
		expect((await ask('kafka.example.com', 'SOA')).answers).toMatchObject([
			{ data: { serial: 2, mname: 'ns1.kafka.example.com' } },
		]);
	});

	test('follows a CNAME inside the zone, never out of it, and not without end', async () => {
		expect((await ask('alias.kafka.example.com')).answers).toHaveLength(2);
		expect((await ask('out.kafka.example.com')).answers).toMatchObject([
			{ type: 'CNAME', data: 'elsewhere.example.org' },
		]);
		expect((await ask('loop.kafka.example.com')).answers).toMatchObject([{ type: 'CNAME' }]);
	});

	test('truncates what a datagram cannot hold, and gives it whole over TCP', async () => {
		const { host, port } = parseServer(dns.servers[0] ?? '');
		const socket = createSocket('udp4');
		socket.send(
			packet.encode({ type: 'query', id: 7, questions: [{ name: 'crowd.kafka.example.com', type: 'A' }] }),
			port,
			host,
		);
		const [datagram] = await once(socket, 'message');
		socket.close();
		expect(packet.decode(datagram)).toMatchObject({ id: 7, flag_tc: true, answers: [] });
		expect((await ask('crowd.kafka.example.com')).answers).toHaveLength(60);
	});

	test('survives noise on both transports', async () => {
		const { host, port } = parseServer(dns.servers[0] ?? '');
		const socket = createSocket('udp4');
		await new Promise((sent) => socket.send(Buffer.from('noise'), port, host, sent));
		socket.close();
		const stream = connect(port, host);
		stream.end(Buffer.from([0, 3, 1, 2, 3]));
		await once(stream, 'close');
		expect((await ask(name)).answers).toHaveLength(1);
	});

	test("is understood by Node's own resolver", async () => {
		const resolver = new Resolver({ timeout: 800, tries: 1 });
		resolver.setServers([dns.servers[0] ?? '']);
		expect(await resolver.resolve4('alias.kafka.example.com', { ttl: true })).toEqual([
			{ address: '127.0.1.1', ttl: 3 },
		]);
		await expect(resolver.resolve4('no.kafka.example.com')).rejects.toMatchObject({ code: 'ENOTFOUND' });
		resolver.setServers([dns.servers[0] ?? '']);
		expect(await resolver.resolve4('crowd.kafka.example.com')).toHaveLength(60);
	});
});

describe('asking every name server', () => {
	test('one that is not there is named with its error, and does not silence the others', async () => {
		const socket = createSocket('udp4').bind(0, '127.0.0.1');
		await once(socket, 'listening');
		const mute = `127.0.0.1:${socket.address().port}`;
		const answers = await dnsAnswers({ servers: [mute, '127.0.0.3:1', ...dns.servers] }).ask(name, 'A');
		socket.close();
		expect(answers[0]).toEqual({ server: mute, error: 'no answer within 800 ms' });
		expect(answers[1]).toMatchObject({ server: '127.0.0.3:1', error: expect.stringContaining('ECONNREFUSED') });
		expect(answers.slice(2)).toEqual(
			dns.servers.map((server) => ({ server, values: ['127.0.1.1'], ttl: 5, serial: 1 })),
		);
	});

	test('a truncated answer is asked for again over TCP', async () => {
		const [answer] = await dnsAnswers({ servers: dns.servers }).ask('crowd.kafka.example.com.', 'A');
		expect(answer?.values).toEqual(crowd);
	});

	test('through a CNAME the TTL is the least of the chain', async () => {
		const [answer] = await dnsAnswers({ servers: dns.servers }).ask('alias.kafka.example.com.', 'A');
		expect(answer).toMatchObject({ values: ['127.0.1.1'], ttl: 3 });
	});

	test('a refusal is an error, not an empty answer', async () => {
		const [answer] = await dnsAnswers({ servers: dns.servers }).ask('bootstrap.example.org.', 'A');
		expect(answer).toEqual({ server: dns.servers[0], error: 'REFUSED' });
	});

	test('without a list they are the name servers of the delegation, found from the name upwards', async () => {
		const resolver = new Resolver({ timeout: 800, tries: 1 });
		resolver.setServers([dns.servers[0] ?? '']);
		expect(await nameServers('a.b.bootstrap.kafka.example.com.', resolver)).toEqual(['127.0.0.1', '127.0.0.2']);
	});

	test('a resolver that does not answer is said to be why the name servers are not known', async () => {
		const resolver = new Resolver({ timeout: 800, tries: 1 });
		resolver.setServers(['127.0.0.3:1']);
		await expect(nameServers(name, resolver)).rejects.toMatchObject({ code: 'KDR_DNS_UNREACHABLE' });
	});

	test('a server given by name is refused: it could be anybody', async () => {
		const asked = dnsAnswers({ servers: ['localhost:53'] }).ask(name, 'A');
		await expect(asked).rejects.toMatchObject({ code: 'KDR_CONFIG_INVALID' });
	});

	test.each([
		['127.0.0.1', { host: '127.0.0.1', port: 53 }],
		['127.0.0.1:5300', { host: '127.0.0.1', port: 5300 }],
		['::1', { host: '::1', port: 53 }],
		['[::1]:5300', { host: '::1', port: 5300 }],
	])('%s is a server address', (text, server) => expect(parseServer(text)).toEqual(server));

	test.each(['', 'ns1.example.com', '127.0.0.1:0', '127.0.0.1:65536', '300.0.0.1:53', '::1:53:'])(
		'"%s" is none',
		(text) => {
			expect(() => parseServer(text)).toThrow(TypeError);
		},
	);
});

describe("the lookup of the lab's clients", () => {
	test('keeps an answer for its TTL and not longer', async () => {
		let now = 1_000_000;
		const { resolve4 } = lookupThrough(dns.servers, () => now);
		expect(await resolve4(name)).toEqual([{ address: '127.0.1.1', ttl: 5 }]);
		await zoneAt(dns.route53Url).swap(east, west);
		now += 4_900;
		expect(await resolve4(name)).toEqual([{ address: '127.0.1.1', ttl: 0 }]);
		now += 100;
		expect(await resolve4(name)).toEqual([{ address: '127.0.2.1', ttl: 5 }]);
	});

	test('is one that Node connects with', async () => {
		const { lookup } = lookupThrough(dns.servers);
		const { port } = parseServer(dns.servers[0] ?? '');
		const there = connect({ host: 'ns1.kafka.example.com', port, lookup });
		await once(there, 'connect');
		expect(there.remoteAddress).toBe('127.0.0.1');
		there.destroy();
	});

	test('gives all addresses when asked for all, one otherwise, and an address as it is', async () => {
		const { lookup } = lookupThrough(dns.servers);
		const look = (host: string, all: boolean) =>
			new Promise((resolve, reject) =>
				lookup(host, { all }, (error, address) => (error === null ? resolve(address) : reject(error))),
			);
		expect(await look('crowd.kafka.example.com', true)).toHaveLength(60);
		expect(await look(name, false)).toBe('127.0.1.1');
		expect(await look('127.0.0.9', false)).toBe('127.0.0.9');
		await expect(look('no.kafka.example.com', true)).rejects.toMatchObject({ code: 'ENOTFOUND' });
	});

	test('tries the next server when one does not answer, and says EAI_AGAIN when none does', async () => {
		expect(await lookupThrough(['127.0.0.3:1', ...dns.servers]).resolve4(name)).toHaveLength(1);
		await expect(lookupThrough(['127.0.0.3:1']).resolve4(name)).rejects.toMatchObject({ code: 'EAI_AGAIN' });
	});
});
