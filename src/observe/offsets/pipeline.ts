import type { DecidablePartition } from '../../domain/offsets/decide.ts';
import { factValue } from '../../domain/offsets/group-partition.ts';
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
	const compared = await comparePartitions(io, ctx, translated, reading.traces.moving);
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
