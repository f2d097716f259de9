import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
	ChangeResourceRecordSetsCommand,
	ListResourceRecordSetsCommand,
	type ResourceRecordSet,
	Route53Client,
} from '@aws-sdk/client-route-53';
import type { LabState } from '../estate.ts';
import { route53AccessKeyId } from '../kdr-yaml.ts';
import type { Robot } from './robot.ts';

/** The record clients find the cluster by, as Terraform or external-dns keep it. */
export async function record({ dns, dir }: LabState): Promise<Robot> {
	const secretAccessKey = await readFile(join(dir, 'secrets', 'route53'), 'utf8');
	const client = new Route53Client({
		region: 'us-east-1',
		endpoint: dns.route53Url,
		credentials: { accessKeyId: route53AccessKeyId, secretAccessKey },
	});
	const find = async (): Promise<ResourceRecordSet | undefined> => {
		const { ResourceRecordSets = [] } = await client.send(
			new ListResourceRecordSetsCommand({ HostedZoneId: dns.zoneId, StartRecordName: dns.name, StartRecordType: 'A' }),
		);
		return ResourceRecordSets.find(({ Name, Type }) => Name === dns.name && Type === 'A');
	};
	const wanted = await find();
	return {
		putBack: async () => {
			const now = await find();
			if (!wanted || valuesOf(now) === valuesOf(wanted)) return [];
			const Changes = [{ Action: 'UPSERT' as const, ResourceRecordSet: wanted }];
			await client.send(new ChangeResourceRecordSetsCommand({ HostedZoneId: dns.zoneId, ChangeBatch: { Changes } }));
			return [`set ${dns.name} back from ${valuesOf(now)} to ${valuesOf(wanted)}`];
		},
	};
}

const valuesOf = (set: ResourceRecordSet | undefined): string =>
	`${(set?.ResourceRecords ?? []).map(({ Value }) => Value).join(' ')}, TTL ${set?.TTL ?? 'none'}`;
