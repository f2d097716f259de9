import { z } from 'zod';
import type { LinkConfig } from '../../domain/config/link.ts';
import { PartitionMap } from '../../domain/kafka/partition.ts';
import type { Outputs } from '../../domain/run/outputs.ts';
import { count, list, scopeGroups, scopePartitions } from '../estate.ts';
import { gateKind, type StepContext, type StepIo } from '../kind.ts';

const params = z.object({});

interface Facts {
	commits: Outputs['sourceCommits'];
	unreadable: string[];
}

/** Reads where every group stands on the cluster we leave, once nobody moves there any more. */
export const readCommits = gateKind<z.infer<typeof params>, Facts, 'sourceCommits'>({
	type: 'gate',
	kind: 'read-commits',
	purpose: 'read where every group stands on the cluster we leave',
	report: { phase: 'offsets' },
	params,
	produces: 'sourceCommits',
	observe: (_params, io, ctx) => readSourceCommits(io, ctx.link),
	check: ({ commits, unreadable }, _params, { move }) => [
		{
			code: 'commits-read',
			status: unreadable.length === 0 ? 'pass' : 'unknown',
			what: `commits on ${move.from}`,
			observed:
				unreadable.length === 0
					? `${count(groupsOf(commits), 'group')}, ${count(commits.length, 'partition')}`
					: `unreadable: ${list(unreadable)}`,
			wanted: 'all readable',
		},
	],
	summary: ({ commits }) => ({
		what: `${count(groupsOf(commits), 'group')}, ${count(commits.length, 'partition')}`,
		now: 'not read',
		after: 'read',
		undo: '-',
	}),
	waitMs: () => 30_000,
	output: ({ commits }) => commits,
});

/** True when this run has not read where groups stand once nobody moves there: a cluster that answers now serves its clients still. */
export const sentNobodyAway = ({ preview, output }: Pick<StepContext, 'preview' | 'output'>): boolean =>
	!preview && !output('sourceCommits');

const groupsOf = (commits: Facts['commits']): number => new Set(commits.map(({ group }) => group)).size;

export async function readSourceCommits(io: StepIo, link: LinkConfig): Promise<Facts> {
	const [groups, partitions] = await Promise.all([scopeGroups(io.from, link), scopePartitions(io.from, link)]);
	const inScope = PartitionMap.from(partitions.map((at) => [at, null]));
	const committed = await io.from.groups.committed(groups.map(({ id }) => id));
	const facts: Facts = { commits: [], unreadable: [] };
	for (const [group, item] of committed) {
		if (!item.ok) facts.unreadable.push(group);
		else for (const [at, commit] of item.value) if (inScope.has(at)) facts.commits.push({ group, ...at, ...commit });
	}
	return facts;
}
