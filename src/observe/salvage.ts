import { max, min } from '../domain/bigint.ts';
import type { LinkConfig } from '../domain/config/link.ts';
import { forEachConcurrent } from '../domain/for-each-concurrent.ts';
import { valueOrThrow } from '../domain/item.ts';
import { byPartition, PartitionMap } from '../domain/kafka/partition.ts';
import type { KafkaRecord } from '../domain/kafka/record.ts';
import { originsOf, originText } from '../domain/salvage/origin.ts';
import { addSince, fateOf, type Since, type TailRecord } from '../domain/salvage/tail-record.ts';
import { noFates, type SalvageView, type TailRow } from '../domain/salvage/view.ts';
import { committed } from '../ports/records.ts';
import type { Side, World } from '../ports/world.ts';
import { locateTails, moveWithTail, partitionsAtOnce, type Tail } from './tails.ts';
import { truncatedAndRewritten } from './truncated-and-rewritten.ts';

/** Where the tail is read: on the returned cluster, or in a file. */
export interface TailSource {
	/** The move they were left by; null for a file of records whose move is not the newest any more. */
	run: string | null;
	returned: string;
	active: string;
	tails: Tail[];
	unknown: SalvageView['unknown'];
	quarantine: string[];
	read(tail: Tail): AsyncIterable<KafkaRecord>;
}

/** The tail of the newest move; null when it was planned, or the cluster was rebuilt since. */
export async function findTails(world: World, link: LinkConfig): Promise<TailSource | null> {
	const left = await moveWithTail(world, link);
	if (!left) return null;
	const { run, returned, active, quarantine } = left;
	const read = (tail: Tail) => world.side(returned).records.read(tail, tail.from, tail.to, committed);
	const [{ tails, unknown }, { rewritten, unread }] = await Promise.all([
		locateTails(world, link, left),
		truncatedAndRewritten(world, left),
	]);
	const without = PartitionMap.from([
		...unread.map((at) => [at, `whether ${returned} has lost records is unknown: a log was not readable`] as const),
		...rewritten.map(
			(at) => [at, `${returned} has lost records that ${active} holds, and written others in their place`] as const,
		),
	]);
	return {
		...{ run, returned, active, quarantine, read },
		tails: tails.filter((tail) => !without.has(tail)),
		unknown: [
			...unknown.filter((one) => !without.has(one)),
			...[...without].map(([at, reason]) => ({ ...at, reason })),
		].sort(byPartition),
	};
}

/** Every record of the tail of one partition, oldest first, each with what it is to the active cluster now. */
export async function* tailRecords(
	world: World,
	{ returned, active, read }: TailSource,
	tail: Tail,
	{ parked, wanted }: { parked: ReadonlySet<string>; wanted: (record: KafkaRecord) => boolean },
): AsyncIterable<TailRecord> {
	let since: Since | undefined;
	for await (const record of read(tail)) {
		if (!wanted(record)) continue;
		since ??= await sinceCut(world.side(active), tail);
		const quarantined = parked.has(originText({ ...record, cluster: returned }));
		yield { record, fate: fateOf(record, { cluster: returned, compacted: tail.compacted }, since), quarantined };
	}
}

/** Origins of all records in quarantine topics. */
export async function parkedOrigins({ cluster, records }: Side, topics: readonly string[]): Promise<Set<string>> {
	const parked = new Set<string>();
	if (topics.length === 0) return parked;
	const there = (await cluster.topics()).filter(({ name }) => topics.includes(name));
	const partitions = there.flatMap(({ name, partitions: many }) =>
		Array.from({ length: many }, (_, partition) => ({ topic: name, partition })),
	);
	const edges = await records.edges(partitions);
	await forEachConcurrent(partitions, partitionsAtOnce, async (at) => {
		const { logStart, lastStable } = valueOrThrow(edges.get(at));
		for await (const record of records.read(at, logStart, lastStable, committed))
			for (const origin of originsOf(record)) parked.add(origin);
	});
	return parked;
}

async function sinceCut(active: Side, tail: Tail): Promise<Since> {
	const since = { keys: new Set<string>(), origins: new Set<string>() };
	const { lastStable } = valueOrThrow((await active.records.edges([tail])).get(tail));
	for await (const record of active.records.read(tail, tail.cut, lastStable, committed)) addSince(since, record);
	return since;
}

/** Every record of the tail that is asked for, partition by partition. */
export async function* allTailRecords(
	world: World,
	source: TailSource,
	wanted: (record: KafkaRecord) => boolean,
): AsyncIterable<TailRecord> {
	const parked = await parkedOrigins(world.side(source.active), source.quarantine);
	for (const tail of source.tails) yield* tailRecords(world, source, tail, { parked, wanted });
}

/** The part of the tail that is asked for, counted. */
export async function observeSalvage(world: World, link: LinkConfig): Promise<SalvageView> {
	return countTails(world, link, await findTails(world, link), () => true);
}

export async function countTails(
	world: World,
	link: LinkConfig,
	source: TailSource | null,
	wanted: (record: KafkaRecord) => boolean,
): Promise<SalvageView> {
	if (!source) return { link: link.name, run: null, returned: '', active: '', rows: [], unknown: [] };
	const { run, returned, active, tails, unknown, quarantine } = source;
	const parked = await parkedOrigins(world.side(active), quarantine);
	const rows: TailRow[] = [];
	await forEachConcurrent(tails, partitionsAtOnce, async (tail) => {
		const row = await rowOf(tail, tailRecords(world, source, tail, { parked, wanted }));
		if (row.records > 0) rows.push(row);
	});
	return { link: link.name, run, returned, active, rows: rows.sort(byPlace), unknown };
}

const byPlace = (a: TailRow, b: TailRow): number => byPartition(a, b) || (a.from < b.from ? -1 : 1);

async function rowOf(
	{ topic, partition, from, to, evidence, doubtful }: Tail,
	records: AsyncIterable<TailRecord>,
): Promise<TailRow> {
	const counts = { records: 0, bytes: 0n, time: null, fates: noFates(), quarantined: noFates() };
	const row: TailRow = { topic, partition, from, to, evidence, doubtful, ...counts };
	for await (const { record, fate, quarantined } of records) {
		const { timestamp, key, value } = record;
		row.records++;
		row.bytes += BigInt((key?.length ?? 0) + (value?.length ?? 0));
		row.fates[fate]++;
		if (quarantined) row.quarantined[fate]++;
		const { first, last } = row.time ?? { first: timestamp, last: timestamp };
		row.time = { first: min(timestamp, first), last: max(timestamp, last) };
	}
	return row;
}
