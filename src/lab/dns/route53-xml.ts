import { XMLParser } from 'fast-xml-parser';
import { normalizeName } from '../../domain/dns/record.ts';
import type { Change, ZoneRecord } from './batch.ts';
import type { AcceptedChange } from './zone.ts';

const namespace = 'https://route53.amazonaws.com/doc/2013-04-01/';
const parser = new XMLParser({
	parseTagValue: false,
	isArray: (name) => name === 'Change' || name === 'ResourceRecord',
});

interface BatchXml {
	ChangeResourceRecordSetsRequest?: { ChangeBatch?: { Changes?: { Change?: ChangeXml[] } | '' } };
}

interface ChangeXml {
	Action?: string;
	ResourceRecordSet?: {
		Name?: string;
		Type?: string;
		TTL?: string;
		ResourceRecords?: { ResourceRecord?: { Value?: string }[] };
		SetIdentifier?: string;
		Weight?: string;
		AliasTarget?: unknown;
		HealthCheckId?: string;
	};
}

/** A batch as Route 53 takes it in, or why the request is no valid one (`InvalidInput`). */
export function parseBatch(body: Buffer): { changes: Change[] } | { invalid: string } {
	let batch: BatchXml;
	try {
		batch = parser.parse(body, true) as BatchXml;
	} catch {
		return { invalid: 'The request is not well-formed XML' };
	}
	const changes = batch.ChangeResourceRecordSetsRequest?.ChangeBatch?.Changes;
	const list = typeof changes === 'object' ? (changes.Change ?? []) : [];
	if (list.length === 0) return { invalid: 'Invalid request: ChangeBatch holds no Change' };
	const parsed = list.map(parseChange);
	const invalid = parsed.find((change) => typeof change === 'string');
	return invalid === undefined ? { changes: parsed.filter((change) => typeof change !== 'string') } : { invalid };
}

function parseChange({ Action: action = '', ResourceRecordSet: set = {} }: ChangeXml): Change | string {
	const where = `in Change with [Action=${action}, Name=${set.Name}, Type=${set.Type}, SetIdentifier=${set.SetIdentifier ?? null}]`;
	if (!['CREATE', 'DELETE', 'UPSERT'].includes(action)) return `Invalid request: unknown Action ${where}`;
	if (set.Name === undefined || set.Type === undefined) return `Invalid request: Name and Type are required ${where}`;
	if (set.AliasTarget !== undefined || set.HealthCheckId !== undefined || (set.SetIdentifier && !set.Weight)) {
		return `This emulator holds plain and weighted records only: no alias, other routing policy or health check ${where}`;
	}
	if (!['A', 'AAAA', 'CNAME', 'NS', 'SOA'].includes(set.Type))
		return `This emulator does not hold records of type ${set.Type} ${where}`;
	if (set.TTL === undefined) return `Invalid request: Missing field 'TTL' ${where}`;
	if (!/^\d{1,10}$/.test(set.TTL) || Number(set.TTL) > 2_147_483_647) return `Invalid request: invalid TTL ${where}`;
	const values = (set.ResourceRecords?.ResourceRecord ?? []).map((record) => record.Value ?? '');
	if (values.length === 0) return `Invalid request: Missing field 'ResourceRecords' ${where}`;
	return {
		action,
		record: { name: normalizeName(set.Name), type: set.Type, ttl: Number(set.TTL), ...variantOf(set), values },
	};
}

const variantOf = ({ SetIdentifier, Weight }: NonNullable<ChangeXml['ResourceRecordSet']>) =>
	SetIdentifier === undefined ? {} : { setIdentifier: SetIdentifier, weight: Number(Weight) };

const escapes: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' };

/** XML text of one element; nested elements are given as lists of rendered ones. */
export function xml(tag: string, content: string | number | readonly string[]): string {
	const inner =
		typeof content === 'object'
			? content.join('')
			: String(content).replace(/[&<>"']/g, (character) => escapes[character] ?? '');
	return `<${tag}>${inner}</${tag}>`;
}

export function document(tag: string, content: readonly string[]): string {
	return `<?xml version="1.0" encoding="UTF-8"?>\n<${tag} xmlns="${namespace}">${content.join('')}</${tag}>`;
}

/** Route 53's ordinary error form. */
export function errorDocument(code: string, message: string, requestId: string): string {
	const error = xml('Error', [xml('Type', 'Sender'), xml('Code', code), xml('Message', message)]);
	return document('ErrorResponse', [error, xml('RequestId', requestId)]);
}

/** The older form, of refused batches only. */
export function olderBatchError(errors: readonly string[], requestId: string): string {
	const messages = errors.map((error) => xml('Message', error));
	return document('InvalidChangeBatch', [xml('Messages', messages), xml('RequestId', requestId)]);
}

/** A record set as answers spell it: `*` as its octal escape. */
export function recordSetXml(record: ZoneRecord): string {
	const values = record.values.map((value) => xml('ResourceRecord', [xml('Value', value)]));
	return xml('ResourceRecordSet', [
		xml('Name', escapeName(record.name)),
		xml('Type', record.type),
		...(record.setIdentifier === undefined ? [] : [xml('SetIdentifier', record.setIdentifier)]),
		...(record.weight === undefined ? [] : [xml('Weight', record.weight)]),
		xml('TTL', record.ttl),
		xml('ResourceRecords', values),
	]);
}

export const escapeName = (name: string): string => name.replaceAll('*', '\\052');

export const changeInfoXml = (change: AcceptedChange): string =>
	xml('ChangeInfo', [
		xml('Id', `/change/${change.id}`),
		xml('Status', change.status),
		xml('SubmittedAt', change.submittedAt.toISOString()),
	]);

export const hostedZoneXml = (id: string, name: string, records: number): string =>
	xml('HostedZone', [
		xml('Id', `/hostedzone/${id}`),
		xml('Name', name),
		xml('CallerReference', 'kdr-lab'),
		xml('Config', [xml('Comment', 'kdr lab: emulated'), xml('PrivateZone', 'false')]),
		xml('ResourceRecordSetCount', records),
	]);
