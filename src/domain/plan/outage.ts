import type { ReportKinds } from '../report/kind-report.ts';
import { rtoOf } from '../report/times.ts';
import type { Hold, Move } from '../run/events.ts';
import type { RunState } from '../run/state.ts';
import type { PlannedStep } from './planned-step.ts';

/** What is known, before a move, of how long its clients will be without service. No part is the whole: what they leave out is named. */
export type OutageEstimate =
	| { kind: 'unknown'; reason: string }
	| {
			kind: 'parts';
			/** What stops clients, and what lets them find the other cluster: the stretch that the parts are about. */
			from: string;
			to: string;
			/** The same stretch of earlier moves of this kind, newest first; at most, by their journals. */
			measured: { run: string; from: string; to: string; at: string; atMostMs: number }[];
			/** Why earlier moves could not be read; null: they were. */
			unread: string | null;
			/** Deadlines of the waits in that stretch, summed. When one has passed the run halts, and clients stay without service. */
			waits: { atMostMs: number; steps: { step: string; atMostMs: number }[] };
			/** How long clients may use the old answer afterwards, ms; null: unknown. */
			cachedMs: number | null;
			/** What none of the numbers holds. */
			notIncluded: string[];
	  };

interface Planned {
	move: Move;
	plan: readonly PlannedStep[];
	hold?: Hold | undefined;
	/** Runs of the link, oldest first; or why they could not be read. */
	history: readonly RunState[] | { why: string };
	kinds: ReportKinds;
}

/** How many earlier moves are shown. */
const most = 3;

/** Pure; null for a plan that neither stops clients nor moves them. */
export function estimateOutage({ move, plan, hold, history, kinds }: Planned): OutageEstimate | null {
	if (move.mode === 'change') return null;
	const role = ({ step: { kind }, status }: PlannedStep) =>
		status === 'skipped' ? undefined : kinds.get(kind)?.report?.outage;
	const last = plan.findLastIndex((planned) => role(planned) === 'ends');
	const stops = plan.findIndex((planned) => role(planned) === 'starts');
	if (last < 0) return stops < 0 ? null : { kind: 'unknown', reason: 'no step of this plan moves clients' };
	const first = move.mode === 'failover' ? 0 : stops;
	const begins = plan[first];
	if (!begins || first > last)
		return { kind: 'unknown', reason: 'no step of this plan stops clients before they are moved' };
	if (move.mode !== 'failover' && begins.status === 'already')
		return { kind: 'unknown', reason: `clients were stopped before: ${begins.summary.what}, ${begins.summary.after}` };
	const between = plan.slice(first, last + 1);
	const held = hold !== undefined && between.some(({ step }) => step.pointOfNoReturn);
	const steps = [
		...between.map(({ step, time }) => ({ step: step.id, atMostMs: time?.waitsMs ?? 0 })),
		...(held ? [{ step: 'hold', atMostMs: hold.forMs ?? 0 }] : []),
	].filter(({ atMostMs }) => atMostMs > 0);
	return {
		kind: 'parts',
		from: move.mode === 'failover' ? 'start of the run' : `first effect of ${begins.step.id}`,
		to: `${plan[last]?.step.id} proven`,
		measured: 'why' in history ? [] : measuredIn(history, move, kinds),
		unread: 'why' in history ? history.why : null,
		waits: { atMostMs: steps.reduce((sum, { atMostMs }) => sum + atMostMs, 0), steps },
		cachedMs: plan[last]?.time?.cachedMs ?? null,
		notIncluded: [
			...(move.mode === 'failover' ? [`how long ${move.from} was dead before`] : []),
			'calls to the clusters between the waits',
			...between.filter(({ time }) => time?.person).map(({ step }) => `how long a person takes at ${step.id}`),
			...(held && hold.forMs === undefined ? ['how long the run is held before its point of no return'] : []),
			'how long clients take to connect again',
		],
	};
}

function measuredIn(runs: readonly RunState[], { link, mode }: Move, kinds: ReportKinds) {
	return runs
		.filter(({ move, ended }) => move.link === link && move.mode === mode && ended?.result === 'done')
		.toReversed()
		.flatMap((state) => {
			const rto = rtoOf(state, kinds);
			if (rto.kind === 'unknown') return [];
			const { run, move, startedAt } = state;
			return [{ run, from: move.from, to: move.to, at: new Date(startedAt).toISOString(), atMostMs: rto.ms }];
		})
		.slice(0, most);
}
