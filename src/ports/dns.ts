import type { DnsRecord } from '../domain/dns/record.ts';

export type { DnsRecord } from '../domain/dns/record.ts';

/** The provider that holds the zone (its control plane). */
export interface DnsZone {
	/** null when the record does not exist. Throws KDR_DNS_UNREACHABLE, KDR_DNS_DENIED. */
	read(name: string, type: DnsRecord['type']): Promise<DnsRecord | null>;
	/**
	 * Compare and swap: one atomic batch DELETE `from` + CREATE `to`. Throws KDR_DNS_UNEXPECTED_VALUE when the record is
	 * no longer `from`, KDR_OUTCOME_UNKNOWN when no answer was seen and reading back does not settle it.
	 * Gives the id to ask `state` about; null when the record already was `to`, or when it became `to` by a try of ours whose
	 * answer was lost: then only the name servers can say what has arrived.
	 */
	swap(from: DnsRecord, to: DnsRecord): Promise<{ changeId: string | null }>;
	/** PENDING until every authoritative server of the provider has it, by the provider's word (Route 53 GetChange). */
	state(changeId: string): Promise<'PENDING' | 'INSYNC'>;
}

/** What one name server answers. */
export interface DnsAnswer {
	server: string;
	/** Absent when the server did not answer; then `error` says why. */
	values?: string[];
	/** Seconds left, as the server gave it. */
	ttl?: number;
	serial?: number;
	error?: string;
}

/** What authoritative servers say, each asked by its own address with a raw query. */
export interface DnsAnswers {
	ask(name: string, type: DnsRecord['type']): Promise<DnsAnswer[]>;
}
