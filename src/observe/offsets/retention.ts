import type { LinkConfig } from '../../domain/config/link.ts';
import { asKdrError } from '../../domain/errors/kdr-error.ts';
import { type Kept, lastSet } from '../../domain/offsets/retention.ts';
import { foldRuns } from '../../domain/run/fold.ts';
import type { Side } from '../../ports/world.ts';

/** What is known of how long offsets live on one cluster. A retention that cannot be read is no failure. */
export async function observeKept(side: Side, link: LinkConfig): Promise<Kept> {
	const [retention, entries] = await Promise.all([
		side.cluster.offsetRetentionMs().then(
			(retentionMs) => ({ retentionMs, why: null }),
			(thrown: unknown) => {
				const error = asKdrError(thrown);
				if (error.code === 'KDR_BUG') throw thrown;
				return { retentionMs: null, why: error.message };
			},
		),
		side.journal.read(link.name),
	]);
	return { ...retention, setAt: lastSet(foldRuns(entries).runs) };
}
