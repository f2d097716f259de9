import { z } from 'zod';
import { type OutputName, type Outputs, outputSchemas } from '../run/outputs.ts';
import type { RunState } from '../run/state.ts';

/** What is lost at most if the cluster that was left never comes back. */
export type LossClaim =
	| { kind: 'at-most'; records: string | null; ms: number | null; evidence: string; worst: string | null; step: string }
	| { kind: 'unknown'; reason: string };

/** What consumers read again at most. */
export type RereadClaim =
	| {
			kind: 'at-most';
			records: string;
			groups: number;
			exact: number;
			bounded: number;
			worst: { group: string; records: string | null }[];
			evidence: string;
			step: string;
	  }
	| { kind: 'unknown'; reason: string; step?: string };

export function lossClaim(state: RunState): LossClaim {
	const found = outputOf(state, 'loss');
	if (!found) return { kind: 'unknown', reason: 'no step of this run stated it' };
	const { recordsAtMost, msAtMost, evidence, worst } = found.value;
	if (recordsAtMost === null && msAtMost === null) return { kind: 'unknown', reason: evidence };
	return {
		kind: 'at-most',
		records: recordsAtMost?.toString() ?? null,
		ms: msAtMost,
		evidence,
		worst,
		step: found.step,
	};
}

export function rereadClaim(state: RunState): RereadClaim {
	const found = outputOf(state, 'offsetTotals');
	if (!found) return { kind: 'unknown', reason: 'no step of this run set offsets' };
	const { groups, partitions, exact, bounded, unknown, rereadAtMost, worst } = found.value;
	if (rereadAtMost === null) {
		return {
			kind: 'unknown',
			reason: `${unknown} of ${partitions} positions have no provable counterpart`,
			step: found.step,
		};
	}
	return {
		kind: 'at-most',
		records: String(rereadAtMost),
		groups,
		exact,
		bounded,
		worst: worst.map((one) => ({ group: one.group, records: one.rereadAtMost?.toString() ?? null })),
		evidence: `${partitions} positions: ${exact} exact, ${bounded} bounded, ${unknown} unknown`,
		step: found.step,
	};
}

/** The last output of that name; one that cannot be read counts as none. */
function outputOf<N extends OutputName>(state: RunState, name: N): { step: string; value: Outputs[N] } | undefined {
	for (const { step, output } of state.steps.toReversed()) {
		if (output?.name !== name) continue;
		const decoded = z.safeDecode(outputSchemas[name] as z.ZodType, output.value);
		if (decoded.success) return { step: step.id, value: decoded.data as Outputs[N] };
	}
	return undefined;
}
