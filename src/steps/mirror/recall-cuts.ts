import { z } from 'zod';
import { blockUnless } from '../../domain/check.ts';
import { PartitionMap } from '../../domain/kafka/partition.ts';
import { lastMove } from '../../domain/run/last-move.ts';
import { outputOf } from '../../domain/run/output-of.ts';
import type { Cut } from '../../domain/run/outputs.ts';
import { rebuiltSince } from '../../domain/run/rebuilt-since.ts';
import { count } from '../../domain/text.ts';
import { allRuns } from '../../observe/runs.ts';
import { readJournal } from '../by-hand.ts';
import { gateKind } from '../kind.ts';

const params = z.object({});

interface Facts {
	/** The last move of the link, on whichever side it was journalled. */
	last: { run: string; to: string; cuts: PartitionMap<Cut> | null } | null;
}

/**
 * Takes the cut from the journal of the move that brought the clients here. Log ends of now would not do: what was written
 * since the move would never be mirrored.
 */
export const recallCuts = gateKind<z.infer<typeof params>, Facts, 'cuts'>({
	type: 'gate',
	kind: 'recall-cuts',
	purpose: 'read from the journal where the old direction ended',
	report: { phase: 'offsets' },
	params,
	produces: 'cuts',
	async observe(_params, io, { link }) {
		const runs = await allRuns(io, link);
		const newest = lastMove(runs);
		if (!newest) return { last: null };
		// A mirror into a rebuilt cluster has begun at the start: there is no cut, and nothing to seed.
		const cuts = rebuiltSince(runs, newest) ? new PartitionMap<Cut>() : outputOf(newest, 'cuts');
		return { last: { run: newest.run, to: newest.move.to, cuts } };
	},
	check: ({ last }, _params, { move }) => {
		const known = last !== null && last.to === move.to && last.cuts !== null;
		return [
			blockUnless(known, {
				code: 'cut-known',
				what: `the cut of the move to ${move.to}`,
				observed:
					last === null
						? 'no move is journalled'
						: last.cuts
							? `run ${last.run} moved to ${last.to}`
							: `run ${last.run} recorded none`,
				wanted: `the last move went to ${move.to} and recorded its cut`,
				hint: 'without it a reversed mirror would double or miss records; kdr runs list',
			}),
		];
	},
	summary: ({ last }) => ({
		what: `cut of run ${last?.run ?? 'unknown'}, ${count(last?.cuts?.size ?? 0, 'partition')}`,
		now: 'journalled',
		after: 'recalled',
		undo: '-',
	}),
	byHand: (_params, { move }) => ({
		commands: [readJournal(move.to), readJournal(move.from)],
		see: `the last move went to ${move.to}, and its entries hold the cut of every partition`,
	}),
	waitMs: () => 0,
	output: ({ last }) => last?.cuts ?? new PartitionMap(),
});
