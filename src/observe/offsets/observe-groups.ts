import { ifUnreadable, unlessBug } from '../../domain/errors/kdr-error.ts';
import { factValue } from '../../domain/fact.ts';
import { isActive } from '../../domain/kafka/group.ts';
import type { TopicPartition } from '../../domain/kafka/partition.ts';
import {
	type DecidablePartition,
	decide,
	emptyTable,
	type Table,
	type TableFacts,
} from '../../domain/offsets/decide.ts';
import type { Method, OffsetsParams } from '../../domain/offsets/params.ts';
import { chosen as inChoice } from '../../domain/offsets/reset.ts';
import type { Kept } from '../../domain/offsets/retention.ts';
import type { Group } from '../../ports/group-offsets.ts';
import { connectorsOf, notStopped } from '../connectors.ts';
import { bracketPartitions } from './bracket.ts';
import { type Committed, observeKept } from './commits.ts';
import { comparePartitions, type TranslatedPartition, translatePartitions } from './compare-ends.ts';
import type { MoveContext, Sides } from './context.ts';
import { locatePartitions } from './locate.ts';
import { lookUpByTime, observeIdentity } from './other-methods.ts';
import { type OffsetReading, readOffsets, whileItAnswers } from './read.ts';
import { observeReset } from './reset.ts';

/** What is seen of a sync of group offsets that would move groups behind kdr's back. */
export type GroupSync = { kind: 'stopped' } | { kind: 'runs'; connectors: string[] } | { kind: 'unknown'; why: string };

/** What is decided for every group, and what the decision rests on. */
export interface OffsetFacts {
	/** JournalledFence here, once: checks, plan and output look at the same one. */
	table: Table;
	/** Groups with members on the cluster we move to, with their state: the broker would refuse every commit. */
	active: Map<string, string>;
	/** Groups whose offsets on the cluster we move to were not readable, and partitions whose log there was not. */
	unreadable: string[];
	/** Committed on the cluster we move to, now. */
	committed: Committed;
	/** Positions around which no record was read because of the caps: their bounds are conservative. */
	capped: number;
	/** Records of the checkpoints topic that are none. */
	junk: number;
	/** Groups of the link that are none of plain committed offsets, and why they are left alone. */
	alone: Map<string, string>;
	sync: GroupSync;
	/** Named by the person, but not there. */
	strangers: { groups: string[]; topics: string[] };
	clusterIds: Record<string, string>;
	/** How long offsets live there, and when kdr last set them; null: not asked. */
	kept: (Kept & { now: number }) | null;
	/** Version of the workers whose syncs and checkpoints are used; null: none are, not asked, or no answer. */
	writtenBy: string | null;
}

type Observed = Omit<OffsetFacts, 'table' | 'sync' | 'clusterIds' | 'kept' | 'writtenBy'> & TableFacts;

/** Reads everything the new offsets are decided from, and decides. */
export async function observeGroups(chosen: OffsetsParams, io: Sides, ctx: MoveContext): Promise<OffsetFacts> {
	const [{ partitions, resets, unread, ...seen }, sync, clusterIds, kept, writtenBy] = await Promise.all([
		chosen.reset ? resetFacts(chosen, io, ctx) : translationFacts(chosen, io, ctx),
		chosen.syncStopped ? observeSync(io, ctx) : ({ kind: 'stopped' } as const),
		chosen.planned ? identities(io, ctx) : {},
		// In a move consumers arrive at once; a command of its own may be long before them.
		ctx.move.mode === 'change' ? observeKept(io.to, ctx.link) : null,
		// A move has asked in its preflight.
		ctx.move.mode === 'change' && trustsMirrorMaker(chosen) ? io.to.mirror.version().catch(ifUnreadable(null)) : null,
	]);
	const table = decide({ ...seen, partitions, resets, unread }, chosen, ctx.preview ? '' : `kdr:${ctx.run}`);
	return { ...seen, table, sync, clusterIds, kept: kept && { ...kept, now: io.world.clock.now() }, writtenBy };
}

/** What records, times or equal offsets prove holds whatever MirrorMaker 2 wrote. */
const trustsMirrorMaker = ({ reset, method }: OffsetsParams): boolean =>
	!reset && (method === 'auto' || method === 'syncs' || method === 'checkpoint');

/** The facts of a look at nothing but what groups hold. */
export const onlyCommitted = (committed: Committed): OffsetFacts => ({
	...{ table: emptyTable(), active: new Map(), alone: new Map(), unreadable: [], capped: 0, junk: 0, committed },
	...{ sync: { kind: 'stopped' }, strangers: { groups: [], topics: [] }, clusterIds: {}, kept: null, writtenBy: null },
});

