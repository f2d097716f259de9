import type { RunState } from '../run/state.ts';
import type { ReportKinds } from './kind-report.ts';

/** A measured stretch of time, never shorter than the truth, or why there is none. */
export type Duration =
	| { kind: 'at-most'; ms: number; from: string; to: string; evidence: string }
	| { kind: 'unknown'; reason: string };

/** Milliseconds spent in steps, summed by phase. */
export function phasesOf(state: RunState, kinds: ReportKinds): { name: string; ms: number }[] {
	const sums = new Map<string, number>();
	for (const { step, startedAt, endedAt, outcome } of state.steps) {
		if (startedAt === undefined || endedAt === undefined || outcome === 'skipped') continue;
		const name = kinds.get(step.kind)?.report?.phase ?? step.kind;
		sums.set(name, (sums.get(name) ?? 0) + endedAt - startedAt);
	}
	return [...sums].map(([name, ms]) => ({ name, ms }));
}

/**
 * How long clients were without service: from the first effect that stops them (in a failover: from the start of the run, kdr does
 * not know when the cluster died) until the last step that lets them find the other cluster was proven.
 */
export function rtoOf(state: RunState, kinds: ReportKinds): Duration {
	if (state.undoes !== undefined)
		return { kind: 'unknown', reason: `the run takes run ${state.undoes} back; that one's report tells` };
	const role = (kind: string) => kinds.get(kind)?.report?.outage;
	const ends = state.steps.filter(({ step }) => role(step.kind) === 'ends');
	if (ends.length === 0) return { kind: 'unknown', reason: 'no step of this run moves clients' };
	const open = ends.find(({ status, outcome }) => status !== 'done' || outcome === 'skipped');
	if (open) return { kind: 'unknown', reason: `${open.step.id} is not done: clients may still be without service` };
	const start = outageStart(state, role);
	if (!start)
		return {
			kind: 'unknown',
			reason: 'no effect of this run stopped clients; they may have been without service before it',
		};
	const last = ends.reduce((latest, step) => ((step.endedAt ?? 0) > (latest.endedAt ?? 0) ? step : latest));
	return {
		kind: 'at-most',
		ms: (last.endedAt ?? start.at) - start.at,
		from: start.what,
		to: `${last.step.id} proven`,
		evidence: `times of the journal; ${state.move.mode === 'failover' ? 'how long the cluster was dead before, ' : ''}the return of clients, and the TTL they may still hold, come on top`,
	};
}

function outageStart(
	state: RunState,
	role: (kind: string) => string | undefined,
): { at: number; what: string } | undefined {
	if (state.move.mode === 'failover') return { at: state.startedAt, what: 'start of the run' };
	const starts = state.steps
		.filter(({ step, intentAt }) => role(step.kind) === 'starts' && intentAt !== undefined)
		.map(({ step, intentAt }) => ({ at: intentAt ?? 0, what: `first effect of ${step.id}` }));
	return starts.toSorted((a, b) => a.at - b.at)[0];
}
