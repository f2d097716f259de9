import { PartitionMap } from '../../domain/kafka/partition.ts';
import { type Bracket, bracketBack, type Sync, type SyncHistory, syncAt } from '../../domain/offsets/syncs.ts';
import { type Translation, translate, translateBack } from '../../domain/offsets/translate.ts';
import type { LogEdges } from '../../ports/records.ts';
import type { Sides } from './context.ts';
import { closingSyncs, type MirrorTraces } from './mirror-traces.ts';
import type { OffsetReading, ReadPartition } from './read.ts';

/** Second stage: the syncs around the position. */
export interface BracketedPartition extends ReadPartition {
	/** What the group has read up to, on the source; null: not known. */
	position: bigint | null;
	/** By raw syncs; null: none that could be used. */
	translation: Translation | null;
}

export async function bracketPartitions(
	io: Sides,
	{ traces, partitions, names }: OffsetReading,
): Promise<BracketedPartition[]> {
	const settled = await settledOf(io, traces, names, partitions);
	return partitions.map((one) => ({
		...one,
		position: positionOf(one),
		translation: bySyncs(one, positionOf(one), traces, settled),
	}));
}

/** Partitions whose mirror does not move, with the sync that closes them where there is one. */
async function settledOf(
	io: Sides,
	traces: MirrorTraces,
	names: OffsetReading['names'],
	partitions: readonly ReadPartition[],
): Promise<PartitionMap<Sync | null>> {
	const still = new PartitionMap<Sync | null>();
	const ends = new PartitionMap<bigint>();
	if (traces.moving) return still;
	for (const { topic, partition, early, late } of partitions)
		if (early && late.end === early.end) {
			still.set({ topic, partition }, null);
			ends.set({ topic, partition }, late.end);
		}
	for (const [at, sync] of await closingSyncs(io, names, traces.positions, ends))
		if (still.has(at)) still.set(at, sync);
	return still;
}

/** Its commit there, or that of its newest checkpoint; never from before what is still there. */
function positionOf({ source, checkpoint, sourceLog }: ReadPartition): bigint | null {
	const read = source ?? checkpoint?.upstream ?? null;
	const start = sourceLog?.logStart ?? 0n;
	return read !== null && read < start ? start : read;
}

function bySyncs(
	one: ReadPartition,
	position: bigint | null,
	traces: MirrorTraces,
	settled: PartitionMap<Sync | null>,
): Translation | null {
	const { onSource, early, late, sourceLog = null } = one;
	if (!onSource || !early || position === null) return null;
	const history = traces.syncs?.partitions.get(onSource);
	const home = traces.home?.partitions.get(onSource);
	if (history && !foreign(history, late, sourceLog)) {
		const found = translate(history, position, {
			target: { logStart: late.logStart, end: early.lastStable },
			settled: settled.has(one),
			fillers: traces.exactlyOnce,
			pureBelow: sourceLog !== null && !home,
			sourceStart: sourceLog?.logStart ?? 0n,
			closing: settled.get(one) ?? null,
		});
		if (found?.bracket.before || !home) return found;
	}
	return home ? backHome(home, position, { pure: !traces.exactlyOnce, end: late.lastStable }) : null;
}

/** Syncs past either log's end are of a topic that was there before. */
function foreign(history: SyncHistory, target: LogEdges, source: Pick<LogEdges, 'end'> | null): boolean {
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
	return { ...back, rereadAtMost, evidence: `from the opposite mirror: ${back.evidence}`, conservative, bracket };
}
