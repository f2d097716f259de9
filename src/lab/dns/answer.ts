import packet, { type Answer, type DecodedPacket, type Packet, type Question, type StringAnswer } from 'dns-packet';
import { normalizeName } from '../../domain/dns/record.ts';
import { keyOf, type ZoneRecord } from './batch.ts';
import type { Snapshot } from './zone.ts';

const rcodes = { NOERROR: 0, FORMERR: 1, NXDOMAIN: 3, NOTIMP: 4, REFUSED: 5 } as const;

/** The authoritative answer to a query, from one server's view of the zone (RFC 1034 §4.3.2; no recursion, no wildcards). */
export function answerTo(query: DecodedPacket & { opcode?: string }, zone: Snapshot): Packet {
	const question = query.questions?.[0];
	if (query.opcode !== 'QUERY') return reply(query, 'NOTIMP', {});
	if (question === undefined || query.questions?.length !== 1) return reply(query, 'FORMERR', {});
	const name = normalizeName(question.name);
	if ((question.class ?? 'IN') !== 'IN' || !inZone(name, zone)) return reply(query, 'REFUSED', {});
	const answers = follow(name, question, zone);
	if (answers.length > 0) return reply(query, 'NOERROR', { answers });
	return reply(query, exists(name, zone) ? 'NOERROR' : 'NXDOMAIN', { authorities: [soaOf(zone)] });
}

/** The same answer without its records and with TC set, for a datagram too small to hold them. */
export const truncated = (answer: Packet): Packet => ({
	...answer,
	flags: (answer.flags ?? 0) | packet.TRUNCATED_RESPONSE,
	answers: [],
	authorities: [],
});

function reply(
	query: DecodedPacket,
	rcode: keyof typeof rcodes,
	sections: Pick<Packet, 'answers' | 'authorities'>,
): Packet {
	const authority = rcode === 'NOERROR' || rcode === 'NXDOMAIN' ? packet.AUTHORITATIVE_ANSWER : 0;
	const flags = authority | (query.flag_rd ? packet.RECURSION_DESIRED : 0) | rcodes[rcode];
	return { type: 'response', id: query.id ?? 0, flags, questions: query.questions ?? [], ...sections };
}

const inZone = (name: string, { zone }: Snapshot): boolean => name === zone || name.endsWith(`.${zone}`);

/** True too for a name that only has names below it (an empty non-terminal, RFC 8020). */
const exists = (name: string, zone: Snapshot): boolean =>
	[...zone.records.values()].some((record) => record.name === name || record.name.endsWith(`.${name}`));

/** The records asked for; a CNAME in their place is given and followed as long as it stays in the zone. */
function follow(name: string, question: Question, zone: Snapshot): Answer[] {
	const answers: Answer[] = [];
	const seen = new Set<string>();
	// The first name is given back as it was asked, letter case included: resolvers check it (0x20).
	for (let at = name, shown = question.name; !seen.has(at); ) {
		seen.add(at);
		const exact = zone.records.get(keyOf(at, question.type)) ?? heaviest(at, question.type, zone);
		const cname = zone.records.get(keyOf(at, 'CNAME'));
		if (exact !== undefined) return [...answers, ...render(exact, shown, zone)];
		if (cname === undefined) return answers;
		answers.push(...render(cname, shown, zone));
		at = normalizeName(cname.values[0] ?? '');
		shown = at.slice(0, -1);
	}
	return answers;
}

/** Of a weighted record's variants the one with the most weight: Route 53 picks by chance, in proportion. */
function heaviest(name: string, type: string, zone: Snapshot): ZoneRecord | undefined {
	return [...zone.records.values()]
		.filter((record) => record.name === name && record.type === type && (record.weight ?? 0) > 0)
		.sort((a, b) => (b.weight ?? 0) - (a.weight ?? 0))[0];
}

function render(record: ZoneRecord, shown: string, zone: Snapshot): Answer[] {
	if (record.type === 'SOA') return [soaOf(zone)];
	return record.values.map((value) => {
		const data = record.type === 'CNAME' || record.type === 'NS' ? value.replace(/\.$/, '') : value;
		return { type: record.type as StringAnswer['type'], name: shown, ttl: record.ttl, class: 'IN', data };
	});
}

function soaOf(zone: Snapshot): Answer {
	const record = zone.records.get(keyOf(zone.zone, 'SOA'));
	const [mname = '', rname = '', , ...numbers] = record?.values[0]?.split(' ') ?? [];
	const [refresh = 0, retry = 0, expire = 0, minimum = 0] = numbers.map(Number);
	const data = {
		mname: mname.slice(0, -1),
		rname: rname.slice(0, -1),
		serial: zone.serial,
		refresh,
		retry,
		expire,
		minimum,
	};
	return { type: 'SOA', name: zone.zone.slice(0, -1), ttl: minimum, class: 'IN', data };
}
