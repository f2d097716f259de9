import type { LinkConfig } from '../domain/config/link.ts';
import { asKdrError } from '../domain/errors/kdr-error.ts';
import { type Item, valueOrNull } from '../domain/item.ts';
import { PartitionMap, partitionName, type TopicPartition } from '../domain/kafka/partition.ts';
import { count, list } from '../domain/text.ts';
import type { World } from '../ports/world.ts';
import { moveWithTail } from './tails.ts';
import { truncatedAndRewritten } from './truncated-and-rewritten.ts';

/** The opposite of a tail: what the cluster that came back no longer has, although it was mirrored before. */
export interface ReturnedLost {
	returned: string;
	active: string;
	/** Offsets below the cut that its logs do not reach any more; null: others were written in their place, and nobody can tell how many. */
	lost: (TopicPartition & { offsets: bigint | null })[];
	/** Partitions of which that is unknown: a log was not readable. */
	unread: TopicPartition[];
}

/**
 * An unclean leader election, or a disk restored from before, takes records off the end of a log. Where the log of the returned
 * cluster ended, once fenced, below what had been mirrored from it, they are gone there for certain; where it has grown past that place
 * since, the records before it tell. Null when no unplanned move came last, or its journal is silent.
 */
export async function returnedLost(world: World, link: LinkConfig): Promise<ReturnedLost | null> {
	const left = await moveWithTail(world, link).catch((thrown: unknown) => {
		if (asKdrError(thrown).code === 'KDR_TAIL_UNKNOWN') return null;
		throw thrown;
	});
	if (!left) return null;
	const cuts = [...left.cuts.keys()];
	const [edges, there, { rewritten, unread }] = await Promise.all([
		world.side(left.returned).records.edges(cuts),
		world.side(left.active).records.edges(cuts),
		truncatedAndRewritten(world, left),
	]);
	const short: ReturnedLost['lost'] = [];
	for (const [at, { from }] of left.cuts) {
		// Deleted on both sides since: nobody misses it.
		if (from === null || isMissing(there.get(at))) continue;
		const edge = edges.get(at);
		const end = isMissing(edge) ? 0n : (left.ends?.get(at) ?? valueOrNull(edge)?.end ?? null);
		if (end === null || !there.get(at)?.ok) unread.push(at);
		else if (end < from) short.push({ ...at, offsets: from - end });
	}
	return {
		returned: left.returned,
		active: left.active,
		lost: [...short, ...rewritten.map((at) => ({ ...at, offsets: null }))],
		unread: [...PartitionMap.from(unread.map((at) => [at, true])).keys()],
	};
}

const isMissing = (item: Item<unknown> | undefined): boolean =>
	item?.ok === false && item.error.code === 'KDR_TOPIC_MISSING';

export function returnedLostText({ returned, active, lost }: ReturnedLost): string {
	const names = list(lost.map(({ offsets, ...at }) => `${partitionName(at)}: ${offsets ?? 'others in their place'}`));
	const total = lost.reduce((sum, { offsets }) => sum + (offsets ?? 0n), 0n);
	const many = lost.every(({ offsets }) => offsets !== null) ? `at most ${count(total, 'record')}` : 'records';
	return `${returned} has lost ${many} that ${active} still holds (${names})`;
}
