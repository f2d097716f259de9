import type { LinkConfig } from '../config/link.ts';
import { type DnsRecord, normalizeRecord, sameRecord, sameValues } from './record.ts';

type DnsConfig = LinkConfig['dns'];

/** How long past its TTL a cache may still answer the old record, seconds: rounding and clocks of resolvers. */
const ttlMarginSeconds = 2;

/** The record as it must be for clients to be sent to cluster `alias`; null when the link has no values for it. */
export function wantedRecord(dns: DnsConfig, alias: string): DnsRecord | null {
	const values = dns.values[alias];
	return values === undefined ? null : normalizeRecord({ name: dns.name, type: dns.type, ttl: dns.ttl, values });
}

/**
 * Which cluster the record sends clients to: the one alias whose values are exactly the record's.
 * null when there is no record, when its values are nobody's, or when they are more than one alias's.
 */
export function observedSide(
	record: Pick<DnsRecord, 'type' | 'values'> | null,
	values: Readonly<Record<string, readonly string[]>>,
): string | null {
	if (record === null) return null;
	const sides = Object.keys(values).filter((alias) => sameValues(record.type, record.values, values[alias] ?? []));
	return sides.length === 1 ? (sides[0] ?? null) : null;
}

export interface FlipPlan {
	/** null when the record already is as wanted. */
	change: { from: DnsRecord; to: DnsRecord } | null;
	/**
	 * Seconds after the provider has it everywhere until the last well-behaved cache forgets the old record: the *old*
	 * TTL and a margin (a cache filled just before the change keeps the old record for the old TTL). 0 without a change.
	 */
	worstWaitSeconds: number;
}

/** From the record as it is now to the record as wanted. */
export function planFlip(now: DnsRecord, wanted: DnsRecord): FlipPlan {
	if (sameRecord(now, wanted)) return { change: null, worstWaitSeconds: 0 };
	return {
		change: { from: normalizeRecord(now), to: normalizeRecord(wanted) },
		worstWaitSeconds: now.ttl + ttlMarginSeconds,
	};
}
