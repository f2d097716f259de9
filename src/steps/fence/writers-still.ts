import { z } from 'zod';
import type { Check } from '../../domain/check.ts';
import type { LinkConfig } from '../../domain/config/link.ts';
import { type Item, splitItems } from '../../domain/item.ts';
import { type PartitionMap, partitionName, type TopicPartition } from '../../domain/kafka/partition.ts';
import { durationParam } from '../../domain/runbook/duration-param.ts';
import { count, list } from '../../domain/text.ts';
import { uses } from '../../observe/fence-program.ts';
import { scopePartitions } from '../../observe/scope.ts';
import { askUntil } from '../../ports/ask-until.ts';
import type { OpenTransaction } from '../../ports/fence-watch.ts';
import type { ActiveProducer, LogEdges } from '../../ports/records.ts';
import { listTransactions, logEnds } from '../by-hand.ts';
import { gateKind, type StepContext, type StepIo } from '../kind.ts';

const params = z.object({
	stillFor: durationParam({ least: 1 })
		.optional()
		.describe('How long the log ends must not move; default: fence.still of the link, 10s unless set.'),
	within: durationParam({ least: 1 }).prefault('90s').describe('How long to wait for that at most.'),
});

/** What the leaders say at one moment. */
interface Look {
	edges: PartitionMap<Item<LogEdges>>;
	/** Producers with an id. */
	producers: PartitionMap<Item<ActiveProducer[]>>;
}

interface Facts {
	before: Look;
	after: Look;
	/** Milliseconds between the two looks. */
	watched: number;
	/** Open transactions that touch the link, as far as coordinators may tell kdr. */
	transactions: OpenTransaction[];
	/** What an application may write to, by broker id; null: kdr has no login of one, or the fence refuses nobody. */
	canary: Map<number, Item<string[]>> | null;
}

/** Waits until nobody writes on the cluster we leave: no log end moves, no transaction is open, and an application's own write is refused. */
export const writersStill = gateKind<z.infer<typeof params>, Facts>({
	type: 'gate',
	kind: 'writers-still',
	purpose: 'wait until nobody writes on the cluster we leave',
	report: {
		phase: 'fence',
		notMeasured: ['a producer that wrote nothing while kdr watched the log ends is not seen'],
	},
	params,
	async observe({ stillFor }, io, ctx) {
		const partitions = await scopePartitions(io.from, ctx.link);
		const looks = await watch(partitions, stillMs(stillFor, ctx.link), io, ctx);
		const scope = new Set(partitions.map(({ topic }) => topic));
		const [transactions, canary] = await Promise.all([
			io.from.watch.transactions(),
			refuses(ctx.link) && !ctx.preview ? (io.from.canary?.writable([...scope]) ?? null) : null,
		]);
		return {
			...looks,
			canary,
			transactions: transactions.filter(({ topics }) => topics.some((topic) => scope.has(topic))),
		};
	},
	checkPlan: () => [],
	check: (facts, { stillFor }, { link, move }) => [
		still(facts, stillMs(stillFor, link)),
		canaryCheck(facts.canary, link, move.from),
	],
	summary: ({ after }, { stillFor }, { link }) => ({
		what: count(after.edges.size, 'partition'),
		now: 'log ends move',
		after: `still for ${stillMs(stillFor, link) / 1_000} s`,
		undo: '-',
	}),
	byHand: ({ stillFor }, { link, move }) => ({
		commands: [
			logEnds(move.from, link),
			`sleep ${Math.ceil(stillMs(stillFor, link) / 1_000)}`,
			logEnds(move.from, link),
			listTransactions(move.from),
		],
		see: 'both lists of log ends are the same, and no transaction of an application is Ongoing',
	}),
	// A look begun right before the deadline is watched to its end.
	spends: (_facts, { stillFor }, { link }) => ({ waitsMs: stillMs(stillFor, link) }),
	waitMs: ({ within }) => within,
});

const defaultStill = 10_000;
const stillMs = (given: number | undefined, { fence }: LinkConfig): number => given ?? fence.still ?? defaultStill;

/** A quota lets every write through in the end. */
const refuses = (link: LinkConfig): boolean => uses(link, 'acl') || uses(link, 'exec') || uses(link, 'manual');

/** How often the ends are looked at, ms: whoever writes in between restarts the time at once. */
const everyMs = 1_000;

/** Looks until the time is over, or somebody is seen to write or to hold a transaction open. */
async function watch(
	partitions: readonly TopicPartition[],
	forMs: number,
	io: StepIo,
	ctx: StepContext,
): Promise<Pick<Facts, 'before' | 'after' | 'watched'>> {
	const { clock } = io.world;
	const look = async (): Promise<Look> => {
		const [edges, producers] = await Promise.all([
			io.from.records.edges(partitions),
			io.from.records.producers(partitions),
		]);
		return { edges, producers };
	};
	const before = await look();
	const since = clock.monotonic();
	if (ctx.preview) return { before, after: before, watched: 0 };
	const after = await askUntil(look, {
		...{ clock, signal: ctx.signal, withinMs: forMs, everyMs },
		isEnough: (now) => findings({ before, after: now, transactions: [] }).length > 0,
	});
	return { before, after, watched: clock.monotonic() - since };
}

interface Finding {
	kind: 'written' | 'transaction open' | 'unknown';
	text: string;
}

