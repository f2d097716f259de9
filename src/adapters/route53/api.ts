import type { ResourceRecordSet, Route53Client } from '@aws-sdk/client-route-53';
import type { LinkConfig, SecretRef } from '../../domain/config/link.ts';
import type { DnsRecord } from '../../domain/dns/record.ts';

export interface Route53Options {
	secret(ref: SecretRef): Promise<string>;
	/** Ends every call. */
	signal?: AbortSignal | undefined;
	/** Most that one read, or all the tries of one write, may take, ms (default 30,000). */
	deadlineMs?: number;
	/** Most that one request may wait for its answer, ms (default 5,000). */
	requestMs?: number;
	/** Wait before the second try, doubled for each further one, ms (default 500). */
	backoffMs?: number;
}

/** Single requests to Route 53, none repeated: only who knows what a try may have done may try again. They throw what the SDK throws. */
export interface Route53Api {
	/** The record set at name and type, as Route 53 spells it, pending changes included; null when there is none. */
	recordSet(name: string, type: DnsRecord['type'], signal: AbortSignal): Promise<ResourceRecordSet | null>;
	/** One batch: DELETE exactly `old`, CREATE `wanted`. Gives the change's id. */
	replace(old: ResourceRecordSet, wanted: ResourceRecordSet, signal: AbortSignal): Promise<string>;
	state(changeId: string, signal: AbortSignal): Promise<'PENDING' | 'INSYNC'>;
}

/** The SDK is loaded and credentials are read at the first call. */
export function route53Api(config: LinkConfig['dns'], options: Route53Options): Route53Api {
	let loaded: ReturnType<typeof load> | undefined;
	const sdk = (): ReturnType<typeof load> => {
		loaded ??= load(config, options);
		// A secret that could not be read may be readable the next time.
		loaded.catch(() => (loaded = undefined));
		return loaded;
	};
	const zone = { HostedZoneId: config.zone };
	return {
		async recordSet(name, type, signal) {
			const { client, ListResourceRecordSetsCommand: List } = await sdk();
			const input = { ...zone, StartRecordName: name, StartRecordType: type, MaxItems: 1 };
			const page = await client.send(new List(input), { abortSignal: signal });
			return page.ResourceRecordSets?.[0] ?? null;
		},
		async replace(old, wanted, signal) {
			const { client, ChangeResourceRecordSetsCommand: Change } = await sdk();
			const changes = [
				{ Action: 'DELETE' as const, ResourceRecordSet: old },
				{ Action: 'CREATE' as const, ResourceRecordSet: wanted },
			];
			const done = await client.send(new Change({ ...zone, ChangeBatch: { Comment: 'kdr', Changes: changes } }), {
				abortSignal: signal,
			});
			return (done.ChangeInfo?.Id ?? '').replace('/change/', '');
		},
		async state(changeId, signal) {
			const { client, GetChangeCommand: Get } = await sdk();
			const change = await client.send(new Get({ Id: changeId }), { abortSignal: signal });
			return change.ChangeInfo?.Status === 'INSYNC' ? 'INSYNC' : 'PENDING';
		},
	};
}

async function load(config: LinkConfig['dns'], options: Route53Options) {
	const { credentials } = config;
	const secret = credentials === undefined ? undefined : await options.secret(credentials.secretAccessKey);
	const sdk = await import('@aws-sdk/client-route-53');
	const requestTimeout = options.requestMs ?? 5000;
	const client: Route53Client = new sdk.Route53Client({
		region: config.region,
		maxAttempts: 1,
		requestHandler: { connectionTimeout: Math.min(2000, requestTimeout), requestTimeout, throwOnRequestTimeout: true },
		...(config.endpoint === undefined ? {} : { endpoint: config.endpoint }),
		...(credentials === undefined || secret === undefined
			? {}
			: { credentials: { accessKeyId: credentials.accessKeyId, secretAccessKey: secret } }),
	});
	return { ...sdk, client };
}
