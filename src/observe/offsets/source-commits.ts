import type { LinkConfig } from '../../domain/config/link.ts';
import { PartitionMap } from '../../domain/kafka/partition.ts';
import type { Outputs } from '../../domain/run/outputs.ts';
import { scopeGroups, scopePartitions } from '../scope.ts';
import type { MoveFacts, Sides } from './context.ts';

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
	const committed = await from.groups.committed(groups.map(({ id }) => id));
	const found: SourceCommits = { commits: [], unreadable: [], reasons: new Map() };
	for (const [group, item] of committed) {
		if (!item.ok) {
			found.unreadable.push(group);
			found.reasons.set(group, item.error.message);
		} else for (const [at, commit] of item.value) if (inScope.has(at)) found.commits.push({ group, ...at, ...commit });
	}
	return found;
}
