import type { Item } from '../../domain/item.ts';
import { PartitionMap, type TopicPartition } from '../../domain/kafka/partition.ts';
import type { Checkpoint } from '../../domain/offsets/checkpoints.ts';
import { translateBack } from '../../domain/offsets/inverse.ts';
import { type Bracket, bracketBack } from '../../domain/offsets/lifetimes.ts';
import type { MirrorNames } from '../../domain/offsets/names.ts';
import type { PlaceFacts } from '../../domain/offsets/place.ts';
import { type Repeat, repeatsOf } from '../../domain/offsets/repeats.ts';
import { type Sync, type SyncHistory, syncAt } from '../../domain/offsets/syncs.ts';
import { type Translation, translate } from '../../domain/offsets/translate.ts';
import { doubted, refine } from '../../domain/offsets/window.ts';
import type { LogEdges } from '../../ports/records.ts';
import type { StepIo } from '../kind.ts';
import { locateAll, readWindows, type Sought } from './content.ts';
import { closingSyncs, type MirrorTraces } from './syncs.ts';

/** A group's position to be placed, by the topic's name on the target. */
export interface Standing extends TopicPartition {
	source: bigint | null;
	checkpoint: Checkpoint | null;
}

/** The logs' edges: of the target before and after the syncs were read, of the source by its own names. */
export interface Logs {
	early: PartitionMap<Item<LogEdges>>;
	edges: PartitionMap<Item<LogEdges>>;
	sourceLogs: PartitionMap<Item<LogEdges>>;
	names: MirrorNames;
}

export type Placed = Pick<PlaceFacts, 'sourceLog' | 'syncs' | 'content' | 'repeats' | 'noSyncs'>;

/** The same partition on the source; null when it was not mirrored from there. */
export function sourceOf({ topic, partition }: TopicPartition, { onSource }: MirrorNames): TopicPartition | null {
	const name = onSource(topic);
	return name === null ? null : { topic: name, partition };
}

/** By syncs, by the records themselves where the source answers, and by counting on the target where that leaves a doubt. */
export async function placeTuples(
	io: StepIo,
	traces: MirrorTraces,
	logs: Logs,
	tuples: readonly Standing[],
): Promise<Placed[]> {
	const settled = await settledOf(io, traces, logs);
	const raw = tuples.map((tuple) => bySyncs(tuple, traces, logs, settled));
	const sought = tuples.map((tuple, i) => soughtOf(tuple, raw[i]?.bracket ?? null, logs));
	const content = await locateAll(io, sought, traces.isolation);
	const doubtful = raw.map((translation, i) =>
		translation && !content[i] ? windowOf(translation, tuples[i], logs) : null,
	);
	const windows = await readWindows(io.to, doubtful);
	const repeats = repeatsIn(traces);
	return tuples.map((tuple, i) => {
		const [translation, window] = [raw[i] ?? null, windows[i]];
		const position = positionOf(tuple, logs);
		const borne = translation && window && position !== null ? refine(translation, position, window) : translation;
		const denied = content[i] === null && borne?.proof === 'exact';
		const syncs = borne && denied ? doubted(borne, 'but the records differ') : borne;
		const at = sourceOf(tuple, logs.names);
		const found = { syncs, noSyncs: traces.why, content: content[i] ?? null, repeats: (at && repeats.get(at)) ?? [] };
		return { sourceLog: known(at && logs.sourceLogs.get(at)), ...found };
	});
}

/** By the partition's name on the source; with exactly-once what a killed worker had written is aborted, and is no second copy. */
const repeatsIn = ({ syncs, exactlyOnce }: MirrorTraces): PartitionMap<Repeat[]> =>
	exactlyOnce || !syncs ? new PartitionMap() : syncs.partitions.map(repeatsOf);

/** Partitions whose mirror stands still, with the sync that closes them where there is one. */
async function settledOf(
	io: StepIo,
	traces: MirrorTraces,
	{ early, edges, names }: Logs,
): Promise<PartitionMap<Sync | null>> {
	const still = new PartitionMap<Sync | null>();
	if (traces.moving) return still;
	for (const [at, edge] of edges) {
		const before = early.get(at);
		if (edge.ok && before?.ok && edge.value.end === before.value.end) still.set(at, null);
	}
	const ends = PartitionMap.from([...still.keys()].map((at) => [at, known(edges.get(at))?.end ?? 0n] as const));
	for (const [at, sync] of await closingSyncs(io, names, traces.positions, ends))
		if (still.has(at)) still.set(at, sync);
	return still;
}

