import { createHash } from 'node:crypto';
import { z } from 'zod';
import { KdrError } from '../../domain/errors/kdr-error.ts';
import type { JournalEntry, RunEvent } from '../../domain/run/events.ts';
import type { RunSignal } from '../../ports/journal.ts';
import type { KafkaRecord } from '../../ports/records.ts';

/** The end of a run's chain of entries: number of the last entry and hash of its value. */
export interface Tail {
	seq: number;
	hash: string;
}

/** Before a run's first entry. */
export const noTail: Tail = { seq: 0, hash: '' };

const envelope = z.object({
	v: z.literal(1),
	run: z.string().min(1),
	/** Id of the cluster it was written on; entries of older versions have none. */
	cluster: z.string().optional(),
	/** Number of the entry within its run, from 1. */
	seq: z.number().int().positive(),
	/** SHA-256 (hex) of the value before it in the run; empty for the first. */
	prev: z.string(),
	event: z.looseObject({ v: z.literal(1), type: z.string() }),
});

/** Of any version of kdr. */
const written = z.looseObject({ run: z.string(), cluster: z.string() });

export const hashOf = (value: string | Buffer): string => createHash('sha256').update(value).digest('hex');

export const encodeEntry = (run: string, tail: Tail, event: RunEvent, cluster?: string): string =>
	JSON.stringify({ v: 1, run, cluster, seq: tail.seq + 1, prev: tail.hash, event });

const signalKey = 'signal:';

export const keyOfSignals = (run: string): string => `${signalKey}${run}`;

export const isSignals = (key: string): boolean => key.startsWith(signalKey);

const signal = z.object({
	v: z.literal(1),
	type: z.enum(['pause', 'release', 'approve']),
	by: z.object({ user: z.string(), host: z.string(), pid: z.number(), version: z.string() }),
	plan: z.string().optional(),
});

export const encodeSignal = ({ type, by, plan }: RunSignal): string => JSON.stringify({ v: 1, type, by, plan });

/** The word for the run that a record holds; undefined for anything else, also for one of a newer kdr. */
export function signalIn(record: KafkaRecord, run: string): RunSignal | undefined {
	if (record.key?.toString('utf8') !== keyOfSignals(run)) return undefined;
	try {
		const { type, by, plan } = signal.parse(JSON.parse(record.value?.toString('utf8') ?? ''));
		return { type, by, ...(plan !== undefined && { plan }) };
	} catch {
		return undefined;
	}
}

/** Entries in log order. Signals to a run are outside its chain; what a mirror of every topic copied from another journal is ignored. Throws KDR_JOURNAL_BROKEN, naming the offset, at the first one that is missing, changed or not understood. */
export class JournalDecoder {
	readonly #place: string;
	readonly #cluster: string;
	readonly entries: JournalEntry[] = [];
	readonly tails = new Map<string, Tail>();

	/** `place` names the journal in errors; `cluster` is the id of the cluster it is on. */
	constructor(place: string, cluster: string) {
		this.#place = place;
		this.#cluster = cluster;
	}

	add(record: KafkaRecord): void {
		if (isSignals(record.key?.toString('utf8') ?? '')) return;
		const parsed = this.#parse(record);
		if (!parsed) return;
		const { run, seq, prev, event } = parsed;
		const tail = this.tails.get(run) ?? noTail;
		if (seq !== tail.seq + 1)
			throw this.#broken(
				record,
				`entry ${seq} of run ${run} follows entry ${tail.seq}: something is missing or doubled`,
			);
		if (prev !== tail.hash)
			throw this.#broken(record, `entry ${seq} of run ${run} does not fit the one before it: the journal was changed`);
		this.tails.set(run, { seq, hash: hashOf(record.value ?? '') });
		this.entries.push({
			offset: record.offset,
			at: Number(record.timestamp),
			run,
			event: event as unknown as RunEvent,
		});
	}

	/** null: written on another cluster. */
	#parse(record: KafkaRecord): z.infer<typeof envelope> | null {
		let json: unknown;
		try {
			json = JSON.parse(record.value?.toString('utf8') ?? '');
		} catch {
			throw this.#broken(record, 'not JSON');
		}
		const origin = written.safeParse(json);
		if (origin.success && origin.data.cluster !== this.#cluster) return null;
		const parsed = envelope.safeParse(json);
		if (!parsed.success)
			throw this.#broken(
				record,
				`this kdr cannot read the entry (${parsed.error.issues[0]?.path.join('.') || 'shape'})`,
			);
		if (record.key?.toString('utf8') !== parsed.data.run) throw this.#broken(record, 'its key does not name its run');
		return parsed.data;
	}

	#broken(record: KafkaRecord, why: string): KdrError {
		return new KdrError('KDR_JOURNAL_BROKEN', `${this.#place}, offset ${record.offset}: ${why}`, {
			hint: 'a newer kdr may have written it: use that version. Otherwise copy kdr-journal.internal, remove the bad record and write the rest back (docs/journal.md), or delete the topic: the next run creates a new one',
			details: { offset: String(record.offset) },
		});
	}
}
