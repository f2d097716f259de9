import type { LinkConfig } from '../../domain/config/link.ts';
import { unlessBug } from '../../domain/errors/kdr-error.ts';
import { splitItems } from '../../domain/item.ts';
import { PartitionMap } from '../../domain/kafka/partition.ts';
import { type Kept, lastSet } from '../../domain/offsets/retention.ts';
import { foldRuns } from '../../domain/run/fold.ts';
import type { Outputs } from '../../domain/run/outputs.ts';
import type { CommittedOffset } from '../../ports/group-offsets.ts';
import type { Side } from '../../ports/world.ts';
import { scopeGroups, scopePartitions } from '../scope.ts';
import type { MoveFacts, Sides } from './context.ts';

/** What groups have committed on one cluster. */
export type Committed = ReadonlyMap<string, PartitionMap<CommittedOffset>>;

/** What groups have committed, and those whose commits could not be read. */
export async function readCommitted(
	side: Side,
	groups: readonly string[],
): Promise<{ committed: Map<string, PartitionMap<CommittedOffset>>; unreadable: string[] }> {
	const { read, failed } = splitItems(await side.groups.committed(groups));
	return { committed: new Map(read), unreadable: failed.map(([group]) => group) };
}

export interface SourceCommits {
	commits: Outputs['sourceCommits'];
	/** Groups whose commits could not be read. */
	unreadable: string[];
	/** Why, by group. */
	reasons: Map<string, string>;
}

/** True when this run has not read the groups' positions after the eviction: a cluster that answers now serves its clients still. */
export const sentNobodyAway = ({ preview, output }: Pick<MoveFacts, 'preview' | 'output'>): boolean =>
	!preview && !output('sourceCommits');

/** The commits of every group of the link on the cluster we leave. */
export async function readSourceCommits({ from }: Pick<Sides, 'from'>, link: LinkConfig): Promise<SourceCommits> {
	const [groups, partitions] = await Promise.all([scopeGroups(from, link), scopePartitions(from, link)]);
	const inScope = PartitionMap.from(partitions.map((at) => [at, null]));
	const { read, failed } = splitItems(await from.groups.committed(groups.map(({ id }) => id)));
	return {
		commits: read.flatMap(([group, commits]) =>
			[...commits].flatMap(([at, commit]) => (inScope.has(at) ? [{ group, ...at, ...commit }] : [])),
		),
		unreadable: failed.map(([group]) => group),
		reasons: new Map(failed.map(([group, { message }]) => [group, message])),
	};
}

/** What is known of how long offsets live on one cluster. A retention that cannot be read is no failure. */
export async function observeKept(side: Side, link: LinkConfig): Promise<Kept> {
	const [retention, entries] = await Promise.all([
		side.cluster.offsetRetentionMs().then(
			(retentionMs) => ({ retentionMs, why: null }),
			(thrown: unknown) => {
				const error = unlessBug(thrown);
				return { retentionMs: null, why: error.message };
			},
		),
		side.journal.read(link.name),
	]);
	return { ...retention, setAt: lastSet(foldRuns(entries).runs) };
}
