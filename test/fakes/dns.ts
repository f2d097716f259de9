import { describeRecord, normalizeName, normalizeRecord, sameRecord } from '../../src/domain/dns/record.ts';
import { KdrError } from '../../src/domain/errors/kdr-error.ts';
import type { DnsAnswer, DnsAnswers, DnsRecord, DnsZone } from '../../src/ports/dns.ts';

/** What goes wrong with one swap. `before`: nothing is written; `after`: written, and the answer is lost. */
export interface FakeSwapFault {
	when: 'before' | 'after';
	/** Thrown; without it a lost answer is settled by reading back, and a swap that failed before is KDR_DNS_UNREACHABLE. */
	error?: KdrError;
}

interface FakeChange {
	record: DnsRecord;
	/** When each name server gets it; the last is INSYNC. */
	visibleAt: number[];
	serial: number;
}

export interface FakeDnsOptions {
	records: readonly DnsRecord[];
	/** `address:port`s that are asked. */
	servers?: readonly string[];
	/** From a swap to INSYNC, ms. */
	propagationMs?: number;
	/** ms; whose only use is propagation. */
	now?: () => number;
}

/**
 * A zone and its name servers in memory: atomic compare and swap (name, type, TTL and all values), changes that reach the servers one after
 * the other, the last of them at INSYNC, and a script of faults. Passes the same contract suite as the Route 53 adapter.
 */
export class FakeDns implements DnsZone, DnsAnswers {
	/** Every record a swap wrote, in order. */
	readonly written: DnsRecord[] = [];
	/** Thrown by every read while set. */
	readFault: KdrError | null = null;
	/** A change never gets INSYNC while set, whatever the name servers say. */
	pendingForever = false;
	/** Servers that do not answer. */
	readonly silent = new Set<string>();
	readonly #records = new Map<string, DnsRecord>();
	readonly #changes: FakeChange[] = [];
	readonly #faults: FakeSwapFault[] = [];
	readonly #servers: readonly string[];
	readonly #propagationMs: number;
	readonly #now: () => number;

	constructor(options: FakeDnsOptions) {
		this.#servers = options.servers ?? ['127.0.0.1:53', '127.0.0.2:53'];
		this.#propagationMs = options.propagationMs ?? 0;
		this.#now = options.now ?? Date.now;
		for (const record of options.records) this.#write(record, 0);
	}

	/** The next swaps fail so, one fault each. */
	failSwap(...faults: FakeSwapFault[]): void {
		this.#faults.push(...faults);
	}

	/** Somebody else writes the record. */
	overwrite(record: DnsRecord): void {
		this.#write(record, this.#propagationMs);
	}

	async read(name: string, type: DnsRecord['type']): Promise<DnsRecord | null> {
		if (this.readFault !== null) throw this.readFault;
		const record = this.#records.get(key(name, type));
		return record === undefined ? null : structuredClone(record);
	}

	async swap(from: DnsRecord, to: DnsRecord): Promise<{ changeId: string | null }> {
		if (this.readFault !== null) throw this.readFault;
		// From here to the write nothing is awaited: reading and writing are one.
		const current = this.#records.get(key(from.name, from.type)) ?? null;
		if (current !== null && sameRecord(current, to)) return { changeId: null };
		if (current === null || !sameRecord(current, from)) throw changedByOther(from, current);
		const fault = this.#faults.shift();
		if (fault?.when === 'before')
			throw fault.error ?? new KdrError('KDR_DNS_UNREACHABLE', 'The DNS provider gave no answer.');
		this.written.push(normalizeRecord(to));
		const changeId = this.#write(to, this.#propagationMs);
		if (fault?.error !== undefined) throw fault.error;
		return { changeId: fault === undefined ? changeId : null };
	}

	async state(changeId: string): Promise<'PENDING' | 'INSYNC'> {
		const change = this.#changes[Number(changeId.slice(1))];
		if (change === undefined)
			throw new KdrError('KDR_DNS_NOT_IN_SYNC', `The DNS provider knows nothing of change ${changeId}.`);
		return this.pendingForever || this.#now() < Math.max(...change.visibleAt) ? 'PENDING' : 'INSYNC';
	}

	async ask(name: string, type: DnsRecord['type']): Promise<DnsAnswer[]> {
		return this.#servers.map((server, index) => {
			if (this.silent.has(server)) return { server, error: 'no answer within 800 ms' };
			const seen = this.#changes.filter((change) => (change.visibleAt[index] ?? 0) <= this.#now());
			const record = seen.findLast((change) => key(change.record.name, change.record.type) === key(name, type))?.record;
			const serial = seen.at(-1)?.serial ?? 1;
			return record === undefined
				? { server, values: [], serial }
				: { server, values: [...record.values], ttl: record.ttl, serial };
		});
	}

	#write(record: DnsRecord, propagationMs: number): string {
		const normal = normalizeRecord(record);
		this.#records.set(key(normal.name, normal.type), normal);
		const at = this.#now();
		const visibleAt = this.#servers.map((_server, index) => at + (propagationMs * (index + 1)) / this.#servers.length);
		this.#changes.push({ record: normal, visibleAt, serial: this.#changes.length + 1 });
		return `C${this.#changes.length - 1}`;
	}
}

const key = (name: string, type: string): string => `${normalizeName(name)} ${type}`;

function changedByOther(from: DnsRecord, found: DnsRecord | null): KdrError {
	const details = { name: from.name, type: from.type, expected: describeRecord(from), found: describeRecord(found) };
	const message = `${from.name} ${from.type} was changed by someone else: expected ${details.expected}, found ${details.found}.`;
	return new KdrError('KDR_DNS_UNEXPECTED_VALUE', message, { details });
}
