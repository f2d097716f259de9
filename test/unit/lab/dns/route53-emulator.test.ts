import {
	type Change,
	ChangeResourceRecordSetsCommand,
	GetChangeCommand,
	GetHostedZoneCommand,
	ListHostedZonesCommand,
	ListResourceRecordSetsCommand,
	type ListResourceRecordSetsCommandInput,
	type ListResourceRecordSetsCommandOutput,
	type ResourceRecordSet,
	type Route53Client,
} from '@aws-sdk/client-route-53';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { RunningDns } from '../../../../src/lab/dns/index.ts';
import { otherClient, startLabDns, zoneId } from '../../../fakes/dns-lab.ts';

const name = 'bootstrap.kafka.example.com.';
const set = (
	Name: string,
	Type: 'A' | 'AAAA' | 'CNAME',
	Value: string,
	TTL: number | undefined = 5,
): ResourceRecordSet => ({
	Name,
	Type,
	TTL,
	ResourceRecords: [{ Value }],
});
const east = set(name, 'A', '127.0.1.1');
const west = set(name, 'A', '127.0.2.1');
const create = (ResourceRecordSet: ResourceRecordSet): Change => ({ Action: 'CREATE', ResourceRecordSet });
const remove = (ResourceRecordSet: ResourceRecordSet): Change => ({ Action: 'DELETE', ResourceRecordSet });
const upsert = (ResourceRecordSet: ResourceRecordSet): Change => ({ Action: 'UPSERT', ResourceRecordSet });

let dns: RunningDns;
let client: Route53Client;
const start = async (more: Parameters<typeof startLabDns>[1] = {}): Promise<void> => {
	dns = await startLabDns([{ name, type: 'A', ttl: 5, values: ['127.0.1.1'] }], more);
	client = otherClient(dns.route53Url, { maxAttempts: 1 });
};
const change = (...Changes: Change[]) =>
	client.send(new ChangeResourceRecordSetsCommand({ HostedZoneId: zoneId, ChangeBatch: { Changes } }));
const line = (each: ResourceRecordSet): string =>
	`${each.Name} ${each.Type} ${each.TTL} ${each.ResourceRecords?.[0]?.Value}`;

/** All records of the zone, page by page. */
async function all(pageSize = 300): Promise<string[]> {
	const found: string[] = [];
	let from: Pick<ListResourceRecordSetsCommandInput, 'StartRecordName' | 'StartRecordType'> | null = {};
	while (from !== null) {
		const input: ListResourceRecordSetsCommandInput = { HostedZoneId: zoneId, MaxItems: pageSize, ...from };
		const page: ListResourceRecordSetsCommandOutput = await client.send(new ListResourceRecordSetsCommand(input));
		found.push(...(page.ResourceRecordSets ?? []).map(line));
		from = page.IsTruncated ? { StartRecordName: page.NextRecordName, StartRecordType: page.NextRecordType } : null;
	}
	return found;
}

const weighted = (SetIdentifier: string, Weight: number, value: string): ResourceRecordSet => ({
	...set('w.kafka.example.com.', 'A', value),
	SetIdentifier,
	Weight,
});

beforeEach(() => start());
afterEach(() => dns.close());

test('variants of a weighted record are records of their own, given back with identifier and weight', async () => {
	await change(create(weighted('blue', 100, '127.0.0.1')), create(weighted('green', 0, '127.0.0.2')));
	await expect(change(create(weighted('blue', 1, '127.0.0.3')))).rejects.toThrow('already exists');
	await expect(change(remove(weighted('blue', 1, '127.0.0.1')))).rejects.toThrow('do not match');
	await change(upsert(weighted('blue', 0, '127.0.0.1')), upsert(weighted('green', 100, '127.0.0.2')));
	const { ResourceRecordSets = [] } = await client.send(new ListResourceRecordSetsCommand({ HostedZoneId: zoneId }));
	const variants = ResourceRecordSets.filter(({ Name }) => Name === 'w.kafka.example.com.');
	expect(variants.map(({ SetIdentifier, Weight }) => [SetIdentifier, Weight])).toEqual([
		['blue', 0],
		['green', 100],
	]);
});

