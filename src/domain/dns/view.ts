import type { DnsRecord } from './record.ts';

/** Where the name sends clients, as `kdr dns show` prints it. */
export interface DnsView {
	/** As the provider holds it; null: there is none. */
	record: DnsRecord | null;
	name: string;
	/** The cluster whose values the record has; null: nobody's. */
	side: string | null;
	/** What the record would hold for each cluster. */
	values: Record<string, string[]>;
	/** What each authoritative server answers. */
	answers: { server: string; values?: string[]; ttl?: number; error?: string }[];
}
