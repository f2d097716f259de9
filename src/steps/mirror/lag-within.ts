import { z } from 'zod';
import type { Check } from '../../domain/check.ts';
import type { LagView } from '../../domain/lag/view.ts';
import { count } from '../estate.ts';
import { gateKind } from '../kind.ts';
import { observeLag } from './lag-facts.ts';

const params = z.strictObject({
	seconds: z.number().int().nonnegative().default(30).describe('How far the mirror may be behind at most.'),
	within: z.number().int().nonnegative().default(30_000).describe('Milliseconds to wait for that at most.'),
});

/** Waits until the mirror is hardly behind. */
export const lagWithin = gateKind<z.infer<typeof params>, LagView>({
	type: 'gate',
	kind: 'lag-within',
	purpose: 'see that the mirror is hardly behind',
	report: { phase: 'checks' },
	params,
	observe: (_params, io, { link, move }) => observeLag(io.world, link, move.from, move.to),
	check({ behind, behindMs }, { seconds }): Check[] {
		const known = behindMs.kind !== 'unknown';
		return [
			{
				code: 'lag-within',
				status: !known ? 'unknown' : behindMs.value <= seconds * 1_000 ? 'pass' : 'block',
				what: 'how far the mirror is behind',
				observed: known ? told(behindMs.value, behind) : `unknown: ${behindMs.reason}`,
				wanted: `at most ${seconds} s`,
				hint: 'kdr lag',
			},
		];
	},
	summary: ({ topics, behind, behindMs }, { seconds }) => ({
		what: `mirror of ${count(topics.length, 'topic')}`,
		now: behindMs.kind === 'unknown' ? 'unknown' : told(behindMs.value, behind),
		after: `at most ${seconds} s`,
		undo: '-',
	}),
	waitMs: ({ within }) => within,
});

const told = (ms: number, behind: LagView['behind']): string =>
	`at most ${(Math.ceil(ms / 100) / 10).toFixed(1)} s, ${behind.kind === 'unknown' ? 'records unknown' : count(behind.value, 'record')}`;
