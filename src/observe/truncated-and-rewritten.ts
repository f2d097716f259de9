import { max } from '../domain/bigint.ts';
import { forEachConcurrent } from '../domain/for-each-concurrent.ts';
import { splitItems, valueOrNull, valueOrThrow } from '../domain/item.ts';
import { PartitionMap, type TopicPartition } from '../domain/kafka/partition.ts';
import { type KafkaRecord, sameContent } from '../domain/kafka/record.ts';
import { committed, few } from '../ports/records.ts';
import type { Side, World } from '../ports/world.ts';
import { findTwin } from './compare-logs.ts';
import { partitionsAtOnce, type TailMove } from './tails.ts';

/** Offsets before the cut that are looked through for a record. */
const longestLook = 50_000n;

/**
 * Partitions of the returned cluster that have lost records and grown past the place since: what lies there before the mirrored position was
 * never mirrored, although it is newer than anything that was. The discarded tail of an earlier move was never mirrored either:
 * they are older than the move that came after. Compacted topics and those that stamp append time are not judged.
 */
export async function truncatedAndRewritten(
	world: World,
	left: TailMove,
): Promise<{ rewritten: TopicPartition[]; unread: TopicPartition[] }> {
	const [returned, active] = [world.side(left.returned), world.side(left.active)];
	const cuts = [...left.cuts].flatMap(([at, { from, to }]) => (from === null ? [] : [{ at, from, to }]));
	const [compacted, edges] = await Promise.all([
		returned.cluster.compacted([...new Set(cuts.map(({ at }) => at.topic))]),
		returned.records.edges(cuts.map(({ at }) => at)),
	]);
	const unread = splitItems(edges).failed.flatMap(([at, { code }]) => (code === 'KDR_TOPIC_MISSING' ? [] : [at]));
	const judged = cuts.filter(({ at, from }) => {
		const end = valueOrNull(edges.get(at))?.end ?? -1n;
		return end >= from && (left.ends?.get(at) ?? from) >= from && !compacted.has(at.topic);
	});
	const [here, there] = await Promise.all([
		returned.records.last(PartitionMap.from(judged.map(({ at, from }) => [at, from])), few),
		active.records.last(PartitionMap.from(judged.map(({ at, to }) => [at, to])), few),
	]);
	const rewritten: TopicPartition[] = [];
	await forEachConcurrent(judged, partitionsAtOnce, async ({ at, to }) => {
		const [ours, theirs] = [here.get(at), there.get(at)];
		if (!ours?.ok || !theirs?.ok) return void unread.push(at);
		if (!ours.value || !theirs.value || sameContent(ours.value, theirs.value)) return;
		const strange =
			ours.value.timestampType === 'create' &&
			ours.value.timestamp > max(theirs.value.timestamp, BigInt(left.movedBefore));
		if (strange && !(await isThere(active, at, ours.value, to))) rewritten.push(at);
	});
	return { rewritten, unread };
}

/** Whether the record lies before the cut: among the records of its time, or among the last ones. */
async function isThere(active: Side, at: TopicPartition, wanted: KafkaRecord, cut: bigint): Promise<boolean> {
	const edge = valueOrThrow((await active.records.edges([at])).get(at));
	if ((await findTwin(active, at, wanted, { ...edge, lastStable: cut })) !== null) return true;
	for await (const record of active.records.read(at, max(cut - longestLook, edge.logStart), cut, committed))
		if (sameContent(record, wanted)) return true;
	return false;
}
