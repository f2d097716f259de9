import { asKdrError } from '../../domain/errors/kdr-error.ts';
import type { Item } from '../../domain/item.ts';
import { PartitionMap, type TopicPartition } from '../../domain/kafka/partition.ts';
import { groupsInScope, topicsInScope } from '../../domain/kafka/scope.ts';
import { type Checkpoint, type CheckpointTable, foldCheckpoints } from '../../domain/offsets/checkpoints.ts';
import { leftAlone } from '../../domain/offsets/classify.ts';
import type { MirrorNames } from '../../domain/offsets/names.ts';
import type { PlaceFacts } from '../../domain/offsets/place.ts';
import type { Outputs } from '../../domain/run/outputs.ts';
import type { Group } from '../../ports/group-offsets.ts';
import type { LogEdges } from '../../ports/records.ts';
import type { Side } from '../../ports/world.ts';
import type { StepContext, StepIo } from '../kind.ts';
import { type ByTime, lookUpByTime } from './by-time.ts';
import { placeTuples, sourceOf } from './place.ts';
import { readSourceCommits, sentNobodyAway } from './read-commits.ts';
import { type MirrorTraces, namesOf, observeTraces } from './syncs.ts';
import { compareSides, nothingCompared } from './tails.ts';
import { type Committed, readCommitted } from './write.ts';

/** Everything known about one group and partition before its new offset is chosen. */
export interface TupleFacts extends TopicPartition {
	group: string;
	place: PlaceFacts;
	metadata: string;
	/** Set when offsets are chosen by time. */
	time: ByTime | null;
}

export interface OffsetFacts {
	tuples: TupleFacts[];
	/** Groups with members on the cluster we move to, with their state: the broker would refuse every commit. */
	active: Map<string, string>;
	/** Groups whose offsets on the cluster we move to were not readable, and partitions whose log there was not. */
	unreadable: string[];
	/** Committed on the cluster we move to, now. */
	committed: Committed;
	/** Records of the checkpoints topic that are none. */
	junk: number;
	/** Groups of the link that are none of plain committed offsets, and why they are left alone. */
	alone?: Map<string, string>;
	/** What the offset-syncs topic was; `why`: it could not be used, so that checkpoints must do. */
	syncs?: { read: number; tombstones: number; junk: number; why: string | null };
}

type Commits = Outputs['sourceCommits'];

/** Which groups, and whether to look offsets up by time as well: `at` null takes each group's own. */
export interface OffsetWish {
	wanted(group: string): boolean;
	byTime: { at: number | null } | null;
}

