import { asKdrError } from '../../domain/errors/kdr-error.ts';
import { PartitionMap, type TopicPartition } from '../../domain/kafka/partition.ts';
import type { OffsetsParams } from '../../domain/offsets/params.ts';
import { chosen as inChoice } from '../../domain/offsets/reset.ts';
import type { Kept } from '../../domain/offsets/retention.ts';
import type { Identity } from '../../domain/offsets/same.ts';
import type { Group } from '../../ports/group-offsets.ts';
import { connectorsOf } from '../estate.ts';
import type { StepContext, StepIo } from '../kind.ts';
import { notStopped } from '../mirror/direction.ts';
import { type OffsetFacts, observeOffsets } from './facts.ts';
import { observeKept } from './offsets-retention.ts';
import { observeReset, type ResetTuple } from './reset.ts';
import { observeIdentity } from './same.ts';
import type { Committed } from './write.ts';

/** What is seen of a sync of group offsets that would move groups behind kdr's back. */
export type Sync = { kind: 'stopped' } | { kind: 'runs'; connectors: string[] } | { kind: 'unknown'; why: string };

export interface Facts extends OffsetFacts {
	alone: Map<string, string>;
	resets: Iterable<ResetTuple>;
	identity: PartitionMap<Identity>;
	sync: Sync;
	/** Named by the person, but not there. */
	strangers: { groups: string[]; topics: string[] };
	clusterIds: Record<string, string>;
	/** How long offsets live there, and when kdr last set them; null: not asked. */
	kept: (Kept & { now: number }) | null;
}

/** Everything `offsets-commit` decides from. Only reads. */
export async function observeChosen(chosen: OffsetsParams, io: StepIo, ctx: StepContext): Promise<Facts> {
	const [seen, sync, clusterIds, kept] = await Promise.all([
		chosen.reset ? resetFacts(chosen, io, ctx) : translationFacts(chosen, io, ctx),
		chosen.syncStopped ? observeSync(io, ctx) : ({ kind: 'stopped' } as const),
		chosen.planned ? identities(io, ctx) : {},
		// In a move consumers arrive at once; a command of its own may be long before them.
		ctx.move.mode === 'change' ? observeKept(io.to, ctx.link) : null,
	]);
	return { ...seen, sync, clusterIds, kept: kept && { ...kept, now: io.world.clock.now() } };
}

/** The facts of a look at nothing but what groups hold. */
export const onlyCommitted = (committed: Committed): Facts => ({
	...{
		tuples: [],
		resets: [],
		active: new Map(),
		alone: new Map(),
		unreadable: [],
		junk: 0,
		identity: new PartitionMap(),
	},
	...{ committed, sync: { kind: 'stopped' }, strangers: { groups: [], topics: [] }, clusterIds: {}, kept: null },
});

async function translationFacts({ groups, topics, method }: OffsetsParams, io: StepIo, ctx: StepContext) {
	const seen = await observeOffsets(io, ctx, {
		wanted: (group) => !groups || groups.includes(group),
		byTime: method === 'timestamp' ? { at: null } : null,
	});
	const alone = seen.alone ?? new Map<string, string>();
	const inTopics = inChoice(topics);
	const tuples = seen.tuples.filter(inTopics);
	const identity =
		method === 'same'
			? await observeIdentity(
					io,
					ctx,
					tuples.map(({ topic, partition, place }) => ({ topic, partition, source: place.source })),
				)
			: new PartitionMap<Identity>();
	const strangers = {
		groups: (groups ?? []).filter((group) => !alone.has(group) && !seen.tuples.some((tuple) => tuple.group === group)),
		topics: missingTopics(topics, seen.tuples),
	};
	const kept = new Set(tuples.map(({ group }) => group));
	const active = new Map([...seen.active].filter(([group]) => kept.has(group)));
	return { ...seen, alone, tuples, active, resets: [], identity, strangers };
}

async function resetFacts(chosen: OffsetsParams, io: StepIo, ctx: StepContext) {
	const choice = chosen.reset ?? { to: 'current' as const };
	const { tuples: resets, touched, groups, committed, unreadable, alone } = await observeReset(io, ctx, choice, chosen);
	const strangers = {
		groups: (chosen.groups ?? []).filter((group) => !touched.has(group) && !groups.some(({ id }) => id === group)),
		topics: missingTopics(chosen.topics, resets),
	};
	return {
		tuples: [],
		junk: 0,
		resets,
		active: activeOf(groups, touched),
		unreadable,
		committed,
		alone,
		identity: new PartitionMap<Identity>(),
		strangers,
	};
}

function missingTopics(topics: OffsetsParams['topics'], found: Iterable<TopicPartition>): string[] {
	if (!topics) return [];
	const there = new Set<string>();
	for (const { topic } of found) there.add(topic);
	return topics.filter(({ topic }) => !there.has(topic)).map(({ topic }) => topic);
}

const activeOf = (groups: readonly Group[], touched: ReadonlySet<string>): Map<string, string> =>
	new Map(
		groups
			.filter(({ id, state }) => touched.has(id) && state !== 'Empty' && state !== 'Dead')
			.map(({ id, state }) => [id, state]),
	);

/** A paused connector goes on syncing: its schedule knows only its own end. So anything but STOPPED without tasks counts. */
async function observeSync(io: StepIo, ctx: StepContext): Promise<Sync> {
	try {
		const connectors = await connectorsOf(io.to, ctx.move.from, ctx.link);
		const running = connectors.filter(
			(connector) =>
				connector.role === 'checkpoint' &&
				connector.config['sync.group.offsets.enabled'] === 'true' &&
				notStopped(connector),
		);
		return running.length === 0 ? { kind: 'stopped' } : { kind: 'runs', connectors: running.map(({ name }) => name) };
	} catch (thrown) {
		const error = asKdrError(thrown);
		if (error.code === 'KDR_BUG') throw thrown;
		return { kind: 'unknown', why: error.message };
	}
}

/** Cluster id of each side that answers, by alias. */
export async function identities(io: StepIo, ctx: StepContext): Promise<Record<string, string>> {
	const sides = ctx.fromAlive ? [io.from, io.to] : [io.to];
	return Object.fromEntries(
		await Promise.all(sides.map(async ({ alias, cluster }) => [alias, (await cluster.identity()).clusterId])),
	);
}
