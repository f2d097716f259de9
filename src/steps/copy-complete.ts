import type { Check } from '../domain/check.ts';
import type { PartitionMap } from '../domain/kafka/partition.ts';
import { type CopyGap, copyGapText } from '../domain/lag/copy-gap.ts';
import type { Move } from '../domain/run/events.ts';
import { list } from '../domain/text.ts';

/** Nobody is moved onto copies that lack records: the mirror is past them and never brings them. */
export function copyCompleteCheck(gaps: PartitionMap<CopyGap>, { from, to }: Move): Check {
	const lacking = [...gaps].filter(([, gap]) => gap.kind !== 'not-compared');
	const texts = (lacking.length > 0 ? lacking : [...gaps]).map(([at, gap]) => copyGapText(at, gap));
	return {
		code: 'KDR_COPY_INCOMPLETE',
		status: lacking.length > 0 ? 'block' : gaps.size > 0 ? 'warn' : 'pass',
		what: `copies on ${to} of what is mirrored`,
		observed: list(texts) || 'none lacks a record',
		wanted: `all that ${from} still holds`,
		...(lacking.length > 0 && {
			hint: `mirror these topics from the start, or: --override KDR_COPY_INCOMPLETE=REASON`,
		}),
	};
}
