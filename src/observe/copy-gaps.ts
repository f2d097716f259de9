import { max } from '../domain/bigint.ts';
import type { LinkConfig } from '../domain/config/link.ts';
import { unlessBug } from '../domain/errors/kdr-error.ts';
import { forEachConcurrent } from '../domain/for-each-concurrent.ts';
import { PartitionMap, type TopicPartition } from '../domain/kafka/partition.ts';
import { sameContent } from '../domain/kafka/record.ts';
import { type Copy, type CopyGap, countsOf, lacksAll } from '../domain/lag/copy-gap.ts';
import type { KafkaRecord, LogEdges, ReadOptions } from '../ports/records.ts';
import { few } from '../ports/records.ts';
import type { Side } from '../ports/world.ts';
import { compareKeys } from './compare-keys.ts';
import { findTwin, firstRecord } from './compare-logs.ts';
import { connectorsOf, positionsOf, readsCommitted, writeMarkers } from './connectors.ts';
import { scopePartitions } from './scope.ts';

/** Partitions looked into at the same time. */
const atOnce = 16;
/** Offsets looked through around the place that counts point to. */
const longestLook = 5_000n;
/** A compacted log that is longer, in offsets, is not compared key by key. */
const longestByKey = 20_000n;

/** How the mirror of the copies reads and writes. */
export interface MirrorManner {
	isolation: ReadOptions['isolation'];
	/** It writes transaction markers, so slots of the copy are no count of records. */
	markers: boolean;
}

export async function mirrorManner(to: Side, from: Side, link: LinkConfig): Promise<MirrorManner> {
	const sources = (await connectorsOf(to, from, link)).filter(({ role }) => role === 'source');
	return {
		isolation: sources.length > 0 && !sources.every(readsCommitted) ? 'uncommitted' : 'committed',
		markers: (await writeMarkers(to, sources)) !== 'no',
	};
}

/**
 * What the standby's copies lack although the mirror is past it. Log ends of the copies are read first, then the originals', then the positions:
 * what is mirrored in between makes a copy look shorter than it is, and then its first record is looked at.
 */
export async function observeCopyGaps(from: Side, to: Side, link: LinkConfig): Promise<PartitionMap<CopyGap>> {
	const partitions = await scopePartitions(to, link);
	const [targets, manner] = [await to.records.edges(partitions), await mirrorManner(to, from, link)];
	const sources = await from.records.edges(partitions);
	const positions = await positionsOf(to, from, link);
	const copies = new PartitionMap<Copy>();
	for (const at of partitions) {
		const [source, target] = [sources.get(at), targets.get(at)];
		if (source?.ok && target?.ok)
			copies.set(at, { source: source.value, target: target.value, position: positions.get(at) ?? null });
	}
	return findCopyGaps(from, to, copies, manner);
}

/**
 * Those of the copies that lack records, or of which that cannot be known. Counts settle most: where a copy still has its first offset, has as
 * many offsets as the original has up to the mirrored position, and its first record is as old, nothing is missing. Where they differ
 * (retention, compaction, markers, records on their way) the first records of both sides are read, and looked up on the other by their
 * time: a few requests for each such partition.
 * `live`: records may come meanwhile.
 */
export async function findCopyGaps(
	from: Side,
	to: Side,
	copies: PartitionMap<Copy>,
	manner: MirrorManner,
	{ live } = { live: true },
): Promise<PartitionMap<CopyGap>> {
	const open = await notProven(from, to, copies, manner);
	const gaps = new PartitionMap<CopyGap>();
	if (open.length === 0) return gaps;
	const topics = [...new Set(open.map(([{ topic }]) => topic))];
	// A copy that looks empty may have got its first record since.
	const [compacted, again] = await Promise.all([
		from.cluster.compacted(topics),
		to.records.edges(open.flatMap(([at, { target }]) => (live && target.end === 0n ? [at] : []))),
	]);
	await forEachConcurrent(open, atOnce, async ([at, copy]) => {
		const now = again.get(at);
		const target = now?.ok ? now.value : copy.target;
		const look = { copy: { ...copy, target }, isolation: manner.isolation, compacted: compacted.has(at.topic) };
		const gap = await gapOf(from, to, at, look).catch(notReadable);
		if (gap) gaps.set(at, gap);
	});
	return gaps;
}

