import { z } from 'zod';
import type { Check } from '../../domain/check.ts';
import { PartitionMap, partitionName } from '../../domain/kafka/partition.ts';
import type { Drained } from '../../domain/lag/drained.ts';
import { unmirroredAccepted } from '../../domain/mirror/unmirrored.ts';
import { durationParam } from '../../domain/runbook/duration-param.ts';
import { count, list } from '../../domain/text.ts';
import { observeDrained } from '../../observe/drained.ts';
import { connectorPositions, logEnds } from '../by-hand.ts';
import { gateKind } from '../kind.ts';

const params = z.object({
	within: durationParam({ least: 1 }).prefault('5m').describe('How long to wait at most.'),
});

type Facts = PartitionMap<Drained>;

/** Waits until every data record of the cluster we leave is on the cluster we move to. */
export const drain = gateKind<z.infer<typeof params>, Facts>({
	type: 'gate',
	kind: 'drain',
	purpose: 'wait until everything written is mirrored',
	params,
	refusesPlan: true,
	observe: (_params, io, ctx) => observeDrained(io.from, io.to, ctx.link),
	check: (all, _params, { consent }) => [drainedCheck(withoutAccepted(all, consent))],
	/** What is behind while the mirror runs is no finding; a log that cannot be read is one already. */
	checkPlan(all, _params, { consent }) {
		const unread = [...withoutAccepted(all, consent)].filter(
			([, state]) => state.kind === 'unknown' && state.unreadable,
		);
		return unread.length > 0 ? [drainedCheck(PartitionMap.from(unread))] : [];
	},
	summary(facts) {
		const states = [...facts.values()];
		const records = states.reduce((sum, state) => sum + (state.kind === 'behind' ? state.atMost : 0n), 0n);
		const unsure = states.some(({ kind }) => kind === 'unknown');
		return {
			what: count(facts.size, 'partition'),
			now: unsure ? 'behind: unknown' : `≤ ${records.toLocaleString('en-US')} behind`,
			after: 'drained',
			undo: '-',
		};
	},
	byHand: (_params, { link, move }) => ({
		commands: [logEnds(move.from, link), connectorPositions(move.to)],
		see: `for every partition the offset of the source connector + 1 is the log end of ${move.from}, or only transaction markers lie between`,
	}),
	waitMs: ({ within }) => within,
});

function drainedCheck(facts: Facts): Check {
	const behind = [...facts].filter(([, state]) => state.kind === 'behind');
	const unsure = [...facts].flatMap(([at, state]) =>
		state.kind === 'unknown' ? [`${partitionName(at)}: ${state.reason}`] : [],
	);
	const records = behind.reduce((sum, [, state]) => sum + (state.kind === 'behind' ? state.atMost : 0n), 0n);
	const first = [...facts.values()].find((state) => state.kind === 'drained');
	return {
		code: 'KDR_NOT_DRAINED',
		status: unsure.length > 0 ? 'unknown' : behind.length > 0 ? 'block' : 'pass',
		what: 'records still on their way',
		observed:
			unsure.length > 0
				? `unknown: ${list(unsure)}`
				: behind.length > 0
					? `at most ${records} in ${count(behind.length, 'partition')}`
					: `none in ${count(facts.size, 'partition')}${first?.kind === 'drained' ? `: ${first.evidence}` : ''}`,
		wanted: 'none',
	};
}

/** Without the partitions that were never mirrored and whose records are lost by consent. One that cannot be read is not among them. */
export function withoutAccepted(
	facts: PartitionMap<Drained>,
	consent: Readonly<Record<string, string>>,
): PartitionMap<Drained> {
	const accepted = unmirroredAccepted(consent);
	return PartitionMap.from([...facts].filter(([at, state]) => !(isUnmirrored(state) && accepted(at))));
}

const isUnmirrored = (state: Drained): boolean => state.kind === 'unknown' && !state.unreadable;
