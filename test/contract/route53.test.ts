import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ChangeResourceRecordSetsCommand } from '@aws-sdk/client-route-53';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { dnsAnswers } from '../../src/adapters/dns-query/dns-answers.ts';
import { route53Zone } from '../../src/adapters/route53/route53-zone.ts';
import type { DnsRecord } from '../../src/domain/dns/record.ts';
import type { RunningDns } from '../../src/lab/dns/index.ts';
import { dnsConfig, otherClient, recordAt, startLabDns, zoneAt, zoneId } from '../fakes/dns-lab.ts';
import { dnsZoneContract, east, name, west } from './dns-zone.contract.ts';

const many = 1_000_000;
const write = 'ChangeResourceRecordSets' as const;
const list = 'ListResourceRecordSets' as const;

dnsZoneContract('Route 53 through the AWS SDK', async (propagationMs) => {
	const dns = await startLabDns([east], { propagationMs });
	const other = otherClient(dns.route53Url);
	return {
		zone: zoneAt(dns.route53Url),
		answers: dnsAnswers({ servers: dns.servers }),
		async truth() {
			dns.clearFaults();
			return recordAt(other, name, 'A');
		},
		overwrite: (record) => upsert(dns, record),
		loseAnswer: () => dns.fail({ kind: 'reset-after', operation: write }),
		loseAnswerAndDie: () =>
			dns.fail(
				{ kind: 'reset-after', operation: write },
				{ kind: 'reset-before', operation: 'any', times: many, after: 1 },
			),
		die: () => dns.fail({ kind: 'reset-before', operation: 'any', times: many }),
		writes: () => dns.changes(),
		close: () => dns.close(),
	};
});