async function translationFacts(
	{ groups, topics, method, readAll }: OffsetsParams,
	io: Sides,
	ctx: MoveContext,
): Promise<Observed> {
	const { reading, partitions, capped } = await observeOffsets(io, ctx, {
		group: (group) => !groups || groups.includes(group),
		partition: inChoice(topics),
		method,
		readAll,
	});
	const { alone, committed, unreadable, junk, partitions: known } = reading;
	const inTopics = inChoice(topics);
	const unread = reading.unread.filter(({ at }) => at === null || inTopics(at));
	const seen = new Set([...known, ...reading.unread].map(({ group }) => group));
	const strangers = {
		groups: (groups ?? []).filter((id) => !alone.has(id) && !seen.has(id)),
		topics: missingTopics(topics, known),
	};
	const active = activeOf(reading.groups, new Set(partitions.map(({ group }) => group)));
	return { partitions, resets: [], unread, active, alone, committed, unreadable, capped, junk, strangers };
}

async function resetFacts(chosen: OffsetsParams, io: Sides, ctx: MoveContext): Promise<Observed> {
	const choice = chosen.reset ?? { to: 'current' as const };
	const { resets, unread, touched, groups, committed, unreadable, alone } = await observeReset(io, ctx, choice, chosen);
	const strangers = {
		groups: (chosen.groups ?? []).filter(
			(group) =>
				!touched.has(group) && !groups.some(({ id }) => id === group) && !unread.some((one) => one.group === group),
		),
		topics: missingTopics(chosen.topics, resets),
	};
	const active = activeOf(groups, touched);
	return { partitions: [], resets, unread, active, alone, committed, unreadable, capped: 0, junk: 0, strangers };
}

function missingTopics(topics: OffsetsParams['topics'], found: Iterable<TopicPartition>): string[] {
	if (!topics) return [];
	const there = new Set<string>();
	for (const { topic } of found) there.add(topic);
	return topics.filter(({ topic }) => !there.has(topic)).map(({ topic }) => topic);
}

const activeOf = (groups: readonly Group[], touched: ReadonlySet<string>): Map<string, string> =>
	new Map(groups.filter((group) => touched.has(group.id) && isActive(group)).map(({ id, state }) => [id, state]));

/** A paused connector still syncs: its schedule knows only its own end. So anything but STOPPED without tasks counts. */
async function observeSync(io: Sides, ctx: MoveContext): Promise<GroupSync> {
	try {
		const connectors = await connectorsOf(io.to, io.from, ctx.link);
		const running = connectors.filter(
			(connector) =>
				connector.role === 'checkpoint' &&
				connector.config['sync.group.offsets.enabled'] === 'true' &&
				notStopped(connector),
		);
		return running.length === 0 ? { kind: 'stopped' } : { kind: 'runs', connectors: running.map(({ name }) => name) };
	} catch (thrown) {
		const error = unlessBug(thrown);
		return { kind: 'unknown', why: error.message };
	}
}

/** Cluster id of each side that answers, by alias. */
export async function identities(io: Sides, ctx: MoveContext): Promise<Record<string, string>> {
	const sides = ctx.fromAlive ? [io.from, io.to] : [io.to];
	return Object.fromEntries(
		await Promise.all(sides.map(async ({ alias, cluster }) => [alias, (await cluster.identity()).clusterId])),
	);
}

/** Which groups and partitions, and how their offsets are chosen. */
export interface OffsetWish {
	group(id: string): boolean;
	partition(at: { topic: string; partition: number }): boolean;
	method: Method;
	/** Without caps on what is read. */
	readAll?: boolean;
}

/** All stages that read: read → bracket → locate → translate → compare ends. What is decided from them reads nothing. */
export async function observeOffsets(
	io: Sides,
	ctx: MoveContext,
	wish: OffsetWish,
): Promise<{ reading: OffsetReading; partitions: DecidablePartition[]; capped: number }> {
	const reading = await readOffsets(io, ctx, wish.group);
	const chosen = { ...reading, partitions: reading.partitions.filter(wish.partition) };
	const readAll = wish.readAll ?? false;
	const translated =
		(await whileItAnswers(ctx, () => translateAll(io, chosen, readAll))) ??
		(await translateAll(io, withoutSource(chosen), readAll));
	const compared = await comparePartitions(io, ctx, translated, reading.traces);
	const times = wish.method === 'timestamp' ? await lookUpByTime(io, compared) : null;
	const identity = wish.method === 'same' ? await observeIdentity(io, ctx, compared) : null;
	const partitions = compared.map((one) => ({
		...one,
		byTime: times?.get(one) ?? null,
		identity: identity?.get(one) ?? null,
	}));
	return { reading, partitions, capped: compared.filter((one) => one.capped && !factValue(one.content)).length };
}

async function translateAll(io: Sides, reading: OffsetReading, readAll: boolean): Promise<TranslatedPartition[]> {
	const { isolation } = reading.traces;
	const located = await locatePartitions(io, bracketPartitions(reading), { isolation, readAll });
	return translatePartitions(located, reading.traces);
}

/** The cluster we leave stopped answering: what is known of its logs leads nowhere. */
const withoutSource = (reading: OffsetReading): OffsetReading => ({
	...reading,
	partitions: reading.partitions.map((one) => ({ ...one, sourceLog: null })),
});
