import { PartitionMap } from '../../domain/kafka/partition.ts';
import { factValue } from '../../domain/offsets/group-partition.ts';
import type { PlaceFacts } from '../../domain/offsets/place.ts';
import { type Repeat, repeatsOf } from '../../domain/offsets/syncs.ts';
import type { Translation } from '../../domain/offsets/translate.ts';
import { doubted, refine } from '../../domain/offsets/window.ts';
import type { LocatedPartition } from './locate.ts';
import type { MirrorTraces } from './mirror-traces.ts';

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

function borneOut({ translation, position, content, window }: LocatedPartition): Translation | null {
	if (!translation || position === null) return translation;
	const read = factValue(window);
	const counted = read ? refine(translation, position, read) : translation;
	const denied = content.known === 'read' && content.value === null && counted.proof === 'exact';
	return denied ? doubted(counted, 'but the records differ') : counted;
}
