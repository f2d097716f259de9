/** Where one partition's log begins and ends. */
interface Edges {
	logStart: bigint;
	end: bigint;
	lastStable: bigint;
}

/** One partition on both sides of a mirror, by offsets alone. */
export interface Copy {
	source: Edges;
	target: Edges;
	/** Offset of the last record the mirror says it copied; null: not known. */
	position: bigint | null;
}

/** What a copy lacks of the records before the mirrored position that its original still holds; nothing will ever bring them. */
export type CopyGap =
	| {
			kind: 'lacks';
			atMost: bigint;
			/** Offsets of the original, [from, to); null: not one stretch. */
			from: bigint | null;
			to: bigint | null;
			evidence: string;
	  }
	| { kind: 'unknown'; why: string }
	/** Too long to compare; nothing hints that it lacks anything. */
	| { kind: 'not-compared'; why: string };

/**
 * What the offsets of both logs say. `complete`: the original holds nothing, nothing was mirrored yet, or the copy's own retention has removed its
 * beginning, and with it everything older. `as-many`: the copy has as many as the original has up to the mirrored position; that is all of them if both
 * begin with the same record. `other`: more or fewer, because of markers, compaction, retention, records on their way, or records that are missing.
 */
export function countsOf(
	{ source, target, position }: Copy,
	{ markers }: { markers: boolean },
): 'complete' | 'as-many' | 'other' {
	if (source.end === source.logStart || target.logStart > 0n) return 'complete';
	if (target.end === 0n && (position === null || position < source.logStart)) return 'complete';
	return !markers && position !== null && target.end === position + 1n - source.logStart ? 'as-many' : 'other';
}

/** Of a copy that holds nothing: all up to the position. Without one nothing was mirrored yet, which is not this finding. */
export function lacksAll(first: bigint, position: bigint | null, alias: string): CopyGap | null {
	if (position === null) return null;
	const evidence = `${alias} holds none of what is mirrored up to offset ${position}: deleted there and created again`;
	return { kind: 'lacks', atMost: position + 1n - first, from: first, to: position + 1n, evidence };
}

/** e.g. `orders 0 lacks at most 20,328 records: begins with …`. */
export function copyGapText({ topic, partition }: { topic: string; partition: number }, gap: CopyGap): string {
	const name = `${topic} ${partition}`;
	return gap.kind !== 'lacks'
		? `${name}: ${gap.why}`
		: `${name} lacks at most ${gap.atMost.toLocaleString('en-US')} ${gap.atMost === 1n ? 'record' : 'records'}: ${gap.evidence}`;
}

/** null: not known. */
export const sumOfGaps = (gaps: Iterable<CopyGap>): bigint | null => {
	let sum = 0n;
	for (const gap of gaps) {
		if (gap.kind === 'unknown') return null;
		if (gap.kind === 'lacks') sum += gap.atMost;
	}
	return sum;
};
