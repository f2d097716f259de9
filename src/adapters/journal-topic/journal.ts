import { randomUUID } from 'node:crypto';
import { KdrError } from '../../domain/errors/kdr-error.ts';
import type { JournalEntry, RunEvent } from '../../domain/run/events.ts';
import type { Cluster } from '../../ports/cluster.ts';
import type { Journal, JournalWriter, RunSignal } from '../../ports/journal.ts';
import type { LogEdges, Records } from '../../ports/records.ts';
import { pause } from '../kafka-side/deadline.ts';
import {
	encodeEntry,
	encodeSignal,
	hashOf,
	isSignals,
	JournalDecoder,
	keyOfSignals,
	noTail,
	signalIn,
	type Tail,
} from './wire-format.ts';

export const journalTopic = 'kdr-journal.internal';
const partition = { topic: journalTopic, partition: 0 };

/** How long a reader waits for commit markers of entries already acknowledged, ms. */
const settleMs = 2_000;
/** How long it waits when something may be hidden behind a dead writer's transaction: the broker's time-out and its check. */
const hiddenMs = 25_000;

/** Holds the lock of a link: one transaction per write, fenced by the next holder. */
interface Lock {
	/** All records or none. Throws KDR_FENCED_BY_OTHER, KDR_OUTCOME_UNKNOWN. */
	write(topic: string, records: readonly { key: string; value: string }[]): Promise<void>;
	/** After a failed write: settles it, as the same holder. Throws KDR_FENCED_BY_OTHER when somebody took the lock since. */
	recover(): Promise<void>;
	close(): Promise<void>;
}

export interface JournalParts {
	cluster: Cluster;
	records: Records;
	lock(id: string): Promise<Lock>;
	/** Connects for a lock that writes to the topic, before it is taken. */
	prepareLock?(id: string, topic: string): Promise<void>;
}

/** The journal as a topic of one cluster, written under the link's transactional id. */
export class TopicJournal implements Journal {
	readonly #parts: JournalParts;
	/** What has been read and checked, and the offset to read from next: the log only grows. */
	#known: { decoder: JournalDecoder; next: bigint } | undefined;
	#reading: Promise<unknown> = Promise.resolve();
	#clusterId: string | undefined;

	constructor(parts: JournalParts) {
		this.#parts = parts;
	}

	async read(link?: string): Promise<JournalEntry[]> {
		const { entries } = await this.decode();
		if (link === undefined) return [...entries];
		return ofLink(entries, link);
	}

	/** Everything committed, checked against its chain. Only what was written since the last time is read; one reading at a time. */
	decode(): Promise<JournalDecoder> {
		const work = this.#reading.then(() => this.#decode());
		this.#reading = work.catch(() => {});
		return work;
	}

	/** A mirror of every topic carries a journal to the other cluster: each entry says where it was written. */
	async clusterId(): Promise<string> {
		this.#clusterId ??= (await this.#parts.cluster.identity()).clusterId;
		return this.#clusterId;
	}

	async #decode(): Promise<JournalDecoder> {
		const { cluster, records } = this.#parts;
		const place = `journal of ${cluster.alias} (${journalTopic})`;
		const before = this.#known;
		// A read that fails half-way leaves nothing to continue from.
		this.#known = undefined;
		const edges = await this.#settledEdges();
		if (!edges) return new JournalDecoder(place, '');
		if (edges.logStart > 0n) {
			throw new KdrError('KDR_JOURNAL_BROKEN', `${place}: entries before offset ${edges.logStart} were deleted`, {
				hint: 'set retention.ms=-1 and cleanup.policy=delete on the topic',
			});
		}
		// A log that is shorter than what was read of it is another log.
		const known =
			before && before.next <= edges.lastStable
				? before
				: { decoder: new JournalDecoder(place, await this.clusterId()), next: edges.logStart };
		for await (const record of records.read(partition, known.next, edges.lastStable, { isolation: 'committed' }))
			known.decoder.add(record);
		this.#known = { decoder: known.decoder, next: edges.lastStable };
		return known.decoder;
	}

	/** Edges once every acknowledged entry is readable; undefined while there is no topic. */
	async #settledEdges(): Promise<LogEdges | undefined> {
		const begun = performance.now();
		for (;;) {
			const edges = await this.#edges();
			if (!edges || edges.lastStable === edges.end) return edges;
			const waited = performance.now() - begun;
			// The one open transaction does not count; only what lies behind it could be hidden.
			if (waited > settleMs && (await this.#unsettled(edges)) <= 1) return edges;
			if (waited > hiddenMs) {
				throw new KdrError(
					'KDR_TIMEOUT',
					`journal of ${this.#parts.cluster.alias}: an open transaction hides entries behind offset ${edges.lastStable}`,
					{
						hint: 'try again in 30 s: by then the broker aborts the transaction of a dead writer',
					},
				);
			}
			await pause(50);
		}
	}

	async #edges(): Promise<LogEdges | undefined> {
		const item = (await this.#parts.records.edges([partition])).get(partition);
		if (item?.ok) return item.value;
		if (item && item.error.code !== 'KDR_TOPIC_MISSING') throw item.error;
		return undefined;
	}

	/** Transactions not yet readable, at most: a run's entries are all of one lock, which has one open at a time; every word has its own. */
	async #unsettled(edges: LogEdges): Promise<number> {
		const transactions = new Set<string>();
		for await (const { key, offset } of this.#parts.records.read(partition, edges.lastStable, edges.end, {
			isolation: 'uncommitted',
		})) {
			const of = key?.toString('utf8') ?? '';
			transactions.add(isSignals(of) ? `${of} ${offset}` : of);
		}
		return transactions.size;
	}

	prepare(link: string): void {
		// What fails now fails again, and is reported, when the lock is taken.
		this.#parts.prepareLock?.(lockId(link), journalTopic).catch(() => {});
	}

	async open(link: string): Promise<JournalWriter> {
		await this.#ensureTopic();
		const writer = new TopicJournalWriter(this, () => this.#parts.lock(lockId(link)));
		await writer.take();
		return writer;
	}

	/** Under a lock of its own, so that nobody is fenced; the record is part of no run's chain. */
	async signal(run: string, signal: RunSignal): Promise<void> {
		await this.#ensureTopic();
		const lock = await this.#parts.lock(`kdr-signal.${randomUUID()}`);
		try {
			await lock.write(journalTopic, [{ key: keyOfSignals(run), value: encodeSignal(signal) }]);
		} finally {
			await lock.close();
		}
	}

	async signals(run: string, from?: bigint): Promise<{ signals: RunSignal[]; next: bigint }> {
		const edges = await this.#settledEdges();
		if (!edges) return { signals: [], next: from ?? 0n };
		const { records } = this.#parts;
		const signals: RunSignal[] = [];
		for await (const record of records.read(partition, from ?? edges.logStart, edges.lastStable, {
			isolation: 'committed',
		})) {
			const signal = signalIn(record, run);
			if (signal) signals.push(signal);
		}
		return { signals, next: edges.lastStable };
	}

	async #ensureTopic(): Promise<void> {
		const { cluster } = this.#parts;
		if (this.#known || (await this.#edges())) return;
		const { brokers } = await cluster.identity();
		const replicationFactor = Math.min(3, brokers.length);
		await cluster.ensureTopic({
			name: journalTopic,
			partitions: 1,
			replicationFactor,
			config: {
				'cleanup.policy': 'delete',
				'retention.ms': '-1',
				'retention.bytes': '-1',
				'min.insync.replicas': String(Math.max(1, replicationFactor - 1)),
				// A plan of many groups is one entry.
				'max.message.bytes': '16777216',
			},
		});
	}
}

