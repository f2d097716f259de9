import type { Check } from '../domain/check.ts';
import type { LinkConfig } from '../domain/config/link.ts';
import type { Item } from '../domain/item.ts';
import { type PartitionMap, partitionName, type TopicPartition } from '../domain/kafka/partition.ts';
import { kafkaLine } from '../domain/runbook/shell.ts';
import { list } from '../domain/text.ts';
import { scopePartitions } from '../observe/scope.ts';
import type { OpenTransaction } from '../ports/fence-watch.ts';
import type { ActiveProducer } from '../ports/records.ts';
import type { StepContext, StepIo } from './kind.ts';

/** A transaction in one partition that was open at two readings. */
export interface LastingTransaction {
	at: TopicPartition;
	producerId: bigint;
	/** Its first offset there. */
	openFrom: bigint;
	/** null: its coordinator does not tell kdr of it. */
	coordinator: OpenTransaction | null;
}

export interface LastingTransactions {
	open: LastingTransaction[];
	/** Partitions whose leader did not say who writes there. */
	unread: string[];
	/** Milliseconds between the two readings, and when the later one was; the clock of kdr. */
	watched: number;
	now: number;
}

/**
 * How long one and the same transaction must be open to refuse a move, ms. Once writers are fenced a transaction has 3 s to be ended by its
 * owner (fence-writers); later only its coordinator ends it, at its timeout, of 1 to 15 minutes, and all clients wait for that. Healthy
 * applications commit several times in this time; two readings need no clock of another machine.
 */
const lastingMs = 5_000;
const everyMs = 500;

/** Looks until all transactions that are open now have ended, or one has lasted too long. */
export async function observeLasting(io: StepIo, link: LinkConfig, ctx: StepContext): Promise<LastingTransactions> {
	const { clock } = io.world;
	const partitions = await scopePartitions(io.from, link);
	const first = openIn(await io.from.records.producers(partitions));
	const since = clock.monotonic();
	let { open, unread } = first;
	let waitsFor = '';
	while (open.length > 0 && clock.monotonic() - since < lastingMs) {
		const text = `waiting for transactions on ${io.from.alias} to end: ${list(open.map(({ at }) => partitionName(at)))}`;
		if (text !== waitsFor) ctx.progress(text);
		waitsFor = text;
		await clock.wait(everyMs, ctx.signal);
		const later = openIn(await io.from.records.producers(open.map(({ at }) => at)));
		open = open.filter((one) => later.open.some((other) => isSame(one, other)));
		unread = [...new Set([...unread, ...later.unread])];
	}
	const known = open.length > 0 ? await io.from.watch.transactions() : [];
	return {
		open: open.map((one) => ({
			...one,
			coordinator: known.find(({ producerId }) => producerId === one.producerId) ?? null,
		})),
		unread,
		watched: clock.monotonic() - since,
		now: clock.now(),
	};
}

type Seen = Omit<LastingTransaction, 'coordinator'>;

const isSame = (a: Seen, b: Seen): boolean =>
	a.at.topic === b.at.topic &&
	a.at.partition === b.at.partition &&
	a.producerId === b.producerId &&
	a.openFrom === b.openFrom;

function openIn(producers: PartitionMap<Item<ActiveProducer[]>>): { open: Seen[]; unread: string[] } {
	const open: Seen[] = [];
	const unread: string[] = [];
	for (const [at, item] of producers) {
		if (!item.ok) unread.push(`${partitionName(at)} (${item.error.message})`);
		else
			for (const { producerId, openFrom } of item.value) if (openFrom !== null) open.push({ at, producerId, openFrom });
	}
	return { open, unread };
}

/** Behind an open transaction nothing is mirrored: fenced, all clients would wait for its end. */
export function lastingCheck({ open, unread, watched, now }: LastingTransactions, alias: string): Check {
	const base = {
		code: 'transaction-open',
		what: `transactions on ${alias} that last`,
		wanted: `none open longer than ${lastingMs / 1_000} s: with writers fenced, all clients wait for its end`,
	};
	if (open.length > 0) {
		const [{ at, openFrom }] = open as [LastingTransaction];
		const args = [
			'abort',
			'--topic',
			at.topic,
			'--partition',
			String(at.partition),
			'--start-offset',
			String(openFrom),
		];
		return {
			...base,
			status: 'block',
			observed: list(open.map((one) => describe(one, watched, now))),
			hint: `end it in its application, or abort it: ${kafkaLine('kafka-transactions.sh', alias, args)}`,
		};
	}
	if (unread.length > 0) return { ...base, status: 'unknown', observed: `unknown: ${list(unread)}` };
	return { ...base, status: 'pass', observed: 'none' };
}

function describe({ at, producerId, openFrom, coordinator }: LastingTransaction, watched: number, now: number): string {
	const id = coordinator === null ? 'transactional.id unknown to kdr' : coordinator.transactionalId;
	const atLeast = Math.max(watched, coordinator === null ? 0 : now - Number(coordinator.startedAt));
	const until = coordinator === null ? '' : `, timeout ${coordinator.timeoutMs / 1_000} s`;
	return `${partitionName(at)} from offset ${openFrom}, producer ${producerId} (${id}), open for ${Math.floor(atLeast / 1_000)} s${until}`;
}
