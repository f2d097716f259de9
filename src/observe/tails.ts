import { max } from '../domain/bigint.ts';
import type { LinkConfig } from '../domain/config/link.ts';
import { ifUnreadable, KdrError } from '../domain/errors/kdr-error.ts';
import { forEachConcurrent } from '../domain/for-each-concurrent.ts';
import { type Item, valueOrThrow } from '../domain/item.ts';
import { byPartition, PartitionMap, type TopicPartition } from '../domain/kafka/partition.ts';
import { type Copy, type CopyGap, copyGapText } from '../domain/lag/copy-gap.ts';
import { fingerprintOf } from '../domain/offsets/content.ts';
import { lastMove } from '../domain/run/last-move.ts';
import { outputOf } from '../domain/run/output-of.ts';
import type { Cut } from '../domain/run/outputs.ts';
import { rebuiltSince } from '../domain/run/rebuilt-since.ts';
import type { RunState } from '../domain/run/state.ts';
import { type Boundary, findBoundary } from '../domain/salvage/boundary.ts';
import type { SalvageView } from '../domain/salvage/view.ts';
import type { LogEdges } from '../ports/records.ts';
import { committed, few } from '../ports/records.ts';
import type { Side, World } from '../ports/world.ts';
import { positionsOf } from './connectors.ts';
import { findCopyGaps, type MirrorManner, mirrorManner } from './copy-gaps.ts';
import { linkRuns } from './runs.ts';
import { scopePartitions } from './scope.ts';

/** Offsets compared before the boundary; where records are identical, ever more of them, until they are distinct or this many were read. */
const context = { first: 64n, times: 16n, most: 262_144n };
/** Partitions read at the same time. */
export const partitionsAtOnce = 4;

/** The move that left the tail, and where to look for it. */
export interface TailMove {
	run: string;
	returned: string;
	active: string;
	cuts: PartitionMap<Cut>;
	/** Log ends of the returned cluster once it was fenced; null when no fence recorded them. */
	ends: PartitionMap<bigint> | null;
	/** Topics of the active cluster into which some were written instead. */
	quarantine: string[];
	/** When the move before it began, ms since the epoch; 0: there was none. */
	movedBefore: number;
}

/** A stretch of the returned cluster's log in which every data record belongs to the tail. */
export interface Tail extends TopicPartition {
	from: bigint;
	to: bigint;
	evidence: string;
	/** So many of its records, at most, were mirrored after all: they are like others, and nothing tells them apart. */
	doubtful: number;
	/** The cut on the active cluster. */
	cut: bigint;
	compacted: boolean;
}

/** The newest move, if it was unplanned; a planned one leaves nothing behind. */
export async function moveWithTail(world: World, link: LinkConfig): Promise<TailMove | null> {
	const { runs, missing } = await linkRuns(world, link);
	const [unread] = missing;
	// The newest move may be in the journal that is silent.
	if (unread)
		throw new KdrError('KDR_TAIL_UNKNOWN', `the journal of ${unread.alias} was not readable: ${unread.why}`, {
			hint: `once ${unread.alias} answers: kdr salvage plan`,
		});
	const move = lastMove(runs);
	// Of a cluster rebuilt since, nothing is left that could be salvaged.
	if (move?.move.mode !== 'failover' || rebuiltSince(runs, move)) return null;
	const cuts = outputOf(move, 'cuts');
	if (!cuts)
		throw new KdrError('KDR_TAIL_UNKNOWN', `run ${move.run} recorded no cut`, { hint: `kdr runs show ${move.run}` });
	const { from: returned, to: active } = move.move;
	const movedBefore = lastMove(runs.filter(({ startedAt }) => startedAt < move.startedAt))?.startedAt ?? 0;
	return {
		run: move.run,
		returned,
		active,
		cuts,
		ends: endsAfter(runs, move),
		quarantine: quarantineAfter(runs, move),
		movedBefore,
	};
}

/** Of replays that came so far as to write. */
function quarantineAfter(runs: readonly RunState[], { startedAt, move }: RunState): string[] {
	const later = runs.filter((state) => state.startedAt > startedAt && state.move.from === move.from);
	const replays = later.flatMap(({ steps }) =>
		steps.filter(({ step, intents }) => step.kind === 'salvage-replay' && intents.length > 0),
	);
	return [
		...new Set(replays.flatMap(({ step }) => (typeof step.params.toTopic === 'string' ? [step.params.toTopic] : []))),
	];
}

function endsAfter(runs: readonly RunState[], { startedAt, move }: RunState): PartitionMap<bigint> | null {
	const later = runs.filter((state) => state.startedAt > startedAt && state.move.from === move.from);
	return later.map((state) => outputOf(state, 'tailEnds')).find((ends) => ends !== null) ?? null;
}

