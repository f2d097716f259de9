import { atMost, type Claim, exactly, sumClaims, unknown } from '../domain/claim.ts';
import type { LinkConfig } from '../domain/config/link.ts';
import { asKdrError, ifUnreadable, unlessBug } from '../domain/errors/kdr-error.ts';
import { forEachConcurrent } from '../domain/for-each-concurrent.ts';
import type { Item } from '../domain/item.ts';
import { PartitionMap, type TopicPartition } from '../domain/kafka/partition.ts';
import { mapOk } from '../domain/kafka/partition-items.ts';
import { type KafkaRecord, sameContent, timestampDoubt } from '../domain/kafka/record.ts';
import type { Copy, CopyGap } from '../domain/lag/copy-gap.ts';
import { type DrainFacts, drained } from '../domain/lag/drained.ts';
import { nothingKnown, type PartitionLag, topicLag, withGap, worst } from '../domain/lag/partition-lag.ts';
import type { IncompleteCopy, LagView } from '../domain/lag/view.ts';
import type { LogEdges } from '../ports/records.ts';
import type { Side, World } from '../ports/world.ts';
import { firstRecord } from './compare-logs.ts';
import { connectorsOf, positionsOf } from './connectors.ts';
import { findCopyGaps, mirrorManner } from './copy-gaps.ts';
import { openProducers } from './drained.ts';
import { scopePartitions } from './scope.ts';
import { findTwins } from './twins.ts';

/** Beyond so many records, and once all reading together has taken so long, the mirrored position must do as a bound. */
const longestLook = 50_000n;
const longestReadingMs = 10_000;
/** Small answers: what many partitions have on their way at once is held in memory. */
const backlog = { isolation: 'committed', maxBytes: 262_144 } as const;
/** Offsets. */
const readingCheckedEvery = 512n;
/** Partitions read at the same time. */
const atOnce = 8;

/**
 * How far the standby is behind, per topic. With the active side silent only what the standby holds is reported: no count of
 * records then, and the age of the newest mirrored record as a bound in time.
 */
export async function observeLag(world: World, link: LinkConfig, from: string, to: string): Promise<LagView> {
	const [source, target] = [world.side(from), world.side(to)];
	const [mirrored, wanted, mirror] = await Promise.all([
		scopePartitions(target, link),
		scopePartitions(source, link).catch(ifUnreadable(null)),
		mirrorState(target, source, link),
	]);
	const targetEdges = await target.records.edges(mirrored);
	const targetLast = await lastRecords(target, targetEdges);
	// What the standby does not have at all is behind too.
	const live = wanted ? await source.records.edges(union(wanted, mirrored)).catch(ifUnreadable(null)) : null;
	const at = world.clock.now();
	const answers = live !== null && [...live.values()].some(({ ok }) => ok);
	const positions = answers ? await positionsIfKnown(target, source, link) : new PartitionMap<bigint>();
	const lags = answers
		? await againstSource(
				source,
				live,
				{ alias: to, edges: targetEdges, last: targetLast, positions },
				readingOf(world, at),
			)
		: targetLast.map((last) => fromStandbyAlone(last, at, from));
	const gaps = answers
		? await gapsOf(source, target, { live, targetEdges, positions }, link)
		: new PartitionMap<CopyGap>();
	for (const [where, lag] of [...lags]) lags.set(where, withGap(lag, where, gaps.get(where)));
	const topics = [...Map.groupBy([...lags], ([{ topic }]) => topic)].map(([topic, of]) =>
		topicLag(
			topic,
			of.map(([, lag]) => lag),
		),
	);
	return {
		link: link.name,
		from,
		to,
		at,
		behind: sumClaims(
			topics.map(({ behind }) => behind),
			'summed over topics',
		),
		behindMs: worst(topics.map(({ behindMs }) => behindMs)),
		mirror,
		fromAnswers: answers,
		topics,
		...(gaps.size > 0 && { incomplete: [...gaps].map(([where, gap]) => incompleteCopy(where, gap)) }),
	};
}

async function lastRecords(
	side: Side,
	edges: PartitionMap<Item<LogEdges>>,
): Promise<PartitionMap<Item<KafkaRecord | null>>> {
	return side.records.last(
		mapOk(edges, ({ end }) => end),
		{ isolation: 'committed' },
	);
}