describe('the emulated Route 53 is as strict as the real one', () => {
	const stale = /values provided do not match the current values/;
	test.each<[string, RegExp, Change[]]>([
		['a DELETE of a stale value', stale, [remove(west), create(set(name, 'A', '127.0.3.1'))]],
		['a DELETE with another TTL', stale, [remove({ ...east, TTL: 6 }), create(west)]],
		[
			'a DELETE of some values',
			stale,
			[remove({ ...east, ResourceRecords: [{ Value: '127.0.1.1' }, { Value: '127.0.1.2' }] })],
		],
		['a DELETE of nothing', /was not found/, [remove(set(`no.${name}`, 'A', '127.0.1.1'))]],
		['a CREATE over an existing record', /already exists/, [create(west)]],
		[
			'a CREATE of two at once',
			/already exists/,
			[create(set(`b.${name}`, 'A', '127.0.1.1')), create(set(`b.${name}`, 'A', '127.0.1.2'))],
		],
		['a CNAME beside an A record', /conflicts with other records/, [create(set(name, 'CNAME', 'east.example.com.'))]],
		['a CNAME at the apex', /not permitted at apex/, [create(set('kafka.example.com.', 'CNAME', 'east.example.com.'))]],
		['a name outside the zone', /is not permitted in zone/, [create(set('bootstrap.example.org.', 'A', '127.0.1.1'))]],
		[
			'a name that only ends like the zone',
			/is not permitted in zone/,
			[create(set('notkafka.example.com.', 'A', '127.0.1.1'))],
		],
		['what is no address', /not valid/, [upsert(set(name, 'A', 'east.example.com'))]],
		[
			'a second change that is wrong',
			/not permitted in zone/,
			[remove(east), create(west), create(set('example.org.', 'A', '127.0.1.1'))],
		],
	])('refuses %s, and nothing of the batch is done', async (_what, wording, changes) => {
		const before = await all();
		const refused = change(...changes);
		await expect(refused).rejects.toMatchObject({ name: 'InvalidChangeBatch' });
		await expect(refused).rejects.toThrow(wording);
		expect(await all()).toEqual(before);
		expect(dns.changes()).toBe(0);
	});

	test('refuses a record without TTL', async () => {
		const refused = change(upsert({ Name: name, Type: 'A', ResourceRecords: [{ Value: '127.0.1.1' }] }));
		await expect(refused).rejects.toMatchObject({ name: 'InvalidInput' });
	});

	test('refuses to take the apex NS and SOA away', async () => {
		const soa = (await all()).find((each) => each.includes(' SOA ')) ?? '';
		const [, , , ...value] = soa.split(' ');
		const refused = change(
			remove({ Name: 'kafka.example.com.', Type: 'SOA', TTL: 900, ResourceRecords: [{ Value: value.join(' ') }] }),
		);
		await expect(refused).rejects.toMatchObject({ name: 'InvalidChangeBatch' });
	});

	test('takes a batch that turns an A record into a CNAME', async () => {
		await change(remove(east), create(set(name, 'CNAME', 'east.example.com.')));
		expect(await all()).toContain(`${name} CNAME 5 east.example.com.`);
	});

	test('lets UPSERT overwrite whatever is there', async () => {
		await change(upsert(west));
		expect(await all()).toContain(`${name} A 5 127.0.2.1`);
	});

	test('refuses a change while another is PENDING, if asked to', async () => {
		await dns.close();
		await start({ propagationMs: 500, refuseWhilePending: true });
		const first = await change(remove(east), create(west));
		await expect(change(remove(west), create(east))).rejects.toMatchObject({ name: 'PriorRequestNotComplete' });
		expect(await status(first.ChangeInfo?.Id)).toBe('PENDING');
		await vi.waitFor(async () => expect(await status(first.ChangeInfo?.Id)).toBe('INSYNC'), {
			timeout: 2000,
			interval: 10,
		});
		await change(remove(west), create(east));
	});

	test.each([
		['an unknown access key', { accessKeyId: 'NOBODY', secretAccessKey: 'lab-secret' }, 'InvalidClientTokenId'],
		['a wrong secret', { accessKeyId: 'LABKEY', secretAccessKey: 'wrong' }, 'SignatureDoesNotMatch'],
	])('refuses %s', async (_what, credentials, code) => {
		const stranger = otherClient(dns.route53Url, { credentials });
		await expect(stranger.send(new ListHostedZonesCommand({}))).rejects.toMatchObject({ name: code });
	});

	test('refuses a request that is not signed, and says what it is', async () => {
		const response = await fetch(`${dns.route53Url}/2013-04-01/hostedzone`);
		expect(response.status).toBe(403);
		expect(response.headers.get('server')).toBe('kdr-lab-route53-emulator');
		expect(await response.text()).toContain('<Code>MissingAuthenticationToken</Code>');
	});

	test('knows no zone and no change but its own', async () => {
		await expect(client.send(new GetHostedZoneCommand({ Id: 'ZOTHER' }))).rejects.toMatchObject({
			name: 'NoSuchHostedZone',
		});
		await expect(status('C00000000')).rejects.toMatchObject({ name: 'NoSuchChange' });
	});
});