/** Where the tails lie: an exact boundary per partition, or why it cannot be known. */
export async function locateTails(
	world: World,
	link: LinkConfig,
	left: TailMove,
): Promise<{ tails: Tail[]; unknown: SalvageView['unknown'] }> {
	const [returned, active] = [world.side(left.returned), world.side(left.active)];
	const partitions = await scopePartitions(returned, link);
	const names = [...new Set(partitions.map(({ topic }) => topic))];
	const [edges, activeEdges, compacted, back] = await Promise.all([
		returned.records.edges(partitions),
		active.records.edges([...left.cuts.keys()]),
		returned.cluster.compacted(names),
		left.ends ? null : positionsOf(returned, active, link).catch(ifUnreadable(null)),
	]);
	const gaps = await gapsAtCut(left, { returned, active }, { edges, activeEdges }, link);
	const tails: Tail[] = [];
	const unknown: SalvageView['unknown'] = [];
	await forEachConcurrent(partitions, partitionsAtOnce, async (at) => {
		const [edge, there, cut] = [edges.get(at), activeEdges.get(at), left.cuts.get(at)];
		const say = (reason: string): void => void unknown.push({ ...at, reason });
		if (!edge?.ok) return say(`the log of ${left.returned} was not readable`);
		if (there?.ok === false && there.error.code !== 'KDR_TOPIC_MISSING')
			return say(`the log of ${left.active} was not readable`);
		if (!cut || !there?.ok)
			return edge.value.end > edge.value.logStart
				? say(`no cut is journalled: ${left.active} has no such partition`)
				: undefined;
		const to = left.ends ? left.ends.get(at) : back && (back.get(at) ?? -1n) < cut.to ? edge.value.end : undefined;
		if (to === undefined) return say('records were mirrored back before its log end was recorded');
		if (edge.value.lastStable < to)
			return say(`a transaction is open at offset ${edge.value.lastStable}; it ends by its time-out`);
		if (cut.from !== null && cut.from > edge.value.end)
			return say(
				`${left.returned} has lost records: it ends at ${edge.value.end}, ${left.active} has them up to ${cut.from}`,
			);
		const boundary = await boundaryOf({ returned, active }, at, { to, cut, edge: edge.value, there: there.value });
		if (boundary.kind === 'unknown') return say(boundary.reason);
		const gap = gaps.get(at);
		const never = gap && neverCopied(at, gap, there.value);
		if (gap?.kind === 'unknown' || (gap?.kind === 'lacks' && !never))
			return say(`${left.active}: ${copyGapText(at, gap)}`);
		if (never) tails.push(never);
		const { from, evidence, doubtful } = boundary;
		tails.push({ ...at, from, to, evidence, doubtful, cut: cut.to, compacted: compacted.has(at.topic) });
	});
	return { tails: tails.sort(byPartition), unknown: unknown.sort(byPartition) };
}

/** What the active cluster's copies lacked at the cut of what lies before the mirrored position: deleted there before the move, or never mirrored. */
async function gapsAtCut(
	{ cuts }: TailMove,
	{ returned, active }: { returned: Side; active: Side },
	{ edges, activeEdges }: { edges: PartitionMap<Item<LogEdges>>; activeEdges: PartitionMap<Item<LogEdges>> },
	link: LinkConfig,
): Promise<PartitionMap<CopyGap>> {
	const copies = new PartitionMap<Copy>();
	for (const [at, { from, to }] of cuts) {
		const [edge, there] = [edges.get(at), activeEdges.get(at)];
		if (!edge?.ok || !there?.ok || from === null || from > edge.value.end) continue;
		const target = { logStart: there.value.logStart, end: to, lastStable: to };
		copies.set(at, { source: edge.value, target, position: from - 1n });
	}
	// Of a mirror that nobody can ask, markers are assumed: then no count of slots proves a copy whole, and its first record is looked at.
	const assumed: MirrorManner = { isolation: 'committed', markers: true };
	const manner = await mirrorManner(active, returned, link).catch(ifUnreadable(assumed));
	return findCopyGaps(returned, active, copies, manner, { live: false });
}

/** Whatever of the partition is on the active cluster is newer. null: not one stretch. */
function neverCopied(at: TopicPartition, gap: CopyGap, { logStart }: LogEdges): Tail | null {
	if (gap.kind !== 'lacks' || gap.from === null || gap.to === null) return null;
	const { from, to, evidence } = gap;
	return { ...at, from, to, evidence, doubtful: 0, cut: logStart, compacted: false };
}

interface Around {
	to: bigint;
	cut: Cut;
	edge: LogEdges;
	there: LogEdges;
}

/** Compares more and more records before the boundary until they tell where it is, or there are no more. */
async function boundaryOf(
	sides: { returned: Side; active: Side },
	at: TopicPartition,
	around: Around,
): Promise<Boundary> {
	const { cut, there } = around;
	const last = valueOrThrow((await sides.active.records.last(PartitionMap.from([[at, cut.to]]), few)).get(at));
	const end = last?.offset ?? there.logStart;
	for (let width = context.first; ; width *= context.times) {
		const facts = await factsAround(sides, at, { ...around, end, width });
		const boundary = findBoundary(facts);
		const more = width < context.most && !facts.bothWhole && (!facts.allReturned || !facts.allActive);
		if (boundary.kind === 'unknown' || boundary.doubtful === 0 || !more) return boundary;
	}
}

/** `end`: the active side's last data record before the cut; `width`: offsets looked at before the place. */
async function factsAround(
	{ returned, active }: { returned: Side; active: Side },
	at: TopicPartition,
	{ to, cut, edge, there, end, width }: Around & { end: bigint; width: bigint },
) {
	const copied = await Array.fromAsync(active.records.read(at, max(end - width, there.logStart), cut.to, committed));
	const from = cut.from === null ? edge.logStart : max(cut.from - width, edge.logStart);
	const timed = copied.slice(-1).every(({ timestampType }) => timestampType === 'create');
	const prints = [];
	for await (const one of returned.records.read(at, from, to, committed))
		prints.push(fingerprintOf(one, timed && one.timestampType === 'create'));
	const [allReturned, allActive] = [from === edge.logStart, end - width <= there.logStart];
	return {
		returned: prints,
		active: copied.map((one) => fingerprintOf(one, timed)),
		floor: cut.from,
		logStart: edge.logStart,
		activeWhole: there.logStart === 0n,
		allReturned,
		allActive,
		bothWhole: allReturned && allActive && edge.logStart === 0n && there.logStart === 0n,
	};
}
