import type { DecidablePartition } from '../../domain/offsets/decide.ts';
import type { Method } from '../../domain/offsets/params.ts';
import { bracketPartitions } from './bracket.ts';
import { lookUpByTime } from './by-time.ts';
import { comparePartitions } from './compare-ends.ts';
import type { MoveContext, Sides } from './context.ts';
import { observeIdentity } from './identical-records.ts';
import { locatePartitions } from './locate.ts';
import { type OffsetReading, readOffsets, whileItAnswers } from './read.ts';
import { type TranslatedPartition, translatePartitions } from './translate.ts';

/** Which groups and partitions, and how their offsets are chosen. */
export interface OffsetWish {
	group(id: string): boolean;
	partition(at: { topic: string; partition: number }): boolean;
	method: Method;
}

/** All stages that read: read → bracket → locate → translate → compare ends. What is decided from them reads nothing. */
export async function observeOffsets(
	io: Sides,
	ctx: MoveContext,
	wish: OffsetWish,
): Promise<{ reading: OffsetReading; partitions: DecidablePartition[] }> {
	const reading = await readOffsets(io, ctx, wish.group);
	const chosen = { ...reading, partitions: reading.partitions.filter(wish.partition) };
	const translated =
		(await whileItAnswers(ctx, () => translateAll(io, chosen))) ?? (await translateAll(io, withoutSource(chosen)));
	const compared = await comparePartitions(io, ctx, translated);
	const times = wish.method === 'timestamp' ? await lookUpByTime(io, compared) : null;
	const identity = wish.method === 'same' ? await observeIdentity(io, ctx, compared) : null;
	const partitions = compared.map((one) => ({
		...one,
		byTime: times?.get(one) ?? null,
		identity: identity?.get(one) ?? null,
	}));
	return { reading, partitions };
}

async function translateAll(io: Sides, reading: OffsetReading): Promise<TranslatedPartition[]> {
	const bracketed = await bracketPartitions(io, reading);
	return translatePartitions(await locatePartitions(io, bracketed, reading.traces.isolation), reading.traces);
}

/** The cluster we leave stopped answering: what is known of its logs leads nowhere. */
const withoutSource = (reading: OffsetReading): OffsetReading => ({
	...reading,
	partitions: reading.partitions.map((one) => ({ ...one, sourceLog: null })),
});
