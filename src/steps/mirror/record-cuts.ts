import { z } from 'zod';
import { blockUnless, type Check } from '../../domain/check.ts';
import type { Item } from '../../domain/item.ts';
import type { PartitionMap, TopicPartition } from '../../domain/kafka/partition.ts';
import { mapOk, namesOfFailed } from '../../domain/kafka/partition-items.ts';
import type { Drained } from '../../domain/lag/drained.ts';
import type { Cut } from '../../domain/run/outputs.ts';
import { count, list } from '../../domain/text.ts';
import { positionsOf } from '../../observe/connectors.ts';
import { observeDrained } from '../../observe/drained.ts';
import { scopePartitions } from '../../observe/scope.ts';
import type { LogEdges } from '../../ports/records.ts';
import { connectorPositions, logEnds } from '../by-hand.ts';
import { gateKind } from '../kind.ts';
import { withoutAccepted } from './drain.ts';

const params = z.object({});

interface Facts {
	positions: PartitionMap<bigint>;
	target: PartitionMap<Item<LogEdges>>;
	/** null when the cluster we leave is dead, or may still be written. */
	source: { edges: PartitionMap<Item<LogEdges>>; drained: PartitionMap<Drained> } | null;
}

/** Records, per partition, where the old direction ended and the new one will start. */
export const recordCuts = gateKind<z.infer<typeof params>, Facts, 'cuts'>({
	type: 'gate',
	kind: 'record-cuts',
	purpose: 'record where the old direction ends and the new one starts',
	report: { phase: 'offsets' },
	params,
	produces: 'cuts',
	async observe(_params, io, { link, move }) {
		const partitions = await scopePartitions(io.to, link);
		const source =
			move.mode === 'switchover'
				? { edges: await io.from.records.edges(partitions), drained: await observeDrained(io.from, io.to, link) }
				: null;
		const [target, positions] = await Promise.all([io.to.records.edges(partitions), positionsOf(io.to, io.from, link)]);
		return { positions, target, source };
	},
	checkPlan: () => [],
	check(facts, _params, { move, consent }): Check[] {
		const unread = namesOfFailed(facts.target);
		const behind = facts.source
			? [...withoutAccepted(facts.source.drained, consent)]
					.filter(([, state]) => state.kind !== 'drained')
					.map(([at]) => `${at.topic} ${at.partition}`)
			: [];
		return [
			{
				code: 'cut-readable',
				status: unread.length === 0 ? 'pass' : 'unknown',
				what: `log ends of ${move.to}`,
				observed: unread.length === 0 ? count(facts.target.size, 'partition') : `unreadable: ${list(unread)}`,
				wanted: 'all readable',
			},
			blockUnless(behind.length === 0, {
				code: 'KDR_NOT_DRAINED',
				what: 'records that the stopped mirror did not copy',
				observed: facts.source ? (behind.length === 0 ? 'none' : list(behind)) : `${move.from} is not asked`,
				wanted: 'none',
			}),
		];
	},
	summary: (facts) => ({ what: count(facts.target.size, 'partition'), now: 'open', after: 'recorded', undo: '-' }),
	byHand: (_params, { link, move }) => ({
		commands: [
			...(move.mode === 'switchover' ? [logEnds(move.from, link)] : []),
			logEnds(move.to, link),
			connectorPositions(move.to),
		],
		see:
			move.mode === 'switchover'
				? `everything below the log ends of ${move.from} is mirrored; keep these lists: they are the cut`
				: 'the log end of every partition; keep these lists: they are the cut',
	}),
	waitMs: () => 30_000,
	output: (facts) => mapOk(facts.target, ({ end }, at): Cut => ({ from: cutOnSource(facts, at), to: end })),
});

function cutOnSource({ source, positions }: Facts, at: TopicPartition): Cut['from'] {
	const edge = source?.edges.get(at);
	if (edge?.ok) return edge.value.end;
	const position = positions.get(at);
	return position === undefined ? null : position + 1n;
}
