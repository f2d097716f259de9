import type { Check } from '../check.ts';
import type { Overridden } from '../plan/override.ts';
import type { OutputName } from './outputs.ts';
import type { Scope } from './scope.ts';

/** Who does a run, and where: shown to the next person who finds it open. */
export interface Operator {
	user: string;
	host: string;
	pid: number;
	/** Version of kdr. */
	version: string;
	/** Absent where the system does not tell, and in runs of older versions. */
	process?: ProcessId;
}

/** What tells one process from every other, on this machine and elsewhere. */
export interface ProcessId {
	/** Of the running kernel; another one after each start. */
	boot: string;
	/** In which its number counts. */
	namespace: string;
	/** When it began, in ticks since the boot: numbers are given again. */
	startedAt: string;
}

/** What a run is about; never changes after `run.started`. */
export interface Move {
	link: string;
	from: string;
	to: string;
	/** `switchover` loses nothing and waits for proof; `failover` works without `from`; `change` is a plan of one step. */
	mode: 'switchover' | 'failover' | 'change';
}

/** What steps of a kind are for, where more than the step itself must know it. A kind states its role, and a run's journal keeps it. */
export type Role =
	| 'fences-writers'
	| 'fences-readers'
	| 'lifts-fences'
	| 'opens-target'
	| 'moves-clients'
	| 'sets-offsets'
	| 'deletes-topics'
	| 'keeps-rules'
	| 'second-approval';

/** One step of a compiled runbook: plain data, so that another machine can resume from the journal alone. */
export interface RunStep {
	/** Unique in the run; names the step in journal, report and messages. */
	id: string;
	/** Name in the registry of step kinds. */
	kind: string;
	/** What the step is for, as its kind states it. */
	role?: Role;
	params: Record<string, unknown>;
	pointOfNoReturn?: boolean;
	/** Sides the step cannot do without; it is skipped, and said so, when one is dead. */
	needs?: ('from' | 'to')[];
	/** What is lost when the step is skipped; shown to people. */
	skipCosts?: string;
	/** Done only where all of this holds; elsewhere skipped, and said so. */
	when?: { mode?: Move['mode'][]; from?: 'alive' | 'dead' };
	/** How long the world may take until the step's checks pass, ms; instead of what its kind says. */
	timeoutMs?: number;
	/** How often a failed attempt is made again, after 1 s, 2 s, 4 s … */
	retries?: number;
	/** Neighbouring steps with the same group run at the same time. */
	group?: string;
	/** Set in runs that undo another one. */
	undoOf?: UndoOf;
}

/** What a step of an undo run undoes. */
export interface UndoOf {
	run: string;
	step: string;
	/** As the journal recorded it, wire value; absent: it cannot be undone, and `skipCosts` says why. */
	change?: unknown;
	/** What was said of the change when it was made. */
	summary: StepSummary;
}

/** Says that a run waits right before its point of no return; `forMs`: for so long at most, then it halts there. */
export interface Hold {
	forMs?: number;
}

export interface ItemFailure {
	/** e.g. `group billing`. */
	item: string;
	code: string;
	message: string;
}

export interface StepError {
	code: string;
	message: string;
	hint?: string;
}

/** `applied`: done now. `already`: the world was as wanted. `partial`: done but for named items. `skipped`: a side it needs is dead. */
export type StepOutcome = 'applied' | 'already' | 'partial' | 'passed' | 'skipped';

/**
 * The journal's events, a closed union; version 1. `change` and `output` are wire values (JSON, int64 as decimal
 * strings) encoded by the step kind's own schemas.
 */
export type RunEvent = RunEventBody & {
	/** 1, 2, 3… within the run. An event repeated after a lost reply has the number it had; a hole means events are missing. */
	seq?: number;
	/** On a clock of the writer's that never jumps, milliseconds; only differences within one sitting mean something. */
	ms?: number;
};

/** An unfinished run that another one replaces, and why. */
export interface Supersedes {
	run: string;
	reason: string;
}

/** An output as the journal keeps it. */
export interface CarriedOutput {
	name: OutputName;
	value: unknown;
}

/** One event at its place in the journal. */
export interface JournalEntry {
	/** Position in the whole journal, across runs. */
	offset: bigint;
	/** When the broker or kdr wrote it, ms since the epoch. */
	at: number;
	run: string;
	event: RunEvent;
}

type RunEventBody =
	| {
			v: 1;
			type: 'run.started';
			move: Move;
			command: string;
			/** What is started, in a word or two: `failback`, `fence pay`. */
			title?: string;
			steps: RunStep[];
			operator: Operator;
			consent: Record<string, string>;
			clusterIds: Record<string, string>;
			/** Absent in runs of older versions. */
			scope?: Scope;
			/** The findings that its overrides cover; absent in runs of older versions: all of their codes. */
			overridden?: Overridden[];
			hold?: Hold;
			/** The run that this one undoes. */
			undoes?: string;
			/** The run that this one replaces, and why. */
			supersedes?: Supersedes;
			/** Outputs of the run it replaces that nobody may be able to read again. */
			carried?: CarriedOutput[];
			/** Hooks of the runbook for when the run halts. */
			onFailure?: RunStep[];
	  }
	| {
			v: 1;
			type: 'run.resumed';
			operator: Operator;
			takeover?: string;
			/** Agreed to with the resume, beside what the run was started with. */
			consent?: Record<string, string>;
			/** The findings of the halt that this covers. */
			overridden?: Overridden[];
	  }
	| { v: 1; type: 'run.heartbeat'; operator: Operator; step?: string }
	| { v: 1; type: 'run.held'; step: string }
	| { v: 1; type: 'run.released'; step: string; by: Operator }
	| { v: 1; type: 'step.started'; step: string }
	| { v: 1; type: 'step.intent'; step: string; summary: StepSummary; change: unknown }
	/** What `apply` saw of its effect and nobody can observe later; only the kind of step understands it. */
	| { v: 1; type: 'step.evidence'; step: string; evidence: unknown }
	| {
			v: 1;
			type: 'step.done';
			step: string;
			outcome: StepOutcome;
			summary: StepSummary;
			checks: Check[];
			output?: unknown;
			/** Which output it is: a key of `outputSchemas`. */
			outputName?: OutputName;
			failures?: ItemFailure[];
	  }
	| {
			v: 1;
			type: 'step.failed';
			step: string;
			error: StepError;
			checks: Check[];
			worldMayHaveChanged: boolean;
			/** The step is tried again after so long; absent: the run halts. */
			retryInMs?: number;
	  }
	/** Never written: takes the place of a record that the reader cannot understand. `ofNoRun`: it names no run, so it holds nothing. */
	| { v: 1; type: 'run.unreadable'; reason: string; link?: string; ofNoRun?: boolean }
	| { v: 1; type: 'hook.started'; hook: string }
	| { v: 1; type: 'hook.ended'; hook: string; what: string; error?: StepError }
	| {
			v: 1;
			type: 'run.ended';
			result: 'done' | 'incomplete' | 'halted' | 'interrupted' | 'refused';
			exit: number;
			error?: StepError;
	  };

/** A step in one line of the plan: what, now → after, its undo. */
export interface StepSummary {
	what: string;
	now: string;
	after: string;
	undo: string;
	/** The equivalent vanilla commands (kafka-*.sh, curl, aws). */
	commands?: string[];
	/** What whoever reads the plan must know of it; said below the table. */
	note?: string;
}
