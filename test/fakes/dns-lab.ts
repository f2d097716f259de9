import { ListResourceRecordSetsCommand, Route53Client, type Route53ClientConfig } from '@aws-sdk/client-route-53';
import type { Route53Options } from '../../src/adapters/route53/api.ts';
import { route53Zone } from '../../src/adapters/route53/route53-zone.ts';
import type { LinkConfig } from '../../src/domain/config/link.ts';
import { type DnsRecord, normalizeRecord } from '../../src/domain/dns/record.ts';
import { type LabDnsOptions, type RunningDns, startDns } from '../../src/lab/dns/index.ts';
import type { DnsZone } from '../../src/ports/dns.ts';

export const zoneId = 'ZLAB0000000001';
const accessKeyId = 'LABKEY';
const secretAccessKey = 'lab-secret';

/** The lab's DNS in this process, on free ports, holding `records` in the zone kafka.example.com. */
export function startLabDns(records: readonly DnsRecord[], more: Partial<LabDnsOptions> = {}): Promise<RunningDns> {
	return startDns({
		listen: { host: '127.0.0.1', port: 0 },
		servers: [
			{ host: '127.0.0.1', port: 0 },
			{ host: '127.0.0.2', port: 0 },
		],
		zone: { id: zoneId, name: 'kafka.example.com.' },
		records: [...records],
		credentials: { accessKeyId, secretAccessKey },
		...more,
	});
}

export function dnsConfig(endpoint: string, more: Partial<LinkConfig['dns']> = {}): LinkConfig['dns'] {
	return {
		driver: 'route53',
		zone: zoneId,
		name: 'bootstrap.kafka.example.com.',
		type: 'A',
		ttl: 5,
		values: { east: ['127.0.1.1'], west: ['127.0.2.1'] },
		region: 'us-east-1',
		endpoint,
		credentials: { accessKeyId, secretAccessKey: { env: 'LAB_SECRET' } },
		...more,
	};
}

/** kdr's zone against an endpoint, impatient enough for a test. */
export function zoneAt(
	endpoint: string,
	options: Partial<Route53Options> = {},
	config: Partial<LinkConfig['dns']> = {},
): DnsZone {
	const patience = { deadlineMs: 5000, requestMs: 1000, backoffMs: 10 };
	return route53Zone(dnsConfig(endpoint, config), { secret: async () => secretAccessKey, ...patience, ...options });
}

/** Another user of the same zone: the plain SDK. */
export function otherClient(endpoint: string, more: Route53ClientConfig = {}): Route53Client {
	return new Route53Client({ region: 'us-east-1', endpoint, credentials: { accessKeyId, secretAccessKey }, ...more });
}

export async function recordAt(
	client: Route53Client,
	name: string,
	type: DnsRecord['type'],
): Promise<DnsRecord | null> {
	const page = await client.send(
		new ListResourceRecordSetsCommand({ HostedZoneId: zoneId, StartRecordName: name, StartRecordType: type }),
	);
	const set = page.ResourceRecordSets?.find((each) => each.Name === name && each.Type === type);
	const values = (set?.ResourceRecords ?? []).map((record) => record.Value ?? '');
	return set === undefined ? null : normalizeRecord({ name, type, ttl: set.TTL ?? -1, values });
}
