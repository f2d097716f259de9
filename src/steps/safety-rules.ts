import { z } from 'zod';
import { formatDuration } from '../domain/config/duration.ts';
import type { LinkConfig } from '../domain/config/link.ts';
import { defaultAntiFlap, flapRule, hoursRule } from '../domain/plan/rules.ts';
import type { Move } from '../domain/run/events.ts';
import type { RunState } from '../domain/run/state.ts';
import { runsForMove } from '../observe/runs.ts';
import { readJournal } from './by-hand.ts';
import { gateKind } from './kind.ts';
import { withOverrideHint } from './override-hint.ts';

const params = z.object({});

interface Facts {
	now: number;
	runs: RunState[];
}

/** What the rules of the link ask of this moment. */
function byHandRules(
	{ rules: { forbiddenHours = [], antiFlap = defaultAntiFlap } = {} }: LinkConfig,
	{ mode }: Move,
): string {
	if (mode !== 'failover')
		return forbiddenHours.length > 0
			? `the time (UTC) is outside ${forbiddenHours.join(', ')}`
			: 'the last runs of the link; no hours are forbidden';
	return antiFlap > 0
		? `no failover of the link ended within the last ${formatDuration(antiFlap)}`
		: 'the last runs of the link';
}

/** Asks the rules of the link; each is overridden by its id alone, with a reason. */
export const safetyRules = gateKind<z.infer<typeof params>, Facts>({
	type: 'gate',
	kind: 'safety-rules',
	role: 'keeps-rules',
	purpose: 'check the safety rules of the link',
	report: { phase: 'checks' },
	params,
	async observe(_params, io, ctx) {
		const runs = await runsForMove(io, ctx);
		return { now: io.world.clock.now(), runs };
	},
	check: ({ now, runs }, _params, { link, move, run, consent }) =>
		[hoursRule(link.rules ?? {}, move.mode, now), flapRule(link.rules ?? {}, runs, { move, run, now, consent })].map(
			withOverrideHint,
		),
	summary: () => ({ what: 'rules of the link', now: 'asked', after: 'kept', undo: '-' }),
	byHand: (_params, { link, move }) => ({
		commands: ['date -u', readJournal(move.to)],
		see: byHandRules(link, move),
	}),
	waitMs: () => 0,
});
