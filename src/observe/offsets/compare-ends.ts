import { factValue } from '../../domain/fact.ts';
import { forEachConcurrent } from '../../domain/for-each-concurrent.ts';
import { PartitionMap } from '../../domain/kafka/partition.ts';
import { compareTails, type TailMatch } from '../../domain/offsets/content.ts';
import type { PlaceFacts } from '../../domain/offsets/place.ts';
import { type Repeat, repeatsOf } from '../../domain/offsets/syncs.ts';
import { carefully, refine, type Translation } from '../../domain/offsets/translate.ts';
import { observeDrained } from '../drained.ts';
import type { MoveContext, Sides } from './context.ts';
import type { LocatedPartition } from './locate.ts';
import type { MirrorTraces } from './mirror-traces.ts';
import { whileItAnswers } from './read.ts';

/** Fourth stage: the position on the target, as the syncs say it and the records bear it out. */
export interface TranslatedPartition extends LocatedPartition, Pick<PlaceFacts, 'syncs' | 'noSyncs' | 'repeats'> {}

/** Pure. */
export function translatePartitions(located: readonly LocatedPartition[], traces: MirrorTraces): TranslatedPartition[] {
	const repeats = repeatsIn(traces);
	return located.map((one) => ({
		...one,
		syncs: borneOut(one),
		noSyncs: traces.why,
		repeats: (one.onSource && repeats.get(one.onSource)) ?? [],
	}));
}

/** By the partition's name on the source; with exactly-once what a killed worker had written is aborted, and is no second copy. */
const repeatsIn = ({ syncs, exactlyOnce }: MirrorTraces): PartitionMap<Repeat[]> =>
	exactlyOnce || !syncs ? new PartitionMap() : syncs.partitions.map(repeatsOf);

/** What counts between two syncs is believed only when the records there were read; a reading that contradicts it leaves MirrorMaker's own rule. */
function borneOut({ translation, position, content, window, late }: LocatedPartition): Translation | null {
	if (!translation || position === null) return translation;
	const differs = content.known === 'read' && content.value === null;
	if (differs && translation.opposite) return null;
	if (differs) return carefully(translation, ', because the records differ', late.lastStable);
	const read = factValue(window);
	if (read) return refine(translation, position, read);
	return content.known === 'read' ? translation : carefully(translation, '');
}

/** Last stage that reads: all a decision needs. */
export interface ComparedPartition extends TranslatedPartition, Pick<PlaceFacts, 'drained' | 'tail' | 'live'> {}

/** How much of a partition's end is compared record by record at most: beyond it, a checkpoint must do. */
const longestTail = 200_000n;
/** Partitions read at the same time. */
const atOnce = 4;

/** What the ends of both logs prove for groups whose records were not found otherwise. */
export async function comparePartitions(
	io: Sides,
	ctx: MoveContext,
	partitions: readonly TranslatedPartition[],
	{ moving: live, isolation }: Pick<MirrorTraces, 'moving' | 'isolation'>,
): Promise<ComparedPartition[]> {
	const open = partitions.filter(({ source, content }) => source !== null && factValue(content)?.rereadAtMost !== 0n);
	const compared =
		open.length > 0 && ctx.fromAlive ? await whileItAnswers(ctx, () => compareSides(io, ctx, open, isolation)) : null;
	return partitions.map((one) => ({
		...one,
		drained: compared?.drained.get(one) ?? null,
		tail: compared && wholeTail(one) ? (compared.tails.get(one)?.(one.source ?? 0n) ?? null) : null,
		live,
	}));
}

/** What retention took from the source would be left out of a comparison. */
const wholeTail = ({ source, sourceLog }: TranslatedPartition): boolean =>
	source !== null && (sourceLog === null || source >= sourceLog.logStart);

async function compareSides(
	io: Sides,
	ctx: MoveContext,
	open: readonly TranslatedPartition[],
	isolation: MirrorTraces['isolation'],
) {
	const at = io.world.clock.now();
	const states = await observeDrained(io.from, io.to, ctx.link);
	const drained = PartitionMap.from(
		[...states].flatMap(([where, state]): [typeof where, NonNullable<PlaceFacts['drained']>][] => {
			if (state.kind !== 'drained') return [];
			const { upTo, targetEnd } = state;
			return [[where, { known: state.by === 'record' ? 'read' : 'computed', value: { upTo, targetEnd }, at }]];
		}),
	);
	return { drained, tails: await readTails(io, open.filter(wholeTail), drained, isolation) };
}

/** Compares the ends of both logs, once per partition, from the slowest group on. Only drained partitions have identical ends. */
async function readTails(
	io: Sides,
	positions: readonly TranslatedPartition[],
	drained: PartitionMap<NonNullable<PlaceFacts['drained']>>,
	isolation: MirrorTraces['isolation'],
): Promise<PartitionMap<(position: bigint) => TailMatch>> {
	const slowest = new PartitionMap<bigint>();
	// What a mirror copied of aborted transactions is data on the target, and its ends are no copy of what a group reads.
	if (isolation === 'uncommitted') return new PartitionMap();
	for (const { topic, partition, source } of positions) {
		const end = factValue(drained.get({ topic, partition }))?.upTo;
		if (source === null || end === undefined || source >= end || end - source > longestTail) continue;
		const low = slowest.get({ topic, partition });
		if (low === undefined || source < low) slowest.set({ topic, partition }, source);
	}
	const compared = new PartitionMap<(position: bigint) => TailMatch>();
	await forEachConcurrent([...slowest], atOnce, async ([at, from]) => {
		const ends = factValue(drained.get(at));
		if (!ends) return;
		// Both ends are of the same look: what the mirror copies meanwhile must not shift one against the other.
		const span = ends.upTo - from;
		const start = ends.targetEnd > span ? ends.targetEnd - span : 0n;
		const [source, target] = await Promise.all([
			Array.fromAsync(io.from.records.read(at, from, ends.upTo, { isolation: 'committed' })),
			Array.fromAsync(io.to.records.read(at, start, ends.targetEnd, { isolation: 'committed' })),
		]);
		compared.set(at, compareTails(source, target));
	});
	return compared;
}
