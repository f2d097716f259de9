import { asKdrError } from '../../domain/errors/kdr-error.ts';
import { valueOrNull } from '../../domain/item.ts';
import { PartitionMap, type TopicPartition } from '../../domain/kafka/partition.ts';
import { groupsInScope, leftAlone, topicsInScope } from '../../domain/kafka/scope.ts';
import type { UnreadPosition } from '../../domain/offsets/decide.ts';
import type { MirrorNames } from '../../domain/offsets/mirror-maker.ts';
import { type Checkpoint, type CheckpointTable, foldCheckpoints } from '../../domain/offsets/mirror-maker.ts';
import type { PlaceFacts } from '../../domain/offsets/place.ts';
import type { GroupPartition } from '../../domain/offsets/row.ts';
import { isOfLog } from '../../domain/offsets/syncs.ts';
import type { Outputs } from '../../domain/run/outputs.ts';
import type { Group } from '../../ports/group-offsets.ts';
import type { LogEdges } from '../../ports/records.ts';
import type { Side } from '../../ports/world.ts';
import { observeNames } from '../mirror-names.ts';
import { type Committed, readCommitted, readSourceCommits, sentNobodyAway } from './commits.ts';
import type { MoveContext, Sides } from './context.ts';
import { type MirrorTraces, observeTraces } from './mirror-traces.ts';

/** First stage: what both clusters say about one group and partition. */
export interface ReadPartition
	extends GroupPartition,
		Pick<PlaceFacts, 'source' | 'target' | 'checkpoint' | 'prior' | 'moving' | 'now'> {
	/** The same partition on the source; null: it was not mirrored from there. */
	onSource: TopicPartition | null;
	/** Log of the target: `early` from before the syncs were read, `late` from after. */
	early: LogEdges | null;
	late: LogEdges;
	/** Log of the source; null: not asked, or not readable. */
	sourceLog: LogEdges | null;
	metadata: string;
}

export interface OffsetReading {
	partitions: ReadPartition[];
	traces: MirrorTraces;
	names: MirrorNames;
	groups: Group[];
	/** Groups whose offsets on the cluster we move to were not readable, and partitions whose log there was not. */
	unreadable: string[];
	/** Committed on the cluster we move to, now. */
	committed: Committed;
	/** Records of the checkpoints topic that are none. */
	junk: number;
	/** Groups of the link that are none of plain committed offsets, and why they are left alone. */
	alone: Map<string, string>;
	/** Groups whose commits on the cluster we leave could not be read: a row for every partition they are known by. */
	unread: UnreadPosition[];
}

type Commits = Outputs['sourceCommits'];

/** First stage: everything that is read once for all groups and partitions, and which of them need an offset. */
export async function readOffsets(
	io: Sides,
	ctx: MoveContext,
	wanted: (group: string) => boolean,
): Promise<OffsetReading> {
	const inScope = groupsInScope(ctx.link.groups);
	const names = await observeNames(io.to, io.from, ctx.link);
	const partitions = await mirroredPartitions(io.to, ctx, names);
	// Ends first, syncs later: then no sync can be of a record that is past the end.
	const early = await io.to.records.edges(partitions);
	const [checkpoints, groups, { commits, reasons }, traces] = await Promise.all([
		readCheckpoints(io.to, names.checkpoints),
		io.to.groups.list(),
		sourceCommits(io, ctx),
		observeTraces(io, ctx),
	]);
	const alone = aloneOf(groups, inScope);
	const mine = (group: string) => inScope(group) && wanted(group) && !alone.has(group);
	const [late, sourceLogs, { committed, unreadable }] = await Promise.all([
		io.to.records.edges(partitions),
		commits
			? whileItAnswers(ctx, () => io.from.records.edges(partitions.flatMap((at) => sourceOf(at, names) ?? [])))
			: null,
		readCommitted(
			io.to,
			[
				...new Set([
					...groups.map(({ id }) => id),
					...checkpoints.groups.keys(),
					...(commits ?? []).map(({ group }) => group),
				]),
			].filter(mine),
		),
	]);
	const known = knownPositions(partitions, commits, checkpoints, committed, names).filter(({ group }) => mine(group));
	const moving = movingOf(ctx);
	const now = io.world.clock.now();
	const read = known.flatMap((one): ReadPartition[] => {
		const { group, topic, partition, source, metadata } = one;
		const edge = late.get(one);
		if (!edge?.ok) return [];
		const onSource = sourceOf(one, names);
		const newest = checkpoints.groups.get(group)?.get(one);
		const history = onSource ? traces.syncs?.partitions.get(onSource) : undefined;
		const checkpoint = newest && isOfLog(newest, history) ? newest : null;
		const { logStart, lastStable: end } = edge.value;
		return [
			{
				...{ group, topic, partition, source, checkpoint, onSource, now },
				...{ early: valueOrNull(early.get(one)), late: edge.value, target: { logStart, end } },
				sourceLog: valueOrNull(onSource && sourceLogs?.get(onSource)),
				prior: committed.get(group)?.get(one)?.offset ?? null,
				moving: source === null ? null : moving(group),
				metadata: metadata ?? checkpoint?.metadata ?? '',
			},
		];
	});
	// What has no place in the table would be left to auto.offset.reset in silence.
	const lost = new Set(known.filter((at) => !late.get(at)?.ok).map(({ topic, partition }) => `${topic} ${partition}`));
	return {
		...{ partitions: read, traces, names, groups, committed, alone, junk: checkpoints.junk },
		unreadable: [...unreadable, ...lost],
		unread: unreadOf(reasons, mine, checkpoints, committed),
	};
}

