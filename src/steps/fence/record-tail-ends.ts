import { z } from 'zod';
import type { Item } from '../../domain/item.ts';
import type { PartitionMap } from '../../domain/kafka/partition.ts';
import { mapOk, namesOfFailed } from '../../domain/kafka/partition-items.ts';
import { count, list } from '../../domain/text.ts';
import { scopePartitions } from '../../observe/scope.ts';
import type { LogEdges } from '../../ports/records.ts';
import { logEnds } from '../by-hand.ts';
import { gateKind } from '../kind.ts';

const params = z.object({});

type Facts = PartitionMap<Item<LogEdges>>;

/** Records where the logs of the fenced cluster end: later records there are none of its clients' but the mirror's. */
export const recordTailEnds = gateKind<z.infer<typeof params>, Facts, 'tailEnds'>({
	type: 'gate',
	kind: 'record-tail-ends',
	formerly: ['fence-ends'],
	purpose: 'record where the logs of the fenced cluster end',
	report: { phase: 'fence' },
	params,
	produces: 'tailEnds',
	observe: async (_params, io, { link }) => io.from.records.edges(await scopePartitions(io.from, link)),
	checkPlan: () => [],
	check(edges, _params, { move }) {
		const unread = namesOfFailed(edges);
		return [
			{
				code: 'ends-readable',
				status: unread.length === 0 ? 'pass' : 'unknown',
				what: `log ends of ${move.from}`,
				observed: unread.length === 0 ? count(edges.size, 'partition') : `unreadable: ${list(unread)}`,
				wanted: 'all readable',
			},
		];
	},
	summary: (edges) => ({ what: count(edges.size, 'partition'), now: 'fenced', after: 'recorded', undo: '-' }),
	byHand: (_params, { link, move }) => ({
		commands: [logEnds(move.from, link)],
		see: `the log end of every partition of ${move.from}: keep this list, what comes later is not of clients`,
	}),
	waitMs: () => 30_000,
	output: (edges) => mapOk(edges, ({ end }) => end),
});