export async function observeOffsets(
	io: StepIo,
	ctx: StepContext,
	{ wanted, byTime }: OffsetWish,
): Promise<OffsetFacts> {
	const inScope = groupsInScope(ctx.link.groups);
	const names = namesOf(ctx, ctx.move.from, ctx.move.to);
	const partitions = await mirroredPartitions(io.to, ctx, names);
	// Ends first, syncs later: then no sync can be of a record that is past the end.
	const early = await io.to.records.edges(partitions);
	const [checkpoints, groups, commits, traces] = await Promise.all([
		readCheckpoints(io.to, names.checkpoints),
		io.to.groups.list(),
		sourceCommits(io, ctx),
		observeTraces(io, ctx),
	]);
	const alone = aloneOf(groups, inScope);
	const mine = (group: string) => inScope(group) && wanted(group) && !alone.has(group);
	const [edges, sourceLogs, { committed, unreadable }] = await Promise.all([
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
	const known = tuplesOf(partitions, commits, checkpoints, committed, names).filter(({ group }) => mine(group));
	const logs = { early, edges, sourceLogs: sourceLogs ?? new PartitionMap<Item<LogEdges>>(), names };
	const standing = known.map((tuple) => ({ ...tuple, checkpoint: checkpointOf(checkpoints, tuple) }));
	const [placed, times] = await Promise.all([
		whileItAnswers(ctx, () => placeTuples(io, traces, logs, standing)).then(
			(all) => all ?? placeTuples(io, traces, { ...logs, sourceLogs: new PartitionMap() }, standing),
		),
		byTime ? lookUpByTime(io, names, known, byTime.at) : [],
	]);
	const open = commits ? known.filter((_, i) => placed[i]?.content?.rereadAtMost !== 0n) : [];
	const { drainedTo, tails } = (await whileItAnswers(ctx, () => compareSides(io, ctx, open))) ?? nothingCompared();
	const moving = movingOf(ctx);
	const now = io.world.clock.now();
	const tuples = known.flatMap(({ group, topic, partition, source, metadata }, i): TupleFacts[] => {
		const at = { topic, partition };
		const edge = edges.get(at);
		if (!edge?.ok) return [];
		const checkpoint = checkpoints.groups.get(group)?.get(at) ?? null;
		const prior = committed.get(group)?.get(at)?.offset ?? null;
		const tail = source === null ? null : (tails.get(at)?.(source) ?? null);
		const { logStart, lastStable: end } = edge.value;
		const place = {
			...{
				source,
				target: { logStart, end },
				checkpoint,
				prior,
				now,
				tail,
				moving: source === null ? null : moving(group),
			},
			drainedTo: drainedTo.get(at) ?? null,
			...(placed[i] ?? {}),
		};
		return [{ group, ...at, place, metadata: metadata ?? checkpoint?.metadata ?? '', time: times[i] ?? null }];
	});
	// What has no place in the table would be left to auto.offset.reset in silence.
	const lost = new Set(known.filter((at) => !edges.get(at)?.ok).map(({ topic, partition }) => `${topic} ${partition}`));
	return {
		tuples,
		active: activeOf(groups, tuples),
		unreadable: [...unreadable, ...lost],
		committed,
		junk: checkpoints.junk,
		alone,
		syncs: told(traces),
	};
}

const told = ({ syncs, why }: MirrorTraces): NonNullable<OffsetFacts['syncs']> => ({
	...{ read: syncs?.read ?? 0, tombstones: syncs?.tombstones ?? 0, junk: syncs?.junk ?? 0, why },
});

const checkpointOf = ({ groups }: CheckpointTable, { group, topic, partition }: Tuple): Checkpoint | null =>
	groups.get(group)?.get({ topic, partition }) ?? null;

/** Partitions on the target of the link's topics, by their names there. */
async function mirroredPartitions(
	to: Side,
	{ link }: StepContext,
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
async function readCheckpoints(to: Side, topic: string): Promise<CheckpointTable> {
	const at = { topic, partition: 0 };
	const edge = (await to.records.edges([at])).get(at);
	// Only a topic that is not there holds nothing: of one that cannot be read, groups would be left out in silence.
	if (edge && !edge.ok && edge.error.code !== 'KDR_TOPIC_MISSING') throw edge.error;
	if (!edge?.ok) return { groups: new Map<string, PartitionMap<Checkpoint>>(), read: 0, junk: 0 };
	return foldCheckpoints(to.records.read(at, edge.value.logStart, edge.value.end, { isolation: 'committed' }));
}

/** The commits on the cluster we leave: as read after the eviction, or as they are now; null when that cluster is dead. */
async function sourceCommits(io: StepIo, ctx: StepContext): Promise<Commits | null> {
	const read = ctx.output('sourceCommits');
	if (read) return read;
	return ctx.fromAlive ? (await readSourceCommits(io, ctx.link)).commits : null;
}

/**
 * Why the group may have processed more than it committed. A cluster that woke only after the eviction was left out serves its readers
 * still: a live commit is no more than where they were.
 */
function movingOf(ctx: StepContext): (group: string) => string | null {
	const { move, output } = ctx;
	if (move.mode === 'failover' && sentNobodyAway(ctx)) return () => `may be reading on ${move.from} still`;
	const evicted = new Set(output('movingGroups'));
	return (group) => (evicted.has(group) ? 'was still reading when evicted' : null);
}

interface Tuple extends TopicPartition {
	group: string;
	source: bigint | null;
	metadata: string | null;
}

/**
 * Which groups and partitions need an offset. With the source's commits known: those. Without: every partition of every
 * topic that MirrorMaker 2 or the standby itself knows the group by, so that none is silently left to auto.offset.reset.
 */
function tuplesOf(
	partitions: TopicPartition[],
	commits: Commits | null,
	checkpoints: CheckpointTable,
	committed: OffsetFacts['committed'],
	{ onTarget }: MirrorNames,
): Tuple[] {
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
async function whileItAnswers<T>(ctx: StepContext, work: () => Promise<T>): Promise<T | null> {
	try {
		return await work();
	} catch (thrown) {
		if (ctx.move.mode !== 'failover' || asKdrError(thrown).code === 'KDR_BUG') throw thrown;
		ctx.progress(`going on without what ${ctx.move.from} knows: ${asKdrError(thrown).message}`);
		return null;
	}
}

function activeOf(groups: Group[], tuples: TupleFacts[]): Map<string, string> {
	const wanted = new Set(tuples.map(({ group }) => group));
	return new Map(
		groups
			.filter(({ id, state }) => wanted.has(id) && state !== 'Empty' && state !== 'Dead')
			.map(({ id, state }) => [id, state]),
	);
}
