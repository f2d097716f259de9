import { isIPv4, isIPv6 } from 'node:net';
import { normalizeName } from '../../domain/dns/record.ts';

/** A record set as a zone holds it: like kdr's own, but any type and values to the letter. */
export interface ZoneRecord {
	name: string;
	type: string;
	ttl: number;
	/** Of one variant of a weighted record. */
	setIdentifier?: string | undefined;
	weight?: number | undefined;
	values: string[];
}

export interface Change {
	action: string;
	record: ZoneRecord;
}

export type Records = ReadonlyMap<string, ZoneRecord>;

export const keyOf = (name: string, type: string, setIdentifier = ''): string =>
	`${name} ${type} ${setIdentifier}`.trimEnd();

/**
 * The records after a batch, or every reason why Route 53 would refuse it (its own wording): changes are tried in order, and nothing
 * counts unless all of them pass.
 */
export function applyBatch(
	zone: string,
	before: Records,
	changes: readonly Change[],
): { records: Records } | { errors: string[] } {
	const records = new Map(before);
	const errors: string[] = [];
	for (const change of changes) {
		const error = applyChange(zone, records, change);
		if (error !== null) errors.push(error);
	}
	// Looked at when all is applied: a batch may turn an A record into a CNAME.
	if (errors.length === 0) errors.push(...conflicts(zone, records, changes));
	return errors.length > 0 ? { errors } : { records };
}

function applyChange(zone: string, records: Map<string, ZoneRecord>, { action, record }: Change): string | null {
	const { name, type, setIdentifier } = record;
	const key = keyOf(name, type, setIdentifier);
	const current = records.get(key);
	const tried = (verb: string): string => `Tried to ${verb} resource record set [name='${name}', type='${type}']`;
	if (name !== zone && !name.endsWith(`.${zone}`))
		return `RRSet with DNS name ${name} is not permitted in zone ${zone}`;
	if (action === 'CREATE' && current !== undefined) return `${tried('create')} but it already exists`;
	if (action === 'DELETE') {
		if (current === undefined) return `${tried('delete')} but it was not found`;
		if (!identical(current, record))
			return `${tried('delete')} but the values provided do not match the current values`;
		if (name === zone && (type === 'NS' || type === 'SOA')) return `A HostedZone must contain its own ${type} record`;
		records.delete(key);
		return null;
	}
	const error = invalidValue(record);
	if (error !== null) return error;
	records.set(key, record);
	return null;
}

function identical(left: ZoneRecord, right: ZoneRecord): boolean {
	return (
		left.ttl === right.ttl &&
		left.weight === right.weight &&
		[...left.values].sort().join('\n') === [...right.values].sort().join('\n')
	);
}

function invalidValue({ type, values, name }: ZoneRecord): string | null {
	const valid = (value: string): boolean =>
		type === 'A' ? isIPv4(value) : type === 'AAAA' ? isIPv6(value) : isHostName(value);
	const wrong = values.find((value) => !valid(value));
	if (wrong !== undefined)
		return `Invalid Resource Record: '${type} value ${wrong} is not valid' encountered with '${wrong}'`;
	if (new Set(values).size !== values.length) return `Duplicate Resource Record: '${values.join(', ')}'`;
	return type === 'CNAME' && values.length > 1
		? `RRSet of type CNAME with DNS name ${name} has more than one value`
		: null;
}

const isHostName = (value: string): boolean =>
	normalizeName(value)
		.slice(0, -1)
		.split('.')
		.every((label) => /^[a-z0-9_*-]{1,63}$/.test(label));

function conflicts(zone: string, records: Records, changes: readonly Change[]): string[] {
	const errors: string[] = [];
	for (const name of new Set(changes.map((change) => change.record.name))) {
		if (!records.has(keyOf(name, 'CNAME'))) continue;
		const others = [...records.values()].filter((record) => record.name === name && record.type !== 'CNAME');
		const cname = `RRSet of type CNAME with DNS name ${name} is not permitted`;
		if (name === zone) errors.push(`${cname} at apex in zone ${zone}`);
		else if (others.length > 0)
			errors.push(`${cname} as it conflicts with other records with the same DNS name in zone ${zone}`);
	}
	return errors;
}
