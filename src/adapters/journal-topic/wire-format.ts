import { createHash } from 'node:crypto';
import { z } from 'zod';
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

/** What can be learnt of a record that is no entry this kdr understands. */
const strange = z.looseObject({ event: z.looseObject({ move: z.looseObject({ link: z.string() }) }) });

/**
 * Entries in log order. Signals to a run are outside its chain; what a mirror of every topic copied from another journal is ignored.
 * A record that is missing, changed, doubled or not understood costs its run: an event `run.unreadable` with the reason takes its place.
 */
export class JournalDecoder {
	readonly #place: string;
	readonly #cluster: string;
	readonly entries: JournalEntry[] = [];
	readonly tails = new Map<string, Tail>();

	/** `place` names the journal in reasons; `cluster` is the id of the cluster it is on. */
	constructor(place: string, cluster: string) {
		this.#place = place;
		this.#cluster = cluster;
	}

	add(record: KafkaRecord): void {
		const key = record.key?.toString('utf8') ?? '';
		if (isSignals(key)) return;
		const json = jsonIn(record);
		const origin = written.safeParse(json);
		if (origin.success && origin.data.cluster !== this.#cluster) return;
		const parsed = envelope.safeParse(json);
		const problem = parsed.success ? this.#misfit(parsed.data, key) : misread(json, parsed.error);
		if (problem !== undefined) this.#keep(record, key, this.#unreadable(record, problem, json));
		if (!parsed.success || parsed.data.run !== key) return;
		const { run, seq, event } = parsed.data;
		// An entry that is there twice ends nothing; after a gap the run's chain continues from here.
		if (seq <= (this.tails.get(run) ?? noTail).seq) return;
		this.tails.set(run, { seq, hash: hashOf(record.value ?? '') });
		this.#keep(record, run, event as unknown as RunEvent);
	}

	/** Why the entry is not the next one of its run. */
	#misfit({ run, seq, prev }: z.infer<typeof envelope>, key: string): string | undefined {
		if (key !== run) return 'its key does not name its run';
		const tail = this.tails.get(run) ?? noTail;
		if (seq !== tail.seq + 1)
			return `entry ${seq} of run ${run} follows entry ${tail.seq}: something is missing or doubled`;
		if (prev !== tail.hash) return `entry ${seq} of run ${run} does not fit the one before it: the journal was changed`;
		return undefined;
	}

	#unreadable(record: KafkaRecord, why: string, json: unknown): RunEvent {
		const { data } = strange.safeParse(json);
		return {
			v: 1,
			type: 'run.unreadable',
			reason: `${this.#place}, offset ${record.offset}: ${why}`,
			...(data && { link: data.event.move.link }),
			...(!record.key?.length && { ofNoRun: true }),
		};
	}

	#keep({ offset, timestamp }: KafkaRecord, key: string, event: RunEvent): void {
		this.entries.push({ offset, at: Number(timestamp), run: key === '' ? `offset-${offset}` : key, event });
	}
}

function jsonIn({ value }: KafkaRecord): unknown {
	try {
		return JSON.parse(value?.toString('utf8') ?? '');
	} catch {
		return undefined;
	}
}

const misread = (json: unknown, { issues }: z.ZodError): string =>
	json === undefined ? 'not JSON' : `this kdr cannot read the entry (${issues[0]?.path.join('.') || 'shape'})`;
