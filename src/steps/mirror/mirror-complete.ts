import { z } from 'zod';
import type { Check } from '../../domain/check.ts';
import type { Item } from '../../domain/item.ts';
import type { PartitionMap, TopicPartition } from '../../domain/kafka/partition.ts';
import { type Progress, pace, progressText } from '../../domain/lag/pace.ts';
import { durationParam } from '../../domain/runbook/duration-param.ts';
import { count } from '../../domain/text.ts';
import { positionsOf } from '../../observe/connectors.ts';
import { observeDrained } from '../../observe/drained.ts';
import { scopePartitions } from '../../observe/scope.ts';
import { connectorPositions, logEnds } from '../by-hand.ts';
import { gateKind, type StepIo } from '../kind.ts';

const params = z.object({
	within: durationParam({ least: 1 }).prefault('168h').describe('How long to wait at most.'),
});

interface Facts {
	begin: Begin;
	/** Partitions of which something written before this wait began may still be on its way. */
	open: TopicPartition[];
	/** Partitions of which it is unknown. */
	unsure: number;
	partitions: number;
	progress: Progress;
}

/** The state when this wait started: what the speed is measured from, and what must be there at its end. */
interface Begin {
	at: number;
	done: bigint;
	ends: PartitionMap<bigint>;
}

/** Waits until the rebuilt cluster holds all that the active one held when the waiting began. */
export const mirrorComplete = gateKind<z.infer<typeof params>, Facts>({
	type: 'gate',
	kind: 'mirror-complete',
	formerly: ['mirror-filled'],
	purpose: 'wait until everything is mirrored again',
	report: { phase: 'rebuild' },
	params,
	async observe(_params, io, ctx, first) {
		const partitions = await scopePartitions(io.to, ctx.link);
		const { progress, begin } = await observeProgress(io, partitions, first?.begin);
		const [drained, positions] = await Promise.all([
			observeDrained(io.to, io.from, ctx.link),
			positionsOf(io.from, ctx.move.to, ctx.link),
		]);
		const open = partitions.filter(
			(at) => drained.get(at)?.kind !== 'drained' && (positions.get(at) ?? -1n) + 1n < (begin.ends.get(at) ?? 0n),
		);
		const unsure = open.filter((at) => drained.get(at)?.kind !== 'behind').length;
		return { begin, open, unsure, partitions: partitions.length, progress };
	},
	check({ open, unsure, progress }, _params, { preview }): Check[] {
		if (preview) return [];
		return [
			{
				code: 'mirror-filled',
				status: unsure > 0 ? 'unknown' : open.length > 0 ? 'block' : 'pass',
				what: 'mirrored again',
				observed: `${progressText(progress)}${unsure > 0 ? `; unknown in ${count(unsure, 'partition')}` : ''}`,
				wanted: 'all that was written before',
			},
		];
	},
	summary: ({ partitions, progress }, _params, { move }) => ({
		what: count(partitions, 'partition'),
		now: `${progress.total.toLocaleString('en-US')} records on ${move.to}`,
		after: `all of them on ${move.from}`,
		undo: '-',
	}),
	byHand: (_params, { link, move }) => ({
		commands: [logEnds(move.to, link), connectorPositions(move.from)],
		see: `for every partition the offset of the source connector + 1 has reached the log end of ${move.to}`,
	}),
	waitMs: ({ within }) => within,
});

async function observeProgress(
	io: StepIo,
	partitions: readonly TopicPartition[],
	begun: Begin | undefined,
): Promise<{ progress: Progress; begin: Begin }> {
	const [active, rebuilt, ...sizes] = await Promise.all([
		io.to.records.edges(partitions),
		io.from.records.edges(partitions),
		...[io.to, io.from].map(({ records }) => records.sizes(partitions).catch(() => null)),
	]);
	const sum = (edges: typeof active): bigint =>
		[...edges.values()].reduce((all, edge) => all + (edge.ok ? edge.value.end - edge.value.logStart : 0n), 0n);
	const [total, done, at] = [sum(active), sum(rebuilt), io.world.clock.monotonic()];
	const ends = active.map((edge) => (edge.ok ? edge.value.lastStable : 0n));
	const begin = begun ?? { at, done, ends };
	const [bytesThere, bytesHere] = sizes.map((found) =>
		found && [...found.values()].every((item) => item.ok) ? found : null,
	);
	const bytes = bytesThere && bytesHere ? { done: bytesOf(bytesHere), total: bytesOf(bytesThere) } : null;
	return { progress: { ...pace({ total, done, since: begin.done, ms: at - begin.at }), bytes }, begin };
}

const bytesOf = (sizes: PartitionMap<Item<bigint>>): bigint =>
	[...sizes.values()].reduce((sum, item) => sum + (item.ok ? item.value : 0n), 0n);