/** The same partition on the source; null when it was not mirrored from there. */
function sourceOf({ topic, partition }: TopicPartition, { onSource }: MirrorNames): TopicPartition | null {
	const name = onSource(topic);
	return name === null ? null : { topic: name, partition };
}

/** Partitions on the target of the link's topics, by their names there. */
async function mirroredPartitions(
	to: Side,
	{ link }: MoveContext,
	{ onSource }: MirrorNames,
): Promise<TopicPartition[]> {
	const topics = (await to.cluster.topics()).flatMap((topic) => {
		const name = onSource(topic.name);
		return name === null ? [] : [{ ...topic, name, there: topic.name }];
	});
	return topicsInScope(topics, link.topics).flatMap(({ there, partitions }) =>
		Array.from({ length: partitions }, (_, partition) => ({ topic: there, partition })),
	);
}

/** Groups that hold no plain committed offsets, and why they are left alone. */
function aloneOf(groups: readonly Group[], inScope: (group: string) => boolean): Map<string, string> {
	return new Map(
		groups.flatMap((group) => {
			const why = inScope(group.id) ? leftAlone(group) : null;
			return why === null ? [] : [[group.id, why] as const];
		}),
	);
}

/** Reads `<source>.checkpoints.internal` once, whole, for all groups. */
export async function readCheckpoints(to: Side, topic: string): Promise<CheckpointTable> {
	const at = { topic, partition: 0 };
	const edge = (await to.records.edges([at])).get(at);
	// Only a topic that is not there holds nothing: of one that cannot be read, groups would be left out in silence.
	if (edge && !edge.ok && edge.error.code !== 'KDR_TOPIC_MISSING') throw edge.error;
	if (!edge?.ok) return { groups: new Map<string, PartitionMap<Checkpoint>>(), read: 0, junk: 0 };
	return foldCheckpoints(to.records.read(at, edge.value.logStart, edge.value.end, { isolation: 'committed' }));
}

/** The commits on the cluster we leave: as read after the eviction, or as they are now; null when that cluster is dead. */
async function sourceCommits(
	io: Sides,
	ctx: MoveContext,
): Promise<{ commits: Commits | null; reasons: ReadonlyMap<string, string> }> {
	const read = ctx.output('sourceCommits');
	if (read || !ctx.fromAlive) return { commits: read ?? null, reasons: new Map() };
	return readSourceCommits(io, ctx.link);
}

function unreadOf(
	reasons: ReadonlyMap<string, string>,
	mine: (group: string) => boolean,
	checkpoints: CheckpointTable,
	committed: Committed,
): UnreadPosition[] {
	return [...reasons].flatMap(([group, reason]): UnreadPosition[] => {
		if (!mine(group)) return [];
		const why = `its commits there could not be read: ${reason}`;
		const known = new PartitionMap<true>();
		for (const table of [checkpoints.groups.get(group), committed.get(group)])
			for (const at of table?.keys() ?? []) known.set(at, true);
		return known.size === 0 ? [{ group, at: null, why }] : [...known.keys()].map((at) => ({ group, at, why }));
	});
}

/**
 * Why the group may have processed more than it committed. A cluster that woke only after the eviction was left out serves its readers
 * still: a live commit is no more than where they were.
 */
function movingOf(ctx: MoveContext): (group: string) => string | null {
	const { move, output } = ctx;
	if (move.mode === 'failover' && sentNobodyAway(ctx)) return () => `may be reading on ${move.from} still`;
	const evicted = new Set(output('movingGroups'));
	return (group) =>
		evicted.has(group) ? 'was still reading when evicted: how far past its commit is not known' : null;
}

interface KnownPosition extends GroupPartition {
	source: bigint | null;
	metadata: string | null;
}

/**
 * Which groups and partitions need an offset. With the source's commits known: those. Without: every partition of every
 * topic that MirrorMaker 2 or the standby itself knows the group by, so that none is silently left to auto.offset.reset.
 */
function knownPositions(
	partitions: TopicPartition[],
	commits: Commits | null,
	checkpoints: CheckpointTable,
	committed: Committed,
	{ onTarget }: MirrorNames,
): KnownPosition[] {
	if (commits)
		return commits.map(({ group, topic, partition, offset, metadata }) => ({
			...{ group, topic: onTarget(topic), partition, source: offset, metadata },
		}));
	const topics = new Map<string, Set<string>>();
	for (const [group, known] of [...checkpoints.groups, ...committed]) {
		const of = topics.get(group) ?? new Set<string>();
		for (const topic of known.topics()) of.add(topic);
		topics.set(group, of);
	}
	return [...topics].flatMap(([group, of]) =>
		partitions.filter(({ topic }) => of.has(topic)).map((at) => ({ group, ...at, source: null, metadata: null })),
	);
}

/** null: the cluster we leave, which was there at the start of a failover, answers no more. */
export async function whileItAnswers<T>(ctx: MoveContext, work: () => Promise<T>): Promise<T | null> {
	try {
		return await work();
	} catch (thrown) {
		if (ctx.move.mode !== 'failover' || asKdrError(thrown).code === 'KDR_BUG') throw thrown;
		ctx.progress(`continuing without what ${ctx.move.from} knows: ${asKdrError(thrown).message}`);
		return null;
	}
}