const union = (a: readonly TopicPartition[], b: readonly TopicPartition[]): TopicPartition[] => [
	...PartitionMap.from([...a, ...b].map((at) => [at, true as const])).keys(),
];

/** What the standby holds. */
interface Standby {
	alias: string;
	edges: PartitionMap<Item<LogEdges>>;
	last: PartitionMap<Item<KafkaRecord | null>>;
	positions: PartitionMap<bigint>;
}

interface Reading {
	now: number;
	/** False once reading backlogs has taken as long as it may. */
	mayRead(): boolean;
}

function readingOf({ clock }: World, now: number): Reading {
	const until = clock.monotonic() + longestReadingMs;
	return { now, mayRead: () => clock.monotonic() < until };
}

async function againstSource(
	source: Side,
	edges: PartitionMap<Item<LogEdges>>,
	{ alias, edges: targetEdges, last, positions }: Standby,
	{ now, mayRead }: Reading,
): Promise<PartitionMap<PartitionLag>> {
	const [sourceLast, openBy] = await Promise.all([lastRecords(source, edges), openProducers(source, edges)]);
	const lagOf = async (at: TopicPartition, edge: Item<LogEdges>): Promise<PartitionLag> => {
		const [theirs, there, ours] = [sourceLast.get(at), targetEdges.get(at), last.get(at)];
		if (!edge.ok || !theirs?.ok) return nothingKnown('the log of the active side was not readable');
		if (!ours) return nothingKnown(`${alias} does not have it: is it mirrored?`);
		if (!there?.ok || !ours.ok) return nothingKnown("the standby's log was not readable");
		const ends = { sourceLast: theirs.value, targetLast: ours.value, position: positions.get(at) ?? null };
		const twins = await findTwins(source, PartitionMap.from([[at, ends]]));
		const { end: sourceEnd, lastStable: sourceStable } = edge.value;
		const facts = { sourceEnd, sourceStable, targetEnd: there.value.lastStable, ...ends, twin: twins.has(at) };
		return partitionLag(source, at, { ...facts, openBy: openBy.get(at) ?? [] }, { now, mayRead });
	};
	const lags = new PartitionMap<PartitionLag>();
	await forEachConcurrent([...edges], atOnce, async ([at, edge]) => {
		// One reading that fails leaves the others what they are.
		lags.set(at, await lagOf(at, edge).catch((thrown: unknown) => nothingKnown(unlessBug(thrown).message)));
	});
	return lags;
}

async function gapsOf(
	source: Side,
	target: Side,
	known: {
		live: PartitionMap<Item<LogEdges>>;
		targetEdges: PartitionMap<Item<LogEdges>>;
		positions: PartitionMap<bigint>;
	},
	link: LinkConfig,
): Promise<PartitionMap<CopyGap>> {
	const copies = new PartitionMap<Copy>();
	for (const [at, edge] of known.live) {
		const copy = known.targetEdges.get(at);
		if (edge.ok && copy?.ok)
			copies.set(at, { source: edge.value, target: copy.value, position: known.positions.get(at) ?? null });
	}
	const manner = await mirrorManner(target, source, link).catch((thrown: unknown) => {
		unlessBug(thrown);
		return { isolation: 'committed', markers: false } as const;
	});
	return findCopyGaps(source, target, copies, manner);
}

const incompleteCopy = ({ topic, partition }: TopicPartition, gap: CopyGap): IncompleteCopy => ({
	...{ topic, partition, recordsAtMost: gap.kind === 'lacks' ? gap.atMost : null },
	evidence: gap.kind === 'lacks' ? gap.evidence : gap.why,
});

/** Without Connect there is still all that the logs tell. */
const positionsIfKnown = (target: Side, from: Side, link: LinkConfig): Promise<PartitionMap<bigint>> =>
	positionsOf(target, from, link).catch(ifUnreadable(new PartitionMap<bigint>()));

