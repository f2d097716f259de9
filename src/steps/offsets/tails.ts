import { PartitionMap, type TopicPartition } from '../../domain/kafka/partition.ts';
import type { Tail } from '../../domain/offsets/place.ts';
import { compareTails } from '../../domain/offsets/tail.ts';
import type { StepContext, StepIo } from '../kind.ts';
import { observeDrained } from '../mirror/drain.ts';

/** How much of a partition's end is compared record by record at most: beyond it, a checkpoint must do. */
const longestTail = 200_000n;

interface Compared {
	drainedTo: PartitionMap<bigint>;
	tails: PartitionMap<(position: bigint) => Tail>;
}

/** What the ends of both logs prove for groups whose records were not found otherwise. */
export async function compareSides(io: StepIo, ctx: StepContext, positions: readonly Position[]): Promise<Compared> {
	if (positions.length === 0 || !ctx.fromAlive) return nothingCompared();
	const drainedTo = await drainedOffsets(io, ctx);
	return { drainedTo, tails: await readTails(io, positions, drainedTo) };
}

export const nothingCompared = (): Compared => ({ drainedTo: new PartitionMap(), tails: new PartitionMap() });

interface Position extends TopicPartition {
	source: bigint | null;
}

async function drainedOffsets(io: StepIo, ctx: StepContext): Promise<PartitionMap<bigint>> {
	const states = await observeDrained(io, ctx.link, ctx.move.from);
	return PartitionMap.from(
		[...states].flatMap(([at, state]) => (state.kind === 'drained' ? [[at, state.upTo] as const] : [])),
	);
}

/** Compares the ends of both logs, once per partition, from the slowest group on. Only drained partitions end alike. */
async function readTails(
	io: StepIo,
	positions: readonly Position[],
	drainedTo: PartitionMap<bigint>,
): Promise<PartitionMap<(position: bigint) => Tail>> {
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