/** Pure. What keeps the logs from being still. */
function findings({ before, after, transactions }: Pick<Facts, 'before' | 'after' | 'transactions'>): Finding[] {
	const idOf = new Map(transactions.map(({ producerId, transactionalId }) => [producerId, transactionalId]));
	const found = [...after.edges].flatMap(([at, edges]): Finding[] => {
		const name = partitionName(at);
		const earlier = before.edges.get(at);
		const active = activeOf(at, before.producers, after.producers);
		if (!edges.ok || !earlier?.ok || !active) return [{ kind: 'unknown', text: name }];
		const grown = edges.value.end - earlier.value.end;
		if (grown !== 0n || active.wrote.length > 0)
			return [{ kind: 'written', text: `${name} (+${grown}${by(active.wrote, idOf)})` }];
		const open = edges.value.lastStable < edges.value.end || active.open.length > 0;
		return open ? [{ kind: 'transaction open', text: name + by(active.open, idOf) }] : [];
	});
	// A partition whose producers are not known is among those found above.
	const known = splitItems(after.producers).read.flatMap(([, producers]) =>
		producers.filter(({ openFrom }) => openFrom !== null),
	);
	// Begun, and nothing written yet: the leaders do not know of it.
	const empty = transactions.filter(({ producerId }) => known.every((producer) => producer.producerId !== producerId));
	return [
		...found,
		...empty.map(
			(one): Finding => ({ kind: 'transaction open', text: `${one.topics.join(', ')}, ${transactionText(one)}` }),
		),
	];
}

const transactionText = ({ transactionalId, producerId, startedAt, timeoutMs }: OpenTransaction): string =>
	`${transactionalId} (producer ${producerId}), begun ${timeText(startedAt)}, aborted by the broker after ${timeoutMs / 1_000} s`;

function still(facts: Facts, forMs: number): Check {
	const found = findings(facts);
	const unknown = found.some(({ kind }) => kind === 'unknown');
	const short = found.length === 0 && facts.watched < forMs;
	return {
		code: 'KDR_WRITERS_NOT_STILL',
		status: unknown ? 'unknown' : found.length > 0 || short ? 'block' : 'pass',
		what: 'log ends of the cluster we leave',
		observed:
			found.length > 0
				? list(found.map(({ kind, text }) => `${kind}: ${text}`))
				: `${count(facts.after.edges.size, 'partition')} did not move for ${Math.floor(facts.watched / 1_000)} s, no transaction open, no producer newer`,
		wanted: `no move for ${forMs / 1_000} s, no transaction open, no producer newer`,
		hint: 'a principal that the fence does not stop still writes, or a transaction waits for its timeout',
	};
}

function canaryCheck(canary: Facts['canary'], link: LinkConfig, alias: string): Check {
	const base = {
		code: 'KDR_FENCE_LEAKS',
		what: `a write as an application on ${alias}`,
		wanted: 'refused by every broker',
	};
	if (!refuses(link)) return { ...base, status: 'warn', observed: 'not checked: a quota refuses nobody' };
	if (!canary) {
		const observed = `not checked: kdr.yaml gives no credentials of an application (links.${link.name}.fence.canary.${alias})`;
		return { ...base, status: 'warn', observed };
	}
	const through: string[] = [];
	const silent: string[] = [];
	for (const [id, item] of canary) {
		if (item.ok && item.value.length > 0) through.push(`broker ${id}: ${list(item.value, 3)}`);
		// Whose login is refused writes nothing.
		if (!item.ok && item.error.code !== 'KDR_AUTH_FAILED') silent.push(`broker ${id}: ${item.error.message}`);
	}
	if (through.length > 0) {
		return {
			...base,
			status: 'block',
			observed: `let through by ${list(through)}`,
			hint: 'the fence does not stop this application',
		};
	}
	// A network fence gives no answer; that it stops kdr does not prove that it stops everybody.
	if (silent.length > 0 || canary.size === 0) {
		return {
			...base,
			status: uses(link, 'acl') ? 'unknown' : 'warn',
			observed: `unknown: ${list(silent) || 'no broker answered'}`,
		};
	}
	return { ...base, status: 'pass', observed: `refused by ${count(canary.size, 'broker')}` };
}

/** Who wrote to the partition while it was watched, and whose transaction is open; null when the leader did not say. */
function activeOf(
	at: TopicPartition,
	known: Look['producers'],
	now: Look['producers'],
): { wrote: ActiveProducer[]; open: ActiveProducer[] } | null {
	const [before, after] = [known.get(at), now.get(at)];
	if (!before?.ok || !after?.ok) return null;
	const earlier = new Map(before.value.map((producer) => [producer.producerId, producer]));
	const wrote = after.value.filter(({ producerId, lastSequence, lastTimestamp }) => {
		const same = earlier.get(producerId);
		return same === undefined || same.lastSequence !== lastSequence || same.lastTimestamp !== lastTimestamp;
	});
	return { wrote, open: after.value.filter(({ openFrom }) => openFrom !== null) };
}

function by(producers: readonly ActiveProducer[], idOf: ReadonlyMap<bigint, string>): string {
	const named = producers.map(({ producerId, lastTimestamp, openFrom }) => {
		const id = idOf.get(producerId);
		const since = openFrom === null ? '' : `, open from offset ${openFrom}`;
		return ` by producer ${producerId}${id === undefined ? '' : ` (${id})`}${since}, last record of ${timeText(lastTimestamp)}`;
	});
	return named.length > 0 ? `,${list(named, 2)}` : '';
}

/** Producers may stamp anything, even what no calendar has. */
function timeText(ms: bigint): string {
	const date = new Date(Number(ms));
	return ms < 0n || Number.isNaN(date.getTime()) ? 'no time' : date.toISOString();
}