async function partitionLag(
	source: Side,
	at: TopicPartition,
	facts: DrainFacts,
	{ now, mayRead }: Reading,
): Promise<PartitionLag> {
	const state = drained(facts);
	if (state.kind === 'drained')
		return { behind: exactly(0n, state.evidence), behindMs: exactly(0, state.evidence), drained: true };
	if (state.kind === 'unknown') return nothingKnown(state.reason);
	const missing = state.atMost > longestLook ? null : await missingAfter(source, at, facts, mayRead);
	if (!missing) return byPosition(source, at, facts, { bound: state, now });
	const { count, first, found } = missing;
	// Offsets after an open transaction are not distinct yet: each of its offsets may be a record.
	const hidden = facts.sourceEnd - facts.sourceStable;
	const evidence = hidden === 0n && found ? "log end against the standby's newest record" : state.evidence;
	return {
		behind: atMost(count + hidden, evidence),
		behindMs: hidden > 0n ? unknown(state.evidence) : ageOf(first, now, 'age of the oldest record that is missing'),
		drained: count + hidden === 0n,
	};
}

/**
 * Counts the records the standby lacks; none is kept. The position is up to a flush interval old; the newest record of the standby, found at
 * or after it, is not. Of several identical to it the first bounds what is missing, and the one at the position is one of them. null: reading took too
 * long.
 */
async function missingAfter(
	source: Side,
	at: TopicPartition,
	{ position, targetLast, sourceStable }: DrainFacts,
	mayRead: () => boolean,
): Promise<{ count: bigint; first: KafkaRecord | null; found: boolean } | null> {
	if (!mayRead()) return null;
	const missing = { count: 0n, first: null as KafkaRecord | null, found: false };
	for await (const record of source.records.read(at, position ?? 0n, sourceStable, backlog)) {
		if (record.offset % readingCheckedEvery === 0n && !mayRead()) return null;
		if (!missing.found && targetLast && sameContent(record, targetLast))
			Object.assign(missing, { count: 0n, first: null, found: true });
		else if (position === null || record.offset > position) {
			missing.count++;
			missing.first ??= record;
		}
	}
	return missing;
}

/** A backlog that is not read: no more than the offsets after the position is missing, and nothing older than the first record there. */
async function byPosition(
	source: Side,
	at: TopicPartition,
	{ position, sourceStable }: DrainFacts,
	{ bound, now }: { bound: { atMost: bigint; evidence: string }; now: number },
): Promise<PartitionLag> {
	const behind = atMost(bound.atMost, `${bound.evidence}, not read`);
	const edges = { logStart: (position ?? -1n) + 1n, lastStable: sourceStable, end: sourceStable };
	const first = await firstRecord(source, at, edges, { isolation: 'committed', maxBytes: 1_024 });
	const behindMs = first
		? ageOf(first, now, 'age of the first record after the mirrored position')
		: unknown<number>(bound.evidence);
	return { behind, behindMs, drained: false };
}

/** Age of a record as a bound; unknown where its timestamp proves nothing. */
function ageOf(record: KafkaRecord | null, now: number, evidence: string): Claim<number> {
	if (!record) return atMost(0, evidence);
	const why = timestampDoubt(record, now);
	return why === null ? atMost(Math.max(0, now - Number(record.timestamp)), evidence) : unknown(why);
}

function fromStandbyAlone(last: Item<KafkaRecord | null>, now: number, from: string): PartitionLag {
	const behind = unknown<bigint>(`${from} does not answer`);
	if (!last.ok) return nothingKnown("the standby's log was not readable");
	if (!last.value) return { behind, behindMs: unknown('nothing was ever mirrored'), drained: false };
	return {
		behind,
		behindMs:
			last.value.timestampType === 'log-append'
				? unknown('the standby stamps its own append time: the age of its newest record says nothing')
				: ageOf(last.value, now, 'age of the newest mirrored record'),
		drained: false,
	};
}

async function mirrorState(target: Side, source: Side, link: LinkConfig): Promise<string> {
	const connectors = await connectorsOf(target, source, link).catch((thrown: unknown) => asKdrError(thrown));
	if (!Array.isArray(connectors)) return `unknown: ${connectors.message}`;
	const sources = connectors.filter(({ role }) => role === 'source');
	if (sources.length === 0) return 'no source connector';
	const tasks = sources.flatMap((connector) => connector.tasks);
	const states = [...new Set(sources.map(({ state }) => state))].join(', ');
	return `${states}, ${tasks.filter(({ state }) => state === 'RUNNING').length} of ${tasks.length} tasks`;
}
