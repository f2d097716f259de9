import { PartitionMap } from '../../domain/kafka/partition.ts';
import { factValue } from '../../domain/offsets/group-partition.ts';
import type { PlaceFacts } from '../../domain/offsets/place.ts';
import { type Repeat, repeatsOf } from '../../domain/offsets/syncs.ts';
import { carefully, type Translation } from '../../domain/offsets/translate.ts';
import { refine } from '../../domain/offsets/window.ts';
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

/** What counts between two syncs is believed only when the records there were read; a reading that contradicts it leaves MirrorMaker's own rule. */
function borneOut({ translation, position, content, window }: LocatedPartition): Translation | null {
	if (!translation || position === null) return translation;
	if (content.known === 'read' && content.value === null) return carefully(translation, ', because the records differ');
	const read = factValue(window);
	if (read) return refine(translation, position, read);
	return content.known === 'read' ? translation : carefully(translation, '');
}
