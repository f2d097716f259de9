import type { LinkConfig } from '../domain/config/link.ts';
import { type Item, splitItems, valueOrNull } from '../domain/item.ts';
import { PartitionMap } from '../domain/kafka/partition.ts';
import { mapOk } from '../domain/kafka/partition-items.ts';
import { type Drained, drained } from '../domain/lag/drained.ts';
import type { LogEdges } from '../ports/records.ts';
import type { Side } from '../ports/world.ts';
import { positionsOf } from './connectors.ts';
import { scopePartitions } from './scope.ts';
import { findTwins } from './twins.ts';

/**
 * Looks at the last data records of both sides; what aborted transactions left is no data. The target's ends are read first, then the
 * source's, then the positions: a record that is mirrored in between makes the target look shorter than it is, never the source.
 */
export async function observeDrained(from: Side, to: Side, link: LinkConfig): Promise<PartitionMap<Drained>> {
	const partitions = await scopePartitions(from, link);
	const toEdges = await to.records.edges(partitions);
	const fromEdges = await from.records.edges(partitions);
	const positions = await positionsOf(to, from, link);
	const ends = (edges: typeof fromEdges) => mapOk(edges, ({ end }) => end);
	const [fromLast, toLast, openBy] = await Promise.all([
		from.records.last(ends(fromEdges), { isolation: 'committed' }),
		to.records.last(ends(toEdges), { isolation: 'committed' }),
		openProducers(from, fromEdges),
	]);
	const twins = await findTwins(
		from,
		PartitionMap.from(
			partitions.map((at) => {
				const lasts = { sourceLast: valueOrNull(fromLast.get(at)), targetLast: valueOrNull(toLast.get(at)) };
				return [at, { ...lasts, position: positions.get(at) ?? null }];
			}),
		),
	);
	return PartitionMap.from(
		partitions.map((at): [typeof at, Drained] => {
			const [source, target] = [fromEdges.get(at), toEdges.get(at)];
			const [sourceLast, targetLast] = [fromLast.get(at), toLast.get(at)];
			if (!source?.ok || !sourceLast?.ok)
				return [at, { kind: 'unknown', unreadable: true, reason: 'the source log was not readable' }];
			if (!target?.ok || !targetLast?.ok)
				return [at, { kind: 'unknown', unreadable: true, reason: 'the standby log was not readable' }];
			return [
				at,
				drained({
					...{ sourceEnd: source.value.end, sourceStable: source.value.lastStable },
					...{ targetEnd: target.value.lastStable, sourceLast: sourceLast.value, targetLast: targetLast.value },
					...{ position: positions.get(at) ?? null, twin: twins.has(at), openBy: openBy.get(at) ?? [] },
				}),
			];
		}),
	);
}

/** Who has a transaction open in each partition that has one, as far as its leader tells. */
export async function openProducers(side: Side, edges: PartitionMap<Item<LogEdges>>): Promise<PartitionMap<string[]>> {
	const open = splitItems(edges).read.flatMap(([at, { lastStable, end }]) => (lastStable < end ? [at] : []));
	if (open.length === 0) return new PartitionMap();
	const producers = await side.records.producers(open);
	return producers.map((item) =>
		item.ok
			? item.value.flatMap(({ producerId, openFrom }) =>
					openFrom === null ? [] : [`producer ${producerId} (since offset ${openFrom})`],
				)
			: [`an unknown producer (${item.error.message})`],
	);
}
