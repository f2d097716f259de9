import {
	type Bracket,
	bracketBack,
	laterStart,
	type Sync,
	type SyncHistory,
	syncAt,
} from '../../domain/offsets/syncs.ts';
import { type Translation, translate, translateBack } from '../../domain/offsets/translate.ts';
import type { LogEdges } from '../../ports/records.ts';
import type { MirrorTraces } from './mirror-traces.ts';
import type { OffsetReading, ReadPartition } from './read.ts';

/** Second stage: the syncs around the position. */
export interface BracketedPartition extends ReadPartition {
	/** What the group has read up to, on the source; null: not known. */
	position: bigint | null;
	/** By raw syncs; null: none that could be used. */
	translation: Translation | null;
}

export const bracketPartitions = ({ traces, partitions }: OffsetReading): BracketedPartition[] =>
	partitions.map((one) => {
		const position = one.source ?? one.checkpoint?.upstream ?? null;
		return { ...one, position, translation: bySyncs(one, position, traces) };
	});

function bySyncs(one: ReadPartition, position: bigint | null, traces: MirrorTraces): Translation | null {
	const { onSource, early, late, source, sourceLog, checkpoint } = one;
	if (!onSource || !early || position === null) return null;
	const history = traces.syncs?.partitions.get(onSource);
	const home = traces.home?.partitions.get(onSource);
	if (history && !foreign(history, late, sourceLog)) {
		const found = translate(history, position, {
			target: { logStart: late.logStart, end: early.lastStable },
			settled: !traces.moving && late.end === early.end,
			fillers: traces.markers,
			checkpoint:
				source === null && checkpoint ? { upstream: checkpoint.upstream, downstream: checkpoint.downstream } : null,
		});
		if (found?.bracket.before || !home) return found;
	}
	// Of the opposite mirror, the cluster we leave is the target.
	const past = home && foreign(home, sourceLog, late);
	return home && !past ? backHome(home, position, { pure: !traces.markers, end: late.lastStable }) : null;
}

/** Syncs past either log's end are of a topic that was there before. */
function foreign(history: SyncHistory, target: LogEdges | null, source: LogEdges | null): boolean {
	const newest = syncAt(history, history.length - 1);
	const isPast = (offset: bigint, log: LogEdges | null): boolean => log !== null && offset >= log.end;
	return history.length > 0 && (isPast(newest.downstream, target) || isPast(newest.upstream, source));
}

/** A position from before the last cut: the record came from the cluster we move to, and is looked for among its syncs from there. */
function backHome(
	home: SyncHistory,
	position: bigint,
	{ pure, end }: { pure: boolean; end: bigint },
): Translation | null {
	const back = translateBack(home, position, { pure });
	if (!back) return null;
	const begins = laterStart(home, position);
	if (begins !== null && begins < back.offset) return fromLaterStart(begins, end);
	const { before, after } = bracketBack(home, position);
	const swapped = (sync: Sync | null): Sync | null => sync && { upstream: sync.downstream, downstream: sync.upstream };
	const above = end > back.offset ? end - back.offset : 0n;
	const rereadAtMost = back.rereadAtMost ?? above;
	const bracket: Bracket = { before: swapped(before), after: swapped(after), newest: true, horizon: 0n };
	const careful = before ? before.upstream + 1n : back.offset;
	const conservative =
		back.proof === 'exact' ? { offset: back.offset, rereadAtMost: 0n } : { offset: careful, rereadAtMost: above };
	return {
		...back,
		rereadAtMost,
		evidence: `from the opposite mirror: ${back.evidence}`,
		conservative,
		bracket,
		opposite: true,
	};
}

/** The topic there may be another one since, then no earlier sync says anything of it: all it holds since is read, some of it again. */
function fromLaterStart(offset: bigint, end: bigint): Translation {
	const conservative = { offset, rereadAtMost: end > offset ? end - offset : 0n };
	const bracket: Bracket = { before: null, after: null, newest: true, horizon: end };
	return { ...conservative, conservative, bracket, evidence: `the opposite mirror began again later, at ${offset}` };
}
