import { z } from 'zod';
import type { PartitionMap } from '../../domain/kafka/partition.ts';
import type { Drained } from '../../domain/lag/drained.ts';
import { durationParam } from '../../domain/runbook/duration-param.ts';
import { count } from '../../domain/text.ts';
import { observeDrained } from '../../observe/drained.ts';
import { connectorPositions, logEnds } from '../by-hand.ts';
import { gateKind } from '../kind.ts';

const params = z.object({
	behind: z
		.number()
		.int()
		.nonnegative()
		.default(5_000)
		.describe('Records the mirror may be behind; the rest is drained after writers are fenced.'),
	within: durationParam({ least: 1 }).prefault('1h').describe('How long to wait at most.'),
});

/** Waits, while clients are active, until the mirror has nearly caught up: the outage starts only afterwards. */
export const mirrorCaughtUp = gateKind<z.infer<typeof params>, PartitionMap<Drained>>({
	type: 'gate',
	kind: 'mirror-caught-up',
	purpose: 'wait until the mirror has nearly caught up, before any client is stopped',
	report: { phase: 'catch up' },
	params,
	observe: (_params, io, { link }) => observeDrained(io.from, io.to, link),
	checkPlan: () => [],
	check(facts, { behind }) {
		const { records, unsure } = totals(facts);
		return [
			{
				code: 'mirror-caught-up',
				status: unsure > 0 ? 'unknown' : records > BigInt(behind) ? 'block' : 'pass',
				what: 'records on their way',
				observed:
					unsure > 0 ? `unknown in ${count(unsure, 'partition')}` : `at most ${records.toLocaleString('en-US')}`,
				wanted: `at most ${behind.toLocaleString('en-US')}`,
			},
		];
	},
	summary(facts, { behind }) {
		const { records, unsure } = totals(facts);
		const now = unsure > 0 ? 'behind: unknown' : `≤ ${records.toLocaleString('en-US')} behind`;
		return {
			what: count(facts.size, 'partition'),
			now,
			after: `≤ ${behind.toLocaleString('en-US')} behind`,
			undo: '-',
		};
	},
	byHand: ({ behind }, { link, move }) => ({
		commands: [logEnds(move.from, link), connectorPositions(move.to)],
		see: `log ends of ${move.from} minus the offsets of the source connector are at most ${behind.toLocaleString('en-US')} over all partitions`,
	}),
	waitMs: ({ within }) => within,
});

function totals(facts: PartitionMap<Drained>): { records: bigint; unsure: number } {
	let [records, unsure] = [0n, 0];
	for (const state of facts.values()) {
		if (state.kind === 'unknown') unsure++;
		if (state.kind === 'behind') records += state.atMost;
	}
	return { records, unsure };
}