/** What the group has read up to: its commit there, or that of its newest checkpoint; never from before what is still there. */
function positionOf({ topic, partition, source, checkpoint }: Standing, { sourceLogs, names }: Logs): bigint | null {
	const read = source ?? checkpoint?.upstream ?? null;
	const at = sourceOf({ topic, partition }, names);
	const start = known(at && sourceLogs.get(at))?.logStart ?? 0n;
	return read !== null && read < start ? start : read;
}

function bySyncs(
	tuple: Standing,
	traces: MirrorTraces,
	logs: Logs,
	settled: PartitionMap<Sync | null>,
): Translation | null {
	const { topic, partition } = tuple;
	const at = sourceOf({ topic, partition }, logs.names);
	const [early, now, position] = [known(logs.early.get(tuple)), known(logs.edges.get(tuple)), positionOf(tuple, logs)];
	if (!at || !early || !now || position === null) return null;
	const history = traces.syncs?.partitions.get(at);
	const home = traces.home?.partitions.get(at);
	const sourceLog = known(logs.sourceLogs.get(at));
	if (history && !foreign(history, now, sourceLog)) {
		const found = translate(history, position, {
			target: { logStart: now.logStart, end: early.lastStable },
			settled: settled.has(tuple),
			fillers: traces.exactlyOnce,
			pureBelow: sourceLog !== null && !home,
			sourceStart: sourceLog?.logStart ?? 0n,
			closing: settled.get(tuple) ?? null,
		});
		if (found?.bracket.before || !home) return found;
	}
	return home ? backHome(home, position, { pure: !traces.exactlyOnce, end: now.lastStable }) : null;
}

/** Syncs past either log's end are of a topic that was there before. */
function foreign(history: SyncHistory, target: LogEdges, source: LogEdges | null): boolean {
	const newest = syncAt(history, history.length - 1);
	return history.length > 0 && (newest.downstream >= target.end || (source !== null && newest.upstream >= source.end));
}

/** A position from before the last cut: the record came from the cluster we move to, and is looked for among its syncs from there. */
function backHome(
	home: SyncHistory,
	position: bigint,
	{ pure, end }: { pure: boolean; end: bigint },
): Translation | null {
	const back = translateBack(home, position, { pure });
	if (!back) return null;
	const { before, after } = bracketBack(home, position);
	const turned = (sync: Sync | null): Sync | null => sync && { upstream: sync.downstream, downstream: sync.upstream };
	const above = end > back.offset ? end - back.offset : 0n;
	const rereadAtMost = back.rereadAtMost ?? above;
	const bracket: Bracket = { before: turned(before), after: turned(after), newest: true, horizon: 0n };
	const careful = before ? before.upstream + 1n : back.offset;
	const conservative =
		back.proof === 'exact' ? { offset: back.offset, rereadAtMost: 0n } : { offset: careful, rereadAtMost: above };
	return { ...back, rereadAtMost, evidence: `way home: ${back.evidence}`, conservative, bracket };
}

function soughtOf(tuple: Standing, bracket: Bracket | null, logs: Logs): Sought | null {
	const at = sourceOf(tuple, logs.names);
	const [sourceLog, targetLog] = [known(at && logs.sourceLogs.get(at)), known(logs.edges.get(tuple))];
	const position = positionOf(tuple, logs);
	if (
		!at ||
		!sourceLog ||
		!targetLog ||
		tuple.source === null ||
		position === null ||
		position > sourceLog.end ||
		!bracket
	)
		return null;
	const { topic, partition } = tuple;
	return {
		source: at,
		target: { topic, partition },
		position,
		before: bracket.before,
		after: bracket.after,
		sourceLog,
		targetLog,
	};
}

function windowOf({ bracket: { before, after } }: Translation, tuple: Standing | undefined, logs: Logs) {
	const log = tuple && known(logs.edges.get(tuple));
	if (!tuple || !log || !before || !after) return null;
	return { at: { topic: tuple.topic, partition: tuple.partition }, before, after, log };
}

const known = <T>(item: Item<T> | null | undefined): T | null => (item?.ok ? item.value : null);