class TopicJournalWriter implements JournalWriter {
	readonly #journal: TopicJournal;
	readonly #takeLock: () => Promise<Lock>;
	#lock: Lock | undefined;
	#tails = new Map<string, Tail>();
	/** Where the last write leads, when its fate is not known: the lock's transaction may be stuck half-way. */
	#doubtful: { run: string; tail: Tail } | undefined;

	constructor(journal: TopicJournal, takeLock: () => Promise<Lock>) {
		this.#journal = journal;
		this.#takeLock = takeLock;
	}

	async take(): Promise<void> {
		this.#lock = await this.#takeLock();
		this.#tails = new Map((await this.#journal.decode()).tails);
		// Asked before the first entry: what is written in an emergency waits for nothing else.
		await this.#journal.clusterId();
	}

	async append(run: string, events: readonly RunEvent[]): Promise<void> {
		if (this.#doubtful) await this.#recover(this.#doubtful);
		let tail = this.#tails.get(run) ?? noTail;
		const cluster = await this.#journal.clusterId();
		const records = events.map((event) => {
			const value = encodeEntry(run, tail, event, cluster);
			tail = { seq: tail.seq + 1, hash: hashOf(value) };
			return { key: run, value };
		});
		try {
			await this.#held().write(journalTopic, records);
		} catch (thrown) {
			// Whatever was fenced stays fenced; after anything else the next append finds out what is true.
			const fenced = thrown instanceof KdrError && thrown.code === 'KDR_FENCED_BY_OTHER';
			this.#doubtful = fenced ? undefined : { run, tail };
			throw thrown;
		}
		this.#tails.set(run, tail);
	}

	#held(): Lock {
		if (!this.#lock) throw new KdrError('KDR_BUG', 'the journal was written after it was closed');
		return this.#lock;
	}

	/**
	 * The same holder comes back, which settles the doubtful write, and reads where the run is: before that write or behind it. Anything
	 * else was written by somebody else, and the run stays theirs.
	 */
	async #recover({ run, tail }: { run: string; tail: Tail }): Promise<void> {
		await this.#held().recover();
		const before = this.#tails.get(run) ?? noTail;
		const now = (await this.#journal.decode()).tails.get(run) ?? noTail;
		if (now.hash !== before.hash && now.hash !== tail.hash) {
			throw new KdrError('KDR_FENCED_BY_OTHER', `run ${run}: another operator resumed it`, {
				hint: `kdr runs show ${run}`,
			});
		}
		this.#tails.set(run, now);
		this.#doubtful = undefined;
	}

	async close(): Promise<void> {
		const lock = this.#lock;
		this.#lock = undefined;
		await lock?.close();
	}
}

/** The entries of the link's runs, and of those that could be its own: nothing readable says which link they are of. */
export function ofLink(entries: readonly JournalEntry[], link: string): JournalEntry[] {
	const links = new Map<string, string | undefined>();
	for (const { run, event } of entries) {
		if (event.type === 'run.started') links.set(run, event.move.link);
		else if (event.type === 'run.unreadable') links.set(run, links.get(run) ?? event.link);
	}
	return entries.filter(({ run }) => links.has(run) && (links.get(run) ?? link) === link);
}

/** Link names come from people: what does not fit a transactional id plainly is named by its hash. */
export function lockId(link: string): string {
	return `kdr-lock.${/^[A-Za-z0-9._-]{1,200}$/.test(link) ? link : hashOf(link).slice(0, 32)}`;
}
