import { z } from 'zod';
import type { Check } from '../../domain/check.ts';
import { ifUnreadable } from '../../domain/errors/kdr-error.ts';
import { type Item, splitItems } from '../../domain/item.ts';
import { PartitionMap, partitionName, type TopicPartition } from '../../domain/kafka/partition.ts';
import { type Progress, pace, progressText } from '../../domain/lag/pace.ts';
import { durationParam } from '../../domain/runbook/duration-param.ts';
import { count, list } from '../../domain/text.ts';
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
	/** Partitions that are not in the progress: their log was not readable. */
	unread: string[];
}

/** The state when this wait started: what the speed is measured from, and what must be there at its end. */
interface Begin {
	at: number;
	done: bigint;
	/** Of a partition that was not readable then: when it first was. */
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
		const { progress, begin, unread } = await observeProgress(io, partitions, first?.begin);
		const [drained, positions] = await Promise.all([
			observeDrained(io.to, io.from, ctx.link),
			positionsOf(io.from, io.to, ctx.link),
		]);
		const open = partitions.filter((at) => {
			const end = begin.ends.get(at);
			return drained.get(at)?.kind !== 'drained' && (end === undefined || (positions.get(at) ?? -1n) + 1n < end);
		});
		const unsure = open.filter((at) => drained.get(at)?.kind !== 'behind').length;
		return { begin, open, unsure, partitions: partitions.length, progress, unread };
	},
	checkPlan: () => [],
	check({ open, unsure, progress, unread }): Check[] {
		return [
			{
				code: 'mirror-filled',
				status: unsure > 0 ? 'unknown' : open.length > 0 ? 'block' : 'pass',
				what: 'mirrored again',
				observed: `${progressText(progress)}${unread.length > 0 ? `, without ${list(unread)}, which cannot be read` : ''}${unsure > 0 ? `; unknown in ${count(unsure, 'partition')}` : ''}`,
				wanted: 'all that was written before',
			},
		];
	},
	summary: ({ partitions, progress, unread }, _params, { move }) => ({
		what: count(partitions, 'partition'),
		now: `${unread.length > 0 ? 'at least ' : ''}${progress.total.toLocaleString('en-US')} records on ${move.to}`,
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
): Promise<{ progress: Progress; begin: Begin; unread: string[] }> {
	const [active, rebuilt, ...sizes] = await Promise.all([
		io.to.records.edges(partitions),
		io.from.records.edges(partitions),
		...[io.to, io.from].map(({ records }) => records.sizes(partitions).catch(ifUnreadable(null))),
	]);
	const [there, here] = [splitItems(active), splitItems(rebuilt)];
	const sum = ({ read }: typeof there): bigint => read.reduce((all, [, { end, logStart }]) => all + end - logStart, 0n);
	const [total, done, now] = [sum(there), sum(here), io.world.clock.monotonic()];
	const begin = begun ?? { at: now, done, ends: new PartitionMap() };
	for (const [at, { lastStable }] of there.read) if (!begin.ends.has(at)) begin.ends.set(at, lastStable);
	const [bytesThere, bytesHere] = sizes.map(bytesOf);
	const bytes = bytesThere != null && bytesHere != null ? { done: bytesHere, total: bytesThere } : null;
	// A topic that is not there yet holds nothing.
	const unread = [...there.failed, ...here.failed.filter(([, { code }]) => code !== 'KDR_TOPIC_MISSING')];
	return {
		progress: { ...pace({ total, done, since: begin.done, ms: now - begin.at }), bytes },
		begin,
		unread: [...new Set(unread.map(([at]) => partitionName(at)))],
	};
}

/** Null unless every size is known. */
function bytesOf(sizes: PartitionMap<Item<bigint>> | null): bigint | null {
	const { read, failed } = splitItems(sizes ?? []);
	return sizes && failed.length === 0 ? read.reduce((sum, [, size]) => sum + size, 0n) : null;
}
