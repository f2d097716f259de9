import { z } from 'zod';
import type { Check } from '../../domain/check.ts';
import { formatDuration } from '../../domain/config/duration.ts';
import type { LagView } from '../../domain/lag/view.ts';
import { durationParam } from '../../domain/runbook/duration-param.ts';
import { count } from '../../domain/text.ts';
import { observeLag } from '../../observe/lag.ts';
import { connectorPositions, logEnds } from '../by-hand.ts';
import { gateKind } from '../kind.ts';

const params = z.strictObject({
	limit: durationParam().prefault('30s').describe('How far the mirror may be behind at most.'),
	within: durationParam().prefault('30s').describe('How long to wait for that at most.'),
});

/** Waits until mirror lag is below the limit. */
export const lagWithin = gateKind<z.infer<typeof params>, LagView>({
	type: 'gate',
	kind: 'lag-within',
	formerParams: { seconds: { name: 'limit', value: (given) => (typeof given === 'number' ? `${given}s` : given) } },
	purpose: 'wait until mirror lag is below the limit',
	report: { phase: 'checks' },
	params,
	observe: (_params, io, { link, move }) => observeLag(io.world, link, move.from, move.to),
	check({ behind, behindMs }, { limit }): Check[] {
		const known = behindMs.kind !== 'unknown';
		return [
			{
				code: 'lag-within',
				status: !known ? 'unknown' : behindMs.value <= limit ? 'pass' : 'block',
				what: 'how far the mirror is behind',
				observed: known ? describeLag(behindMs.value, behind) : `unknown: ${behindMs.reason}`,
				wanted: `at most ${formatDuration(limit)}`,
				hint: 'kdr lag',
			},
		];
	},
	summary: ({ topics, behind, behindMs }, { limit }) => ({
		what: `mirror of ${count(topics.length, 'topic')}`,
		now: behindMs.kind === 'unknown' ? 'unknown' : describeLag(behindMs.value, behind),
		after: `at most ${formatDuration(limit)}`,
		undo: '-',
	}),
	byHand: ({ limit }, { link, move }) => ({
		commands: [logEnds(move.from, link), `sleep ${limit / 1_000}`, connectorPositions(move.to)],
		see: `for every partition the offset of the source connector + 1 has reached the log end of ${formatDuration(limit)} before`,
	}),
	waitMs: ({ within }) => within,
});

const describeLag = (ms: number, behind: LagView['behind']): string =>
	`at most ${(Math.ceil(ms / 100) / 10).toFixed(1)} s, ${behind.kind === 'unknown' ? 'records unknown' : count(behind.value, 'record')}`;
