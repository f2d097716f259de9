import type { Check } from '../check.ts';
import type { Overridden } from '../plan/override.ts';
import type {
	CarriedOutput,
	Hold,
	ItemFailure,
	Move,
	Operator,
	RunEvent,
	RunStep,
	StepError,
	StepOutcome,
	StepSummary,
	Supersedes,
} from './events.ts';
import type { OutputName } from './outputs.ts';
import type { Scope } from './scope.ts';

export interface StepState {
	step: RunStep;
	status: 'pending' | 'started' | 'intent' | 'done' | 'failed';
	/** Start of the last attempt. */
	startedAt?: number;
	/** When the first effect was about to happen. */
	intentAt?: number;
	endedAt?: number;
	summary?: StepSummary;
	/** Recorded change, wire value. While the step is not done its effect may or may not have happened. */
	change?: unknown;
	/** Every change that was intended, in order, wire values: a step tried again may have planned only what was left. */
	intents: unknown[];
	/** What attempts recorded of their effects, oldest first, wire values. */
	evidence: unknown[];
	outcome?: StepOutcome;
	checks: Check[];
	failures: ItemFailure[];
	error?: StepError;
	/** Failed attempts that were made again, the oldest first. */
	retried: { at: number; error: StepError }[];
	worldMayHaveChanged: boolean;
	output?: { name: OutputName; value: unknown };
}

type Ended = Extract<RunEvent, { type: 'run.ended' }>;

/** A run as its events tell it. */
export interface RunState {
	run: string;
	move: Move;
	command: string;
	/** What was started, in a word or two: `failback`, `fence pay`. Absent in runs of older versions. */
	title?: string;
	consent: Record<string, string>;
	clusterIds: Record<string, string>;
	/** What it works on, whatever kdr.yaml says by now; absent in runs of older versions. */
	scope?: Scope;
	/** The findings that its overrides cover; absent in runs of older versions: all of their codes. */
	overridden?: Overridden[];
	steps: StepState[];
	startedBy: Operator;
	/** Who did the last thing. */
	operator: Operator;
	startedAt: number;
	/** Where its first event is in the journal; absent while this process writes it. */
	startOffset?: bigint;
	/** Any event counts, heartbeats too; by the wall clock of who wrote it, which may jump. */
	lastSignAt: number;
	/** Time of the last event. Like every other time here it advances evenly while one process writes, whatever its wall clock does. */
	lastAt: number;
	/** Where the process that writes now began. */
	sitting: { at: number; ms: number } | undefined;
	lastStep?: string;
	resumed: { at: number; operator: Operator; takeover?: string }[];
	/** Absent while the run is open. */
	ended?: { at: number; result: Ended['result']; exit: number; error?: StepError };
	/** True from the first intent on. */
	written: boolean;
	/** Number of the last event. */
	seq: number;
	/** Position of the last intent: decides which of two runs wrote later. */
	lastIntentOffset?: bigint;
	/** When that was. */
	lastIntentAt?: number;
	/** Set while the run waits right before its point of no return. */
	held?: { at: number; step: string };
	/** As asked for when the run was started. */
	hold?: Hold;
	/** Who released it. */
	released?: { at: number; by: Operator };
	/** The run that this one undoes. */
	undoes?: string;
	/** The run that this one replaces, and why. */
	supersedes?: Supersedes;
	/** Outputs it took over from the run it replaces. */
	carried: CarriedOutput[];
	/** What is run when it halts; never changes how it ends. */
	onFailure: RunStep[];
	/** Each time such a hook came to its end. */
	hooks: { at: number; hook: string; what: string; error?: StepError }[];
	/** Why the events cannot all be understood; then nothing may be decided from this state. */
	unreadable?: string;
}

/** A run of which not even the start can be understood. */
export interface UnreadableRun {
	run: string;
	at: number;
	reason: string;
	/** Ended in words this version understands: it holds nothing any more. */
	ended: boolean;
}
