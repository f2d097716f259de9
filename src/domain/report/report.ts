import type { Check } from '../check.ts';
import { overridesOf } from '../plan/override.ts';
import type { ItemFailure, JournalEntry, Move, Operator, StepError, StepOutcome, StepSummary } from '../run/events.ts';
import { foldRuns } from '../run/fold.ts';
import type { RunState, StepState } from '../run/state.ts';
import { type LossClaim, lossClaim, type RereadClaim, rereadClaim } from './claims.ts';
import type { ReportKinds } from './kind-report.ts';
import { type NotChecked, notChecked } from './not-checked.ts';
import { type Duration, phasesOf, rtoOf } from './times.ts';

export interface ReportStep {
	id: string;
	kind: string;
	status: StepState['status'];
	outcome: StepOutcome | null;
	/** ISO 8601, UTC; of the last attempt. */
	start: string | null;
	end: string | null;
	ms: number | null;
	summary: StepSummary | null;
	/** The evidence. */
	checks: Check[];
	failures: ItemFailure[];
	error: StepError | null;
	/** Failed attempts that were made again. */
	retried: { at: string; error: StepError }[];
	pointOfNoReturn: boolean;
	/** The step stopped between its intent and its proof. */
	worldMayHaveChanged: boolean;
}

/** The report of a run, from its journal; JSON as it is (int64 as decimal strings). */
export interface Report {
	schema: 'kdr.report/1';
	run: string;
	move: Move;
	command: string;
	startedBy: Operator;
	/** Who did the last thing. */
	operator: Operator;
	/** Everybody who resumed it. */
	resumed: { at: string; operator: Operator; takeover?: string }[];
	startedAt: string;
	endedAt: string | null;
	/** Start of the run to its last event; pauses between halt and resume included. */
	ms: number;
	/** `open` while it has not ended. */
	result: 'done' | 'incomplete' | 'halted' | 'interrupted' | 'refused' | 'open';
	exit: number | null;
	error: StepError | null;
	steps: ReportStep[];
	/** Time in steps, by phase, in order of first appearance. */
	phases: { name: string; ms: number }[];
	/** How long clients could not work, as far as kdr can know. */
	rto: Duration;
	loss: LossClaim;
	reread: RereadClaim;
	/** Items that were refused or failed, by step. */
	failures: ({ step: string } & ItemFailure)[];
	notChecked: NotChecked[];
	/** Steps of this run whose effect stops clients, and when each began; those of a run that undoes another are not among them. */
	fenced: { step: string; since: string; what: string }[];
	/** Set when the journal holds events this version does not understand: then the report is not whole. */
	unreadable: string | null;
	goOn: string | null;
	/** The run that this one undoes. */
	undoes: string | null;
	/** Findings that were overridden, by id, and why. */
	overrides: { code: string; reason: string }[];
	/** Hooks that ran because it halted; `error` null: to their end. */
	hooks: { at: string; hook: string; what: string; error: StepError | null }[];
	/** Who let it past its point of no return, where it was held. */
	released: { at: string; by: Operator } | null;
}

/** Pure: the report of the run the entries belong to; undefined when its start cannot be read. */
export function report(entries: readonly JournalEntry[], kinds: ReportKinds): Report | undefined {
	const [state] = foldRuns(entries).runs;
	if (!state) return undefined;
	const last = state.ended?.at ?? state.lastAt;
	const result = state.ended?.result ?? 'open';
	return {
		schema: 'kdr.report/1',
		run: state.run,
		move: state.move,
		command: state.command,
		startedBy: state.startedBy,
		operator: state.operator,
		resumed: state.resumed.map((one) => ({ ...one, at: iso(one.at) })),
		startedAt: iso(state.startedAt),
		endedAt: state.ended ? iso(state.ended.at) : null,
		ms: last - state.startedAt,
		result,
		exit: state.ended?.exit ?? null,
		error: state.ended?.error ?? null,
		steps: state.steps.map(stepOf),
		phases: phasesOf(state, kinds),
		rto: rtoOf(state, kinds),
		loss: lossClaim(state),
		reread: rereadClaim(state),
		failures: state.steps.flatMap(({ step, failures }) => failures.map((failure) => ({ step: step.id, ...failure }))),
		notChecked: notChecked(state, kinds),
		fenced: fencedBy(state, kinds),
		unreadable: state.unreadable ?? null,
		goOn: result === 'done' ? null : `kdr runs resume ${state.run}`,
		undoes: state.undoes ?? null,
		overrides: overridesOf(state.consent),
		hooks: state.hooks.map(({ at, error, ...hook }) => ({ at: iso(at), ...hook, error: error ?? null })),
		released: state.released ? { ...state.released, at: iso(state.released.at) } : null,
	};
}

function fencedBy({ steps }: RunState, kinds: ReportKinds): Report['fenced'] {
	return steps.flatMap(({ step, intentAt, summary }) => {
		const stopsClients = kinds.get(step.kind)?.report?.outage === 'starts' && step.undoOf === undefined;
		if (!stopsClients || intentAt === undefined) return [];
		return [{ step: step.id, since: iso(intentAt), what: summary ? `${summary.what}: ${summary.after}` : step.kind }];
	});
}

export const iso = (at: number): string => new Date(at).toISOString();

function stepOf(state: RunState['steps'][number]): ReportStep {
	const { step, status, startedAt, endedAt } = state;
	return {
		id: step.id,
		kind: step.kind,
		status,
		outcome: state.outcome ?? null,
		start: startedAt === undefined ? null : iso(startedAt),
		end: endedAt === undefined ? null : iso(endedAt),
		ms: startedAt === undefined || endedAt === undefined ? null : endedAt - startedAt,
		summary: state.summary ?? null,
		checks: state.checks,
		failures: state.failures,
		error: state.error ?? null,
		retried: state.retried.map(({ at, error }) => ({ at: iso(at), error })),
		pointOfNoReturn: step.pointOfNoReturn ?? false,
		worldMayHaveChanged: state.worldMayHaveChanged,
	};
}
