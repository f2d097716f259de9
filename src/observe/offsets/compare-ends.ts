import { PartitionMap } from '../../domain/kafka/partition.ts';
import { compareTails, type TailMatch } from '../../domain/offsets/content.ts';
import { factValue } from '../../domain/offsets/group-partition.ts';
import type { PlaceFacts } from '../../domain/offsets/place.ts';
import { observeDrained } from '../drained.ts';
import type { MoveContext, Sides } from './context.ts';
import { whileItAnswers } from './read.ts';
import type { TranslatedPartition } from './translate.ts';

/** Last stage that reads: all a decision needs. */
export interface ComparedPartition extends TranslatedPartition, Pick<PlaceFacts, 'drainedTo' | 'tail'> {}

/** How much of a partition's end is compared record by record at most: beyond it, a checkpoint must do. */
const longestTail = 200_000n;

/** What the ends of both logs prove for groups whose records were not found otherwise. */
export async function comparePartitions(
	io: Sides,
	ctx: MoveContext,
	partitions: readonly TranslatedPartition[],
): Promise<ComparedPartition[]> {
	const open = partitions.filter(({ source, content }) => source !== null && factValue(content)?.rereadAtMost !== 0n);
	const compared =
		open.length > 0 && ctx.fromAlive ? await whileItAnswers(ctx, () => compareSides(io, ctx, open)) : null;
	return partitions.map((one) => ({
		...one,
		drainedTo: compared?.drainedTo.get(one) ?? null,
		tail: one.source === null ? null : (compared?.tails.get(one)?.(one.source) ?? null),
	}));
}

async function compareSides(io: Sides, ctx: MoveContext, open: readonly TranslatedPartition[]) {
	const drainedTo = await drainedOffsets(io, ctx);
	return { drainedTo, tails: await readTails(io, open, drainedTo) };
}

async function drainedOffsets(io: Sides, ctx: MoveContext): Promise<PartitionMap<bigint>> {
	const states = await observeDrained(io.from, io.to, ctx.link);
	return PartitionMap.from(
		[...states].flatMap(([at, state]) => (state.kind === 'drained' ? [[at, state.upTo] as const] : [])),
	);
}

/** Compares the ends of both logs, once per partition, from the slowest group on. Only drained partitions have identical ends. */
async function readTails(
	io: Sides,
	positions: readonly TranslatedPartition[],
	drainedTo: PartitionMap<bigint>,
): Promise<PartitionMap<(position: bigint) => TailMatch>> {
	const slowest = new PartitionMap<bigint>();
	for (const { topic, partition, source } of positions) {
		const end = drainedTo.get({ topic, partition });
		if (source === null || end === undefined || source >= end || end - source > longestTail) continue;
		const low = slowest.get({ topic, partition });
		if (low === undefined || source < low) slowest.set({ topic, partition }, source);
	}
	const ends = await io.to.records.edges([...slowest.keys()]);
	const compared = await Promise.all(
		[...slowest].map(async ([at, from]) => {
			const [edge, end] = [ends.get(at), drainedTo.get(at)];
			if (!edge?.ok || end === undefined) return null;
			const span = end - from;
			const start = edge.value.end - span > edge.value.logStart ? edge.value.end - span : edge.value.logStart;
			const [source, target] = await Promise.all([
				Array.fromAsync(io.from.records.read(at, from, end, { isolation: 'committed' })),
				Array.fromAsync(io.to.records.read(at, start, edge.value.end, { isolation: 'committed' })),
			]);
			return [at, compareTails(source, target)] as const;
		}),
	);
	return PartitionMap.from(compared.filter((entry) => entry !== null));
}
