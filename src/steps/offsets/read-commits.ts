import { z } from 'zod';
import { count, list } from '../../domain/text.ts';
import { readSourceCommits, type SourceCommits } from '../../observe/offsets/commits.ts';
import { describeGroups } from '../by-hand.ts';
import { gateKind } from '../kind.ts';

const params = z.object({});

/** Reads the commits of every group on the cluster we leave, after the eviction. */
export const readCommits = gateKind<z.infer<typeof params>, SourceCommits, 'sourceCommits'>({
	type: 'gate',
	kind: 'read-commits',
	purpose: 'read the commits of every group on the cluster we leave',
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
	byHand: (_params, { move }) => ({
		commands: [describeGroups(move.from)],
		see: `the commits (CURRENT-OFFSET) of every group on ${move.from}; if they have moved since this export, export again`,
	}),
	waitMs: () => 30_000,
	output: ({ commits }) => commits,
});

const groupsOf = (commits: SourceCommits['commits']): number => new Set(commits.map(({ group }) => group)).size;
