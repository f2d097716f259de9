import { z } from 'zod';
import { flapRule, hoursRule } from '../domain/plan/rules.ts';
import { foldRuns } from '../domain/run/fold.ts';
import { mergeRuns } from '../domain/run/order.ts';
import type { RunState } from '../domain/run/state.ts';
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
	async observe(_params, io, { link, fromAlive }) {
		const [ours, theirs] = await Promise.all([
			io.to.journal.read(link.name),
			// A move is not kept from happening by what the journal of a dying cluster might say.
			fromAlive ? io.from.journal.read(link.name).catch(() => []) : [],
		]);
		const runs = mergeRuns([ours, theirs].map((entries) => foldRuns(entries).runs));
		return { now: io.world.clock.now(), runs };
	},
	check: ({ now, runs }, _params, { link, move, run, consent }) => [
		hoursRule(link.rules ?? {}, move.mode, now),
		flapRule(link.rules ?? {}, runs, { move, run, now, consent }),
	],
	summary: () => ({ what: 'rules of the link', now: 'asked', after: 'kept', undo: '-' }),
	waitMs: () => 0,
});
