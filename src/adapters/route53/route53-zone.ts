import type { ResourceRecordSet } from '@aws-sdk/client-route-53';
import type { LinkConfig } from '../../domain/config/link.ts';
import { type DnsRecord, normalizeName, normalizeRecord } from '../../domain/dns/record.ts';
import { KdrError } from '../../domain/errors/kdr-error.ts';
import type { DnsZone } from '../../ports/dns.ts';
import { type Route53Api, type Route53Options, route53Api } from './api.ts';
import { classify, failureError } from './failure.ts';
import { type Pace, pace } from './pace.ts';
import { type FoundRecord, swapRecord } from './swap.ts';

/**
 * A hosted zone of Route 53 through the AWS SDK. `config.zone` is the hosted zone's id. Throws KDR_DNS_UNREACHABLE,
 * KDR_DNS_DENIED, KDR_DNS_ZONE_MISSING, KDR_DNS_RECORD_UNSUPPORTED (alias or routing policy) and what DnsZone names.
 */
export function route53Zone(config: LinkConfig['dns'], options: Route53Options): DnsZone {
	const api = route53Api(config, options);
	const newPace = (): Pace => pace(options.deadlineMs ?? 30_000, options.backoffMs ?? 500, options.signal);
	const find = (name: string, type: DnsRecord['type']): Promise<FoundRecord | null> =>
		untilAnswered(newPace(), `reading ${name} ${type} in zone ${config.zone}`, (signal) =>
			findRecord(api, name, type, signal),
		);
	return {
		async read(name, type) {
			return (await find(normalizeName(name), type))?.record ?? null;
		},
		async swap(from, to) {
			const old = normalizeRecord(from);
			const wanted = normalizeRecord(to);
			if (old.name !== wanted.name || old.type !== wanted.type)
				throw new KdrError('KDR_BUG', 'A swap changes one record: name and type must stay the same.');
			return swapRecord({ find, api, pace: newPace() }, old, wanted);
		},
		state: (changeId) =>
			untilAnswered(newPace(), `asking about change ${changeId} in zone ${config.zone}`, (signal) =>
				api.state(changeId, signal),
			),
	};
}

async function findRecord(
	api: Route53Api,
	name: string,
	type: DnsRecord['type'],
	signal: AbortSignal,
): Promise<FoundRecord | null> {
	const raw = await api.recordSet(name, type, signal);
	// The listing starts at the name asked for, so the first one is it or there is none.
	if (raw === null || normalizeName(raw.Name ?? '') !== name || raw.Type !== type) return null;
	if (raw.SetIdentifier !== undefined || raw.AliasTarget !== undefined || raw.TTL === undefined) throw unsupported(raw);
	const values = (raw.ResourceRecords ?? []).map((record) => record.Value ?? '');
	return { raw, record: normalizeRecord({ name, type, ttl: raw.TTL, values }) };
}

function unsupported(raw: ResourceRecordSet): KdrError {
	const kind = raw.AliasTarget === undefined ? `a routing policy (set identifier ${raw.SetIdentifier})` : 'an alias';
	return new KdrError(
		'KDR_DNS_RECORD_UNSUPPORTED',
		`The record ${raw.Name} ${raw.Type} has ${kind}; kdr flips plain records only.`,
		{
			hint: 'give clients a plain A, AAAA or CNAME record with a TTL',
		},
	);
}

/** Repeats a request that changes nothing until it is answered: a few times when nobody answers, until the deadline when throttled. */
async function untilAnswered<T>(time: Pace, doing: string, request: (signal: AbortSignal) => Promise<T>): Promise<T> {
	let silences = 0;
	for (;;) {
		try {
			return await request(time.signal());
		} catch (error) {
			time.throwIfAborted();
			if (error instanceof KdrError) throw error;
			const failure = classify(error);
			const putOff = failure.kind === 'throttled' || failure.kind === 'busy';
			const silent = failure.kind === 'unreachable' || failure.kind === 'lost';
			if (silent) silences++;
			if (!(putOff || (silent && silences < 3)) || !(await time.again())) throw failureError(failure, doing);
		}
	}
}