describe('Route 53 when it misbehaves', () => {
	let dns: RunningDns;
	beforeEach(async () => {
		dns = await startLabDns([east]);
	});
	afterEach(async () => {
		vi.unstubAllEnvs();
		await dns.close();
	});

	const truth = (): Promise<DnsRecord | null> => {
		dns.clearFaults();
		return recordAt(otherClient(dns.route53Url), name, 'A');
	};
	const writesSent = (): number => dns.seen.filter((request) => request.operation === write).length;
	const zone = (options: Parameters<typeof zoneAt>[1] = {}, config: Parameters<typeof zoneAt>[2] = {}) =>
		zoneAt(dns.route53Url, options, config);

	test.each([
		['throttles', { kind: 'throttle', operation: 'any', times: 4 }],
		[
			'is still busy with a prior change',
			{ kind: 'refuse', operation: write, status: 400, code: 'PriorRequestNotComplete', message: 'busy', times: 3 },
		],
		['answers 503', { kind: 'status', operation: write, status: 503, times: 2 }],
		['answers 500 to reads', { kind: 'status', operation: list, status: 500, times: 2 }],
		['resets connections before doing anything', { kind: 'reset-before', operation: write, times: 2 }],
		['hangs without doing anything', { kind: 'hang-before', operation: write, times: 2 }],
		['does the change and hangs', { kind: 'hang-after', operation: write, times: 1 }],
	] as const)('the swap is done once when it %s', async (_what, fault) => {
		dns.fail(fault);
		await zone({ requestMs: 300 }).swap(east, west);
		expect(await truth()).toEqual(west);
		expect(dns.changes()).toBe(1);
	});

	test('throttled until our deadline it gives up, and knows that nothing was changed', async () => {
		dns.fail({ kind: 'throttle', operation: write, times: many });
		const swap = zone({ deadlineMs: 2_000, backoffMs: 10_000 }).swap(east, west);
		await expect(swap).rejects.toMatchObject({ code: 'KDR_DNS_UNREACHABLE', worldMayHaveChanged: false });
		expect(await truth()).toEqual(east);
	});

	test('hanging until our deadline it leaves the outcome unknown, although the record still is the old one', async () => {
		dns.fail({ kind: 'hang-before', operation: write, times: many });
		const swap = zone({ deadlineMs: 1000, requestMs: 200 }).swap(east, west);
		await expect(swap).rejects.toMatchObject({ code: 'KDR_OUTCOME_UNKNOWN', worldMayHaveChanged: true });
		expect(await truth()).toEqual(east);
	});

	test('done by the very last try, whose answer was lost, is still found to be done', async () => {
		dns.fail({ kind: 'hang-after', operation: write });
		expect(await zone({ deadlineMs: 1000, requestMs: 300, backoffMs: 10_000 }).swap(east, west)).toEqual({
			changeId: null,
		});
	});

	test('changed by someone else after a lost answer is named so, and that we may have had a part in it', async () => {
		dns.fail({ kind: 'hang-after', operation: write });
		const swap = zone({ requestMs: 300 }).swap(east, west);
		await vi.waitFor(() => expect(writesSent()).toBe(1));
		await upsert(dns, { ...east, values: ['127.0.9.9'] });
		await expect(swap).rejects.toMatchObject({ code: 'KDR_DNS_UNEXPECTED_VALUE', worldMayHaveChanged: true });
	});

	test('interrupted during the write it says that the outcome is unknown', async () => {
		dns.fail({ kind: 'hang-after', operation: write });
		const interrupt = new AbortController();
		const swap = zone({ requestMs: 5000, signal: interrupt.signal }).swap(east, west);
		await vi.waitFor(() => expect(writesSent()).toBe(1));
		interrupt.abort(new Error('Ctrl-C'));
		await expect(swap).rejects.toMatchObject({ code: 'KDR_OUTCOME_UNKNOWN', worldMayHaveChanged: true });
	});

	test('interrupted while reading it stops at once with the reason', async () => {
		dns.fail({ kind: 'hang-before', operation: list });
		const interrupt = new AbortController();
		const read = zone({ requestMs: 5000, signal: interrupt.signal }).read(name, 'A');
		await vi.waitFor(() => expect(dns.seen).toHaveLength(1));
		interrupt.abort(new Error('Ctrl-C'));
		await expect(read).rejects.toThrow('Ctrl-C');
	});

	test.each(['ErrorResponse', 'InvalidChangeBatch'] as const)(
		'a batch refused in the form <%s> is reported in its own words',
		async (batchErrors) => {
			const cname: DnsRecord = { name: 'kafka.example.com.', type: 'A', ttl: 5, values: ['127.0.1.1'] };
			const strict = await startLabDns([cname], { batchErrors });
			try {
				const swap = zoneAt(strict.route53Url).swap(cname, { ...cname, values: ['not-an-address'] });
				await expect(swap).rejects.toMatchObject({ code: 'KDR_DNS_DENIED', worldMayHaveChanged: false });
				await expect(swap).rejects.toThrow('not-an-address');
				expect(await recordAt(otherClient(strict.route53Url), cname.name, 'A')).toEqual(cname);
			} finally {
				await strict.close();
			}
		},
	);

	test('an unknown access key and a wrong secret are both refused as such, without a second try', async () => {
		const stranger = zone({}, { credentials: { accessKeyId: 'NOBODY', secretAccessKey: { env: 'LAB_SECRET' } } });
		await expect(stranger.read(name, 'A')).rejects.toMatchObject({ code: 'KDR_DNS_DENIED' });
		await expect(zone({ secret: async () => 'wrong' }).swap(east, west)).rejects.toMatchObject({
			code: 'KDR_DNS_DENIED',
		});
		expect(dns.seen).toHaveLength(2);
	});

	test('an expired token is refused as such, and the secret is in no error', async () => {
		dns.fail({
			kind: 'refuse',
			operation: 'any',
			status: 403,
			code: 'ExpiredToken',
			message: 'The security token included in the request is expired',
		});
		const error = await zone()
			.read(name, 'A')
			.catch((thrown) => thrown);
		expect(error).toMatchObject({ code: 'KDR_DNS_DENIED', message: expect.stringContaining('expired') });
		expect(JSON.stringify([error, error.message, error.stack, error.details, error.hint])).not.toContain('lab-secret');
	});

	test('no credentials at all: refused within a second or two, with what to do', async () => {
		for (const variable of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_PROFILE'])
			vi.stubEnv(variable, undefined);
		vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', '/nonexistent');
		vi.stubEnv('AWS_CONFIG_FILE', '/nonexistent');
		vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
		const { credentials: _none, ...config } = dnsConfig(dns.route53Url);
		const read = route53Zone(config, { secret: async () => '' }).read(name, 'A');
		await expect(read).rejects.toMatchObject({ code: 'KDR_DNS_DENIED', hint: expect.stringContaining('AWS_PROFILE') });
	});

	test('nobody at the endpoint: unreachable, and nothing was changed', async () => {
		await dns.close();
		const closed = zoneAt(dns.route53Url);
		await expect(closed.read(name, 'A')).rejects.toMatchObject({ code: 'KDR_DNS_UNREACHABLE' });
		await expect(closed.swap(east, west)).rejects.toMatchObject({
			code: 'KDR_DNS_UNREACHABLE',
			worldMayHaveChanged: false,
		});
		dns = await startLabDns([east]);
	});

	test('a zone id that does not exist is named so', async () => {
		await expect(zone({}, { zone: 'ZNOTHERE' }).read(name, 'A')).rejects.toMatchObject({
			code: 'KDR_DNS_ZONE_MISSING',
		});
	});

	test('a change that stays PENDING is never called INSYNC, and only the first server has it', async () => {
		dns.fail({ kind: 'pending-forever', operation: write });
		const { changeId } = await zone().swap(east, west);
		expect(await zone().state(String(changeId))).toBe('PENDING');
		const answers = await dnsAnswers({ servers: dns.servers }).ask(name, 'A');
		expect(answers.map((answer) => answer.values)).toEqual([west.values, east.values]);
	});

	test('kdr never sends an UPSERT, and deletes exactly what it read', async () => {
		await zone().swap(east, west);
		const [body] = dns.seen.filter((request) => request.operation === write).map((request) => request.body);
		expect(body).not.toContain('UPSERT');
		expect(body).toMatch(/DELETE.*<TTL>5<\/TTL>.*127\.0\.1\.1.*CREATE.*127\.0\.2\.1/s);
	});

	test('host names are deleted as they are spelled in the zone, though compared as names', async () => {
		const spelled: DnsRecord = {
			name: 'alias.kafka.example.com.',
			type: 'CNAME',
			ttl: 5,
			values: ['East.Example.com'],
		};
		const cnames = await startLabDns([spelled]);
		try {
			const read = await zoneAt(cnames.route53Url).read(spelled.name, 'CNAME');
			expect(read?.values).toEqual(['east.example.com.']);
			const to: DnsRecord = { ...spelled, values: ['west.example.com.'] };
			expect(await zoneAt(cnames.route53Url).swap(read as DnsRecord, to)).toEqual({ changeId: expect.any(String) });
		} finally {
			await cnames.close();
		}
	});

	test.each([
		[
			'an alias',
			'<AliasTarget><HostedZoneId>Z1</HostedZoneId><DNSName>lb.</DNSName><EvaluateTargetHealth>false</EvaluateTargetHealth></AliasTarget>',
		],
		[
			'a routing policy',
			'<SetIdentifier>a</SetIdentifier><Weight>1</Weight><TTL>5</TTL><ResourceRecords><ResourceRecord><Value>127.0.1.1</Value></ResourceRecord></ResourceRecords>',
		],
	])('a record with %s is refused by name instead of being flattened', async (_what, rest) => {
		const page = `<ListResourceRecordSetsResponse xmlns="https://route53.amazonaws.com/doc/2013-04-01/"><ResourceRecordSets><ResourceRecordSet><Name>${name}</Name><Type>A</Type>${rest}</ResourceRecordSet></ResourceRecordSets><IsTruncated>false</IsTruncated><MaxItems>1</MaxItems></ListResourceRecordSetsResponse>`;
		const server = createServer((_request, response) => response.end(page)).listen(0, '127.0.0.1');
		await vi.waitFor(() => expect(server.listening).toBe(true));
		try {
			const there = zoneAt(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
			await expect(there.swap(east, west)).rejects.toMatchObject({ code: 'KDR_DNS_RECORD_UNSUPPORTED' });
		} finally {
			server.closeAllConnections();
			server.close();
		}
	});
});

async function upsert(dns: RunningDns, record: DnsRecord): Promise<void> {
	const set = {
		Name: record.name,
		Type: record.type,
		TTL: record.ttl,
		ResourceRecords: record.values.map((Value) => ({ Value })),
	};
	const batch = { Changes: [{ Action: 'UPSERT' as const, ResourceRecordSet: set }] };
	await otherClient(dns.route53Url).send(
		new ChangeResourceRecordSetsCommand({ HostedZoneId: zoneId, ChangeBatch: batch }),
	);
}
