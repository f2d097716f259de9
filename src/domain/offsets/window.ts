import type { Fingerprint } from './content.ts';
import type { Sync } from './syncs.ts';
import { carefully, type Translation } from './translate.ts';

/** What lies between two syncs on the target, read there. */
export interface TargetWindow {
	/** Data records after the earlier sync's, up to and including the later sync's own. */
	inside: readonly Fingerprint[];
	/** At least as many data records before the window, or all there are; null: not readable any more. */
	earlier: readonly Fingerprint[] | null;
}

/** The translation as what was read between its two syncs bears it out. */
export function refine(translation: Translation, position: bigint, window: TargetWindow): Translation {
	const { before, after, newest, horizon } = translation.bracket;
	if (!before || !after || position === before.upstream) return translation;
	const counted = translateCounted(before, after, position, window);
	// A restart may hide behind records that are equal anyway, and then neither bound is one.
	if (!counted) return carefully(translation, ', because records repeat');
	// A later lifetime began before the position was reached again: the stretch in between is on the target more than once.
	const rereadAtMost = horizon > counted.offset ? horizon - counted.offset : 0n;
	return newest ? { ...translation, ...counted } : { ...translation, ...counted, rereadAtMost };
}

/**
 * Translates by what the target itself holds between two syncs: markers are no data and do not count, and a record that
 * occurs once is no duplicate, so that counting back from the later sync needs no premise about markers, gaps or lost syncs. Nothing
 * is read again when every offset between the syncs is there. null: the window repeats itself, and equal records cannot be distinguished from a restart.
 */
function translateCounted(
	before: Sync,
	after: Sync,
	position: bigint,
	{ inside, earlier }: TargetWindow,
): Pick<Translation, 'offset' | 'rereadAtMost' | 'evidence'> | null {
	const seen = new Set(inside.map(({ print }) => print));
	const whole = inside.at(-1)?.offset === after.downstream;
	if (!whole || seen.size !== inside.length || position <= before.upstream || position > after.upstream) return null;
	// Copies of what came before the window would be the first of a restart; the second lot then lies in the window.
	const clean = earlier !== null && !earlier.some(({ print }) => seen.has(print));
	const last = inside.length - 1;
	const index = Math.max(0, last - Number(after.upstream - position));
	const offset = inside[index]?.offset ?? after.downstream;
	const full = BigInt(inside.length) === after.upstream - before.upstream;
	const where = `${last} records between syncs ${before.upstream} → ${before.downstream} and ${after.upstream} → ${after.downstream}`;
	if (full && clean) return { offset, rereadAtMost: 0n, evidence: `every offset is there: ${where}` };
	const above = BigInt(last - index);
	const below = position - before.upstream - 1n - BigInt(index);
	return {
		offset,
		rereadAtMost: clean && below < above ? below : above,
		evidence: `counted: ${where}`,
	};
}
