import { randomUUID } from 'node:crypto';
import { normalizeName } from '../../domain/dns/record.ts';
import type { ZoneRecord } from './batch.ts';
import type { LabDnsSettings, Operation } from './options.ts';
import * as wire from './route53-xml.ts';
import { compare, type LabZone, sortKey } from './zone.ts';

const { xml } = wire;

export interface Answer {
	status: number;
	body: string;
}

export interface Call {
	operation: Operation;
	/** The id in the path: a hosted zone's or a change's; empty for ListHostedZones. */
	id: string;
	query: URLSearchParams;
	body: Buffer;
	pendingForever: boolean;
}

export const refusal = (status: number, code: string, message: string): Answer => ({
	status,
	body: wire.errorDocument(code, message, randomUUID()),
});

/** Which operation a request is; null for one this emulator does not have. */
export function route(method: string, path: string): { operation: Operation; id: string } | null {
	const zone = /^\/2013-04-01\/hostedzone\/([A-Z0-9]+)(\/rrset\/?)?$/.exec(path);
	const change = /^\/2013-04-01\/change\/([A-Z0-9]+)$/.exec(path);
	const id = zone?.[1] ?? change?.[1] ?? '';
	const rrset = zone?.[2] !== undefined;
	if (method === 'POST') return rrset ? { operation: 'ChangeResourceRecordSets', id } : null;
	if (method !== 'GET') return null;
	if (zone !== null) return { operation: rrset ? 'ListResourceRecordSets' : 'GetHostedZone', id };
	if (change !== null) return { operation: 'GetChange', id };
	return /^\/2013-04-01\/hostedzone\/?$/.test(path) ? { operation: 'ListHostedZones', id } : null;
}

export function perform(call: Call, zone: LabZone, settings: LabDnsSettings): Answer {
	if (call.operation === 'GetChange') return getChange(call, zone);
	if (call.operation === 'ListHostedZones') return listHostedZones(zone);
	if (call.id !== zone.id) return refusal(404, 'NoSuchHostedZone', `No hosted zone found with ID: ${call.id}`);
	if (call.operation === 'GetHostedZone') return getHostedZone(zone);
	if (call.operation === 'ListResourceRecordSets') return listRecordSets(call.query, zone);
	return changeRecordSets(call, zone, settings);
}

const ok = (tag: string, content: readonly string[]): Answer => ({ status: 200, body: wire.document(tag, content) });

function changeRecordSets(call: Call, zone: LabZone, settings: LabDnsSettings): Answer {
	if (settings.refuseWhilePending && zone.pending()) {
		const message = 'The request was rejected because Route 53 was still processing a prior request.';
		return refusal(400, 'PriorRequestNotComplete', message);
	}
	const batch = wire.parseBatch(call.body);
	if ('invalid' in batch) return refusal(400, 'InvalidInput', batch.invalid);
	const result = zone.change(batch.changes, call.pendingForever);
	if ('accepted' in result) return ok('ChangeResourceRecordSetsResponse', [wire.changeInfoXml(result.accepted)]);
	if (settings.batchErrors === 'ErrorResponse')
		return refusal(400, 'InvalidChangeBatch', `[${result.errors.join(', ')}]`);
	return { status: 400, body: wire.olderBatchError(result.errors, randomUUID()) };
}

function getChange(call: Call, zone: LabZone): Answer {
	const change = zone.find(call.id);
	if (change === null) return refusal(404, 'NoSuchChange', `Could not find resource with ID: ${call.id}`);
	return ok('GetChangeResponse', [wire.changeInfoXml(change)]);
}

function listHostedZones(zone: LabZone): Answer {
	const zones = xml('HostedZones', [wire.hostedZoneXml(zone.id, zone.name, zone.list().length)]);
	return ok('ListHostedZonesResponse', [zones, xml('IsTruncated', 'false'), xml('MaxItems', 100)]);
}

function getHostedZone(zone: LabZone): Answer {
	const servers = zone.list().find((record) => record.name === zone.name && record.type === 'NS')?.values ?? [];
	const names = xml(
		'NameServers',
		servers.map((server) => xml('NameServer', server)),
	);
	return ok('GetHostedZoneResponse', [
		wire.hostedZoneXml(zone.id, zone.name, zone.list().length),
		xml('DelegationSet', [names]),
	]);
}

function listRecordSets(query: URLSearchParams, zone: LabZone): Answer {
	const name = query.get('name');
	const type = query.get('type');
	if (type !== null && name === null)
		return refusal(400, 'InvalidInput', 'The name must be specified if the type is specified');
	const limit = Number(query.get('maxitems') ?? 300);
	if (!Number.isInteger(limit) || limit < 1) return refusal(400, 'InvalidInput', 'maxitems must be a positive number');
	const identifier = query.get('identifier') ?? undefined;
	const start = name === null ? '' : sortKey(normalizeName(name), type ?? '', identifier);
	const from = zone
		.list()
		.filter((record) => compare(sortKey(record.name, record.type, record.setIdentifier), start) >= 0);
	const page = from.slice(0, Math.min(limit, 300));
	return ok('ListResourceRecordSetsResponse', [
		xml('ResourceRecordSets', page.map(wire.recordSetXml)),
		xml('IsTruncated', String(from.length > page.length)),
		...next(from[page.length]),
		xml('MaxItems', Math.min(limit, 300)),
	]);
}

function next(record: ZoneRecord | undefined): string[] {
	if (record === undefined) return [];
	return [
		xml('NextRecordName', wire.escapeName(record.name)),
		xml('NextRecordType', record.type),
		...(record.setIdentifier === undefined ? [] : [xml('NextRecordIdentifier', record.setIdentifier)]),
	];
}
