import type { LinkConfig } from '../domain/config/link.ts';
import type { Item } from '../domain/item.ts';
import { PartitionMap } from '../domain/kafka/partition.ts';
import { type Drained, drained } from '../domain/lag/drained.ts';
import type { Side } from '../ports/world.ts';
import { positionsOf } from './connectors.ts';
import { scopePartitions } from './scope.ts';
import { findTwins } from './twins.ts';

/** Looks at the last data records of both sides; what aborted transactions left is no data. */
export async function observeDrained(from: Side, to: Side, link: LinkConfig): Promise<PartitionMap<Drained>> {
	const partitions = await scopePartitions(from, link);
	const [fromEdges, toEdges, positions] = await Promise.all([
		from.records.edges(partitions),
		to.records.edges(partitions),
		positionsOf(to, from.alias, link),
	]);
	const ends = (edges: typeof fromEdges) =>
		PartitionMap.from([...edges].flatMap(([at, edge]) => (edge.ok ? [[at, edge.value.end] as const] : [])));
	const [fromLast, toLast] = await Promise.all([
		from.records.last(ends(fromEdges), { isolation: 'committed' }),
		to.records.last(ends(toEdges), { isolation: 'committed' }),
	]);
	const known = <T>(item: Item<T> | undefined): T | null => (item?.ok ? item.value : null);
	const twins = await findTwins(
		from,
		PartitionMap.from(
			partitions.map((at) => {
				const lasts = { sourceLast: known(fromLast.get(at)), targetLast: known(toLast.get(at)) };
				return [at, { ...lasts, position: positions.get(at) ?? null }];
			}),
		),
	);
	return PartitionMap.from(
		partitions.map((at) => {
			const [edge, sourceLast, targetLast] = [fromEdges.get(at), fromLast.get(at), toLast.get(at)];
			if (!edge?.ok || !sourceLast?.ok)
				return [at, { kind: 'unknown', reason: 'the source log was not readable' } as Drained];
			if (!targetLast?.ok) return [at, { kind: 'unknown', reason: 'the standby log was not readable' } as Drained];
			return [
				at,
				drained({
					sourceEnd: edge.value.end,
					sourceLast: sourceLast.value,
					targetLast: targetLast.value,
					position: positions.get(at) ?? null,
					twin: twins.has(at),
				}),
			];
		}),
	);
}
