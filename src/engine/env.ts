import type { Check } from '../domain/check.ts';
import type { LinkConfig } from '../domain/config/link.ts';
import type { KdrError } from '../domain/errors/kdr-error.ts';
import type { PlannedStep } from '../domain/plan/planned-step.ts';
import type { EngineEvent } from '../domain/run/engine-event.ts';
import type { Hold, Move, Operator, RunStep, Supersedes } from '../domain/run/events.ts';
import type { RunState } from '../domain/run/state.ts';
import type { Clock } from '../ports/clock.ts';
import type { Journal } from '../ports/journal.ts';
import type { AnyKind, ApprovalRequest, StepIo } from '../steps/kind.ts';

/** Step kinds by name. */
export type Registry = ReadonlyMap<string, AnyKind>;

/** Calls `beat` every `ms` until the function it gives back is called. */
export type Ticker = (ms: number, beat: () => void) => () => void;

/** A finding about permissions. */
export interface GrantFinding {
	/** Absent: of the run itself. */
	step?: string;
	check: Check;
}

/** Shown to whoever must agree before anything is written. */
export interface ConsentRequest {
	run: string;
	move: Move;
	plan: PlannedStep[];
	/** What was already agreed to by flags. */
	given: Readonly<Record<string, string>>;
}

/** All the engine is given. It knows steps and a journal, not Kafka. */
export interface EngineEnv {
	io: StepIo;
	link: LinkConfig;
	registry: Registry;
	/** Journal of the cluster the run moves to. */
	journal: Journal;
	/**
	 * Journal of the other cluster, while it answers: the lock is taken there too, against a move the other way. `needed`: false
	 * continues without it if it fails.
	 */
	otherJournal?: { journal: Journal; needed: boolean };
	clock: Clock;
	/** A listener that throws does not stop a run. */
	listener(event: EngineEvent): void;
	/** Gives what was agreed to, by name; throws KDR_CONFIRM_NEEDED, KDR_DECLINED or KDR_LOSS_NOT_ACCEPTED. */
	consent(request: ConsentRequest): Promise<Record<string, string>>;
	/** Aborted with the reason `SIGINT` or `SIGTERM` to end the run at the next safe point. */
	signal: AbortSignal;
	/** Asks a person in mid-run: who approved and how; null when nobody can be asked now. Throws KDR_DECLINED. */
	approve?(request: ApprovalRequest & { step: string }): Promise<string | null>;
	/** What kdr may not do, or may not know, of what the steps write: asked for a plan, nothing is tried. */
	grants?(request: { move: Move; steps: readonly RunStep[] }): Promise<GrantFinding[]>;
	operator: Operator;
	/** False when `from` did not answer: steps that need it are skipped, and said so. */
	fromAlive: boolean;
	/** True only when the process of that operator certainly is gone (this host, no such pid): its run is not live then. */
	isGone?(operator: Operator): boolean;
	/** Drives the heartbeat; default: a timer. */
	ticker?: Ticker;
}

export interface RunRequest {
	/** Fresh id: `newRunId()`. */
	run: string;
	move: Move;
	/** As typed; shown to people. */
	command: string;
	/** What is started, in a word or two: `failback`, `fence pay`. */
	title?: string;
	steps: RunStep[];
	/** Hooks for when the run halts. */
	onFailure?: RunStep[];
	/** Agreed to by flags. */
	consent: Record<string, string>;
	/** Cluster id by alias, as far as known; recorded, and compared on resume. */
	clusterIds: Record<string, string>;
	/** Why this run may replace the one that is open, or that stopped before its end: an emergency. */
	supersede?: string;
	/** The one run that may be ended for this one. */
	supersedes?: Supersedes;
	/** Runs that cannot be read, may be open, and may be ended for this one. */
	endsUnreadable?: readonly string[];
	/** Wait right before the point of no return until somebody says go. */
	hold?: Hold;
	/** The run that this one undoes. */
	undoes?: string;
}

export interface UndoRequest
	extends Omit<
		RunRequest,
		'move' | 'steps' | 'undoes' | 'hold' | 'onFailure' | 'supersede' | 'supersedes' | 'endsUnreadable'
	> {
	/** Why the run is taken from a holder that still lives. */
	takeover?: string;
	/** The run to undo. */
	undoes: string;
	/** Refuse unless nothing of it will be left: before its point of no return, with an undo for all it changed. */
	whole: boolean;
}

export interface ResumeRequest {
	run: string;
	clusterIds: Record<string, string>;
	/** Agreed to by flags. */
	consent?: Record<string, string>;
	/** Why the run is taken from a holder that still lives. */
	takeover?: string;
}

/** How a run ended. Errors before anything is journalled are thrown instead. */
export interface RunOutcome {
	run: string;
	result: 'done' | 'incomplete' | 'halted' | 'interrupted' | 'refused';
	/** Exit code; may differ from `error.exit`, which does not know whether something was written. */
	exit: number;
	error?: KdrError;
	/** The command to resume with, when there is something to resume. */
	goOn?: string;
	/** Absent when the run ended before its first event. */
	state?: RunState;
}

export type { StepContext, StepIo } from '../steps/kind.ts';