/** One request per leader tells how old the first records are. */
async function notProven(
	from: Side,
	to: Side,
	copies: PartitionMap<Copy>,
	manner: MirrorManner,
): Promise<[TopicPartition, Copy][]> {
	const counted = [...copies].map(([at, copy]) => ({ at, copy, counts: countsOf(copy, manner) }));
	const asMany = counted.flatMap(({ at, counts }) => (counts === 'as-many' ? [at] : []));
	const [original, copied] = await Promise.all([from, to].map(({ records }) => records.firstTimes(asMany)));
	const isAsOld = (at: TopicPartition): boolean => {
		const [a, b] = [original?.get(at), copied?.get(at)];
		return a?.ok === true && b?.ok === true && a.value !== null && a.value === b.value;
	};
	return counted.flatMap(({ at, copy, counts }) =>
		counts === 'other' || (counts === 'as-many' && !isAsOld(at)) ? [[at, copy]] : [],
	);
}

const notReadable = (thrown: unknown): CopyGap => ({ kind: 'unknown', why: unlessBug(thrown).message });

async function gapOf(
	from: Side,
	to: Side,
	at: TopicPartition,
	{ copy, isolation, compacted }: { copy: Copy; isolation: ReadOptions['isolation']; compacted: boolean },
): Promise<CopyGap | null> {
	const { source, target, position } = copy;
	const [theirs, ours] = [{ ...few, isolation }, few];
	const [original, first] = await Promise.all([
		firstRecord(from, at, source, { isolation, maxBytes: 1_024 }),
		firstRecord(to, at, target, { ...ours, maxBytes: 1_024 }),
	]);
	if (!original || (position !== null && original.offset > position)) return null;
	if (!first) return lacksAll(original.offset, position, to.alias);
	if (sameContent(original, first)) return null;
	if (compacted) return byKeys(from, to, at, { copy, isolation });
	if ((await findTwin(to, at, original, target, ours)) !== null) return null;
	if (position !== null && (await isWhereCountsSay(to, at, original, { target, position }))) return null;
	const begins = await findTwin(from, at, first, source, theirs);
	if (begins === null || begins <= original.offset)
		return {
			kind: 'unknown',
			why: `its first record on ${from.alias}, offset ${original.offset}, was not found on ${to.alias}`,
		};
	return {
		kind: 'lacks',
		...{ atMost: begins - original.offset, from: original.offset, to: begins },
		evidence: `begins with offset ${begins} of ${from.alias}: deleted on ${to.alias} and created again, or not mirrored from the start`,
	};
}

/** Times may lead astray; counted back from the position a record lies there or, with markers and gaps before the position, later. */
async function isWhereCountsSay(
	{ records }: Side,
	at: TopicPartition,
	original: KafkaRecord,
	{ target, position }: { target: LogEdges; position: bigint },
): Promise<boolean> {
	const counted = target.lastStable - (position + 1n - original.offset);
	const from = max(target.logStart, counted - 1_000n);
	for await (const record of records.read(at, from, max(from, counted) + longestLook, few))
		if (sameContent(record, original)) return true;
	return false;
}

async function byKeys(
	from: Side,
	to: Side,
	at: TopicPartition,
	{ copy: { source, target, position }, isolation }: { copy: Copy; isolation: ReadOptions['isolation'] },
): Promise<CopyGap | null> {
	const longest = [source, target].some(({ logStart, end }) => end - logStart > longestByKey);
	if (longest)
		return { kind: 'not-compared', why: `compacted, and longer than ${longestByKey} offsets: not compared key by key` };
	const logs = [{ side: from, edge: source } as const, { side: to, edge: target } as const] as const;
	const found = await compareKeys(...logs, at, { position, options: { isolation } });
	if (found.kind === 'equal') return null;
	if (found.kind === 'unknown' || found.records === undefined) return { kind: 'unknown', why: found.why };
	return { kind: 'lacks', atMost: found.records, from: null, to: null, evidence: found.why };
}