const status = async (Id: string | undefined): Promise<string | undefined> =>
	(await client.send(new GetChangeCommand({ Id }))).ChangeInfo?.Status;

describe('the emulated Route 53 answers what clients ask', () => {
	test('pages by name and type, each record once, ordered by labels from the right, * as \\052', async () => {
		await change(
			...['b', 'a', '*', 'a.b'].map((label) => create(set(`${label}.kafka.example.com.`, 'A', '127.0.1.1'))),
			create(set('a.kafka.example.com.', 'AAAA', '::1')),
		);
		const lines = await all();
		expect(await all(1)).toEqual(lines);
		expect(await all(2)).toEqual(lines);
		expect(lines.map((each) => each.split(' ').slice(0, 2).join(' '))).toEqual([
			'kafka.example.com. NS',
			'kafka.example.com. SOA',
			'\\052.kafka.example.com. A',
			'a.kafka.example.com. A',
			'a.kafka.example.com. AAAA',
			'b.kafka.example.com. A',
			'a.b.kafka.example.com. A',
			'bootstrap.kafka.example.com. A',
			'ns1.kafka.example.com. A',
			'ns2.kafka.example.com. A',
		]);
	});

	test('describes its zone and the name servers of it', async () => {
		const zones = await client.send(new ListHostedZonesCommand({}));
		expect(zones.HostedZones).toMatchObject([{ Id: `/hostedzone/${zoneId}`, Name: 'kafka.example.com.' }]);
		const zone = await client.send(new GetHostedZoneCommand({ Id: zoneId }));
		expect(zone.DelegationSet?.NameServers).toEqual(['ns1.kafka.example.com.', 'ns2.kafka.example.com.']);
	});

	test('takes its fault script over HTTP too, and says what is wrong with one', async () => {
		const faults = `${dns.route53Url}/lab/faults`;
		const post = (body: unknown) => fetch(faults, { method: 'POST', body: JSON.stringify(body) });
		expect((await post([{ kind: 'throttle', operation: 'any', times: 2 }])).status).toBe(200);
		await expect(all()).rejects.toMatchObject({ name: 'Throttling' });
		expect(await (await fetch(faults)).json()).toMatchObject([{ kind: 'throttle', times: 1 }]);
		await fetch(faults, { method: 'DELETE' });
		expect(await all()).toHaveLength(5);
		const wrong = await post([{ kind: 'explode' }]);
		expect(wrong.status).toBe(400);
	});

	test('listens on loopback only', async () => {
		const listening = startLabDns([], { listen: { host: '0.0.0.0', port: 0 } });
		await expect(listening).rejects.toMatchObject({
			code: 'KDR_LAB_START_FAILED',
			message: expect.stringContaining('loopback'),
		});
		const serving = startLabDns([], { servers: [{ host: '192.0.2.1', port: 0 }] });
		await expect(serving).rejects.toMatchObject({ code: 'KDR_LAB_START_FAILED' });
	});

	test('names the port that is taken, and leaves nothing behind', async () => {
		const port = Number(new URL(dns.route53Url).port);
		const second = startLabDns([], { listen: { host: '127.0.0.1', port } });
		await expect(second).rejects.toMatchObject({
			code: 'KDR_LAB_PORT_TAKEN',
			message: expect.stringContaining(`127.0.0.1:${port}`),
		});
		const [host = '', taken] = (dns.servers[1] ?? '').split(':');
		const third = startLabDns([], { servers: [{ host, port: Number(taken) }] });
		await expect(third).rejects.toMatchObject({
			code: 'KDR_LAB_PORT_TAKEN',
			message: expect.stringContaining(`${host}:${taken}`),
		});
	});
});
