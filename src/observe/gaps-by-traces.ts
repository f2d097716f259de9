import { ifUnreadable } from '../domain/errors/kdr-error.ts';
import { PartitionMap, type TopicPartition } from '../domain/kafka/partition.ts';
import { topicsInScope } from '../domain/kafka/scope.ts';
import { type CopyGap, lacksAll } from '../domain/lag/copy-gap.ts';
import type { CheckpointTable } from '../domain/offsets/mirror-maker.ts';
import type { LogEdges } from '../ports/records.ts';
import { positionsOf } from './connectors.ts';
import { observeNames } from './mirror-names.ts';
import type { MoveContext, Sides } from './offsets/context.ts';
import { observeTraces } from './offsets/mirror-traces.ts';
import { readCheckpoints } from './offsets/read.ts';
import { scopePartitions } from './scope.ts';

/**
 * What the copies on `to` lack, by what MirrorMaker 2 left there: for when the originals cannot be read. Its offset syncs fall back where a log was
 * truncated or created again; its checkpoints, and its positions, then point past the log's end. Where none of them tells, nothing is said: a copy
 * shorter than the mirrored position may be so because of markers and retention. Log ends are read last, so that nothing points past them by chance.
 */
export async function gapsByTraces(io: Sides, ctx: MoveContext): Promise<PartitionMap<CopyGap>> {
	const { to } = io;
	const { checkpoints: topic } = await observeNames(to, io.from, ctx.link);
	const [traces, checkpoints, positions] = await Promise.all([
		observeTraces(io, ctx),
		readCheckpoints(to, topic).catch(ifUnreadable(null)),
		positionsOf(to, io.from, ctx.link).catch(ifUnreadable(new PartitionMap<bigint>())),
	]);
	const partitions = await scopePartitions(to, ctx.link);
	const edges = await to.records.edges(partitions);
	const gaps = new PartitionMap<CopyGap>();
	for (const at of partitions) {
		const edge = edges.get(at);
		if (!edge?.ok) continue;
		const lost = traces.syncs?.partitions.get(at)?.lost;
		const gap =
			lost && lost.records > 0n && edge.value.logStart <= lost.downstream
				? lacking(lost.records, 'by its offset syncs, which fall back')
				: (emptyOf(edge.value, positions.get(at), to.alias) ?? pastEnd(at, edge.value, checkpoints));
		if (gap) gaps.set(at, gap);
	}
	for (const [at, position] of absent(positions, partitions, ctx.link.topics))
		gaps.set(at, lacking(position + 1n, `${to.alias} does not have it, and it was mirrored`));
	return gaps;
}

const lacking = (atMost: bigint, evidence: string): CopyGap => ({
	...{ kind: 'lacks', atMost, from: null, to: null, evidence },
});

/** A log that never held a record, and the mirror says it copied some. */
const emptyOf = ({ end }: LogEdges, position: bigint | undefined, alias: string): CopyGap | null =>
	end === 0n ? lacksAll(0n, position ?? null, alias) : null;

function pastEnd(at: TopicPartition, { end }: LogEdges, checkpoints: CheckpointTable | null): CopyGap | null {
	for (const [group, known] of checkpoints?.groups ?? []) {
		const checkpoint = known.get(at);
		if (checkpoint && checkpoint.downstream > end)
			return {
				kind: 'unknown',
				why: `the checkpoint of group ${group} is past its end ${end}: truncated, or deleted and created again`,
			};
	}
	return null;
}

/** Partitions of the link that were mirrored and are not there. */
function absent(positions: PartitionMap<bigint>, there: readonly TopicPartition[], topics: readonly string[]) {
	const known = PartitionMap.from(there.map((at) => [at, true as const]));
	const inScope = new Set(
		topicsInScope(
			positions.topics().map((name) => ({ name })),
			topics,
		).map(({ name }) => name),
	);
	return [...positions].filter(([at]) => inScope.has(at.topic) && !known.has(at));
}
