/** A DNS record set as the provider holds it. Names are lower case and end in a dot. */
export interface DnsRecord {
	name: string;
	type: 'A' | 'AAAA' | 'CNAME';
	/** Seconds. */
	ttl: number;
	/** Sorted. */
	values: string[];
}

/** A domain name as kdr compares it: lower case, ending in a dot, `*` where Route 53 writes `\052`. */
export function normalizeName(name: string): string {
	const lower = name.trim().toLowerCase().replaceAll('\\052', '*');
	return lower.endsWith('.') ? lower : `${lower}.`;
}

/** A record's value as kdr compares it: host names as names, IPv6 addresses in their shortest form. */
export function normalizeValue(type: DnsRecord['type'], value: string): string {
	if (type === 'CNAME') return normalizeName(value);
	return type === 'AAAA' ? shortestIpv6(value.trim()) : value.trim();
}

function shortestIpv6(address: string): string {
	const url = URL.parse(`http://[${address}]/`);
	return url === null ? address.toLowerCase() : url.hostname.slice(1, -1);
}

/** The same record with its name and values normalised, values sorted and without repeats. */
export function normalizeRecord(record: DnsRecord): DnsRecord {
	const values = new Set(record.values.map((value) => normalizeValue(record.type, value)));
	return { name: normalizeName(record.name), type: record.type, ttl: record.ttl, values: [...values].sort() };
}

/** Equal in name, type, TTL and every value; spelling, case and order do not matter. */
export function sameRecord(left: DnsRecord, right: DnsRecord): boolean {
	return left.ttl === right.ttl && sameAnswer(left, right);
}

/** Equal in everything but the TTL: clients are sent to the same place. */
export function sameAnswer(left: DnsRecord, right: DnsRecord): boolean {
	const a = normalizeRecord(left);
	const b = normalizeRecord(right);
	return a.name === b.name && a.type === b.type && sameValues(a.type, a.values, b.values);
}

/** Whether two lists hold the same values of a record of `type`. */
export function sameValues(type: DnsRecord['type'], left: readonly string[], right: readonly string[]): boolean {
	const a = new Set(left.map((value) => normalizeValue(type, value)));
	const b = new Set(right.map((value) => normalizeValue(type, value)));
	return a.size === b.size && [...a].every((value) => b.has(value));
}

/** `10.1.0.10 (TTL 30)`: the record's content in a line; `no record` for null. */
export function describeRecord(record: DnsRecord | null): string {
	return record === null ? 'no record' : `${record.values.join(', ')} (TTL ${record.ttl})`;
}
