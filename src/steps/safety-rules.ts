import { z } from 'zod';
import { flapRule, hoursRule } from '../domain/plan/rules.ts';
import type { RunState } from '../domain/run/state.ts';
import { runsForMove } from '../observe/runs.ts';
import { gateKind } from './kind.ts';

const params = z.object({});

interface Facts {
	now: number;
	runs: RunState[];
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
	check: ({ now, runs }, _params, { link, move, run, consent }) => [
		hoursRule(link.rules ?? {}, move.mode, now),
		flapRule(link.rules ?? {}, runs, { move, run, now, consent }),
	],
	summary: () => ({ what: 'rules of the link', now: 'asked', after: 'kept', undo: '-' }),
	waitMs: () => 0,
});
