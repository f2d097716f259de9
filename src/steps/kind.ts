import type { z } from 'zod';
import type { Check } from '../domain/check.ts';
import type { LinkConfig } from '../domain/config/link.ts';
import type { ByHand, StepTime } from '../domain/plan/planned-step.ts';
import type { KindReport } from '../domain/report/kind-report.ts';
import type { ItemFailure, Move, Operator, Role, StepSummary } from '../domain/run/events.ts';
import type { OutputName, Outputs } from '../domain/run/outputs.ts';
import type { FormerWords } from '../domain/runbook/former-words.ts';
import type { Side, World } from '../ports/world.ts';
import type { Grant } from './grant.ts';

/** The facts of a run, for the pure functions of a step. */
export interface RunFacts {
	readonly move: Move;
	readonly link: LinkConfig;
	/** Id of the run; `preview` while only a plan is made. */
	readonly run: string;
	/** Id of the step. */
	readonly step?: string;
	/** True while a plan is shown before consent: outputs of earlier steps do not exist yet. */
	readonly preview: boolean;
	/** False when `from` did not answer at the start: nothing may wait for it. */
	readonly fromAlive: boolean;
	/** What the person consented to, by name (`accept-loss` → `5s`). */
	readonly consent: Readonly<Record<string, string>>;
	/** Who started the run. */
	readonly startedBy?: Operator;
	/** For a hook on failure: the step that halted the run (empty: none was begun), and why. */
	readonly failure?: { step: string; code: string };
	/** Items that an earlier attempt of this step left undone: only these are to be done now. Absent: every item is. */
	readonly unfinished?: readonly string[];
	/** Output of an earlier step of this run. */
	output<N extends OutputName>(name: N): Outputs[N] | undefined;
	/** What a step (default: this one) journalled with `record`, oldest first, in whichever process. */
	evidence(step?: string): readonly unknown[];
}

/** The facts of a run and the hands a step may use: for the functions that read or write the world. */
export interface StepContext extends RunFacts {
	/** Ends every wait and call when the run is interrupted or loses its lock. */
	readonly signal: AbortSignal;
	/**
	 * For `apply` between two items: the lease of the run is still held, by a word of the journal of the last 10 s. Throws
	 * KDR_FENCED_BY_OTHER.
	 */
	assertHeld?(): Promise<void>;
	/** Says what the step waits for or has done; shown live, not journalled. */
	progress(text: string): void;
	/**
	 * Journals, as JSON, what `apply` saw of its effect and nobody can observe later: how a program ended, what a person said.
	 * Resolves when it is durable. Never a secret.
	 */
	record(evidence: unknown): Promise<void>;
	/** Token of the plan of the whole run as it is now; a new `look` computes it again. */
	planDigest?(look: number): Promise<string>;
	/** Asks a person: who approved and how; null when nobody can be asked now. Throws KDR_DECLINED. */
	approve?(request: ApprovalRequest): Promise<string | null>;
}

/** The text for a person in mid-run, and the word they type to continue. */
export interface ApprovalRequest {
	text: string;
	word: string;
}

/** The world as a step sees it: its two sides by role. */
export interface StepIo {
	readonly world: World;
	readonly from: Side;
	readonly to: Side;
}

interface KindBase<Params, Facts> extends FormerWords {
	kind: string;
	/** One line for people: what the step is for. */
	purpose: string;
	params: z.ZodType<Params>;
	/** Outputs of earlier steps it reads; checked when the runbook is loaded. */
	uses?: readonly OutputName[];
	/** Why a runbook cannot give steps of this kind a `timeout`. */
	fixedTimeout?: string;
	/** What steps of this kind are for, where others must know. */
	role?: Role;
	/** Steps of this kind may be hooks of a runbook. */
	mayBeHook?: true;
	/** Waits for a person: of steps at the same time only one may. */
	asksPerson?: true;
	/** What the report says about steps of this kind. */
	report?: KindReport;
	/** Only reads. Throws only when nothing at all can be said. */
	observe(params: Params, io: StepIo, ctx: StepContext): Promise<Facts>;
	/** Pure. */
	check(facts: Facts, params: Params, ctx: RunFacts): Check[];
	/**
	 * Pure. Which checks hold while only a plan is made, and outputs of earlier steps do not exist yet; `() => []`: none does. Absent: those of
	 * `check`.
	 */
	checkPlan?(facts: Facts, params: Params, ctx: RunFacts): Check[];
	/** Pure. What `observe` or `apply` may wait for besides `waitMs` or `settleMs`, and for whom: the plan adds it up. */
	spends?(facts: Facts, params: Params, ctx: RunFacts): Partial<StepTime>;
}

/** A step that changes the world: observe → check → plan → apply → verify; only `apply` writes. */
export interface ChangeKind<Params, Facts, Change, Name extends OutputName = never> extends KindBase<Params, Facts> {
	type: 'change';
	/** The change as the journal keeps it: JSON on the wire, bigint inside. */
	change: z.ZodType<Change>;
	/** Name of the output it hands to later steps; its schema is in domain/run/outputs.ts. */
	produces?: Name;
	/** Pure. `change` null: the world already is as wanted. */
	plan(facts: Facts, params: Params, ctx: RunFacts): { change: Change | null; summary: StepSummary };
	/** The only writer. Safe to repeat. Items that fail alone are returned; anything thrown stops the run. */
	apply(change: Change, io: StepIo, ctx: StepContext): Promise<ItemFailure[]>;
	/** What `verify` looks at when a change was made: that change alone, where `observe` would look at everything again. Only reads. */
	reread?(change: Change, params: Params, io: StepIo, ctx: StepContext): Promise<Facts>;
	/**
	 * Pure, on freshly observed facts; asked again until nothing blocks or `settleMs` has passed. `change` null: nothing
	 * needed doing. `failed`: the items `apply` gave back; they are named already and must not block, or the run halts.
	 */
	verify(facts: Facts, change: Change | null, params: Params, ctx: RunFacts, failed: readonly ItemFailure[]): Check[];
	/** What kdr must be allowed to write on Kafka; `[]`: nothing. Connect and the DNS provider do not say what they allow. */
	grants(link: LinkConfig, params: Params): Grant[];
	/** How long the world may take to show the change, ms. */
	settleMs: number;
	/** Pure, after verification: what later steps may use. */
	output?(facts: Facts, change: Change | null, params: Params, ctx: RunFacts): Outputs[Name];
	/**
	 * Pure. Of a step that is done, whose effect the move relies on until clients have moved: what of it is gone, and who could have done that;
	 * null: all is there. It is asked on resume and right before the point of no return, and what is gone is done again.
	 */
	lost?(facts: Facts, params: Params, ctx: RunFacts): Check | null;
	undo: Undo<Params, Facts, Change> | { none: string };
}

/** How a change is undone. */
interface Undo<Params, Facts, Change> {
	/** The change that undoes this one, for the same `apply`. */
	of(change: Change): Change;
	/**
	 * Pure, on freshly observed facts: whether `back`, which `of` gave, shows in the world. Without it the step is undone
	 * when it would plan the very same change again.
	 */
	undone?(facts: Facts, back: Change, params: Params, ctx: RunFacts, failed: readonly ItemFailure[]): Check[];
	/** Why a step with these parameters cannot be undone; undefined: it can. */
	lacks?(params: Params): string | undefined;
	/** Name of a kind with the one parameter `run` that undoes all a run did by this kind, instead of `of`. */
	by?: string;
}

/** A step that changes nothing: it waits until its checks pass, says what for, and gives up at its deadline. */
export interface GateKind<Params, Facts, Name extends OutputName = never> extends KindBase<Params, Facts> {
	type: 'gate';
	/** Name of the output it hands to later steps; its schema is in domain/run/outputs.ts. */
	produces?: Name;
	/** Only reads. `first`: the facts of the first look of this wait, when this is a later one. */
	observe(params: Params, io: StepIo, ctx: StepContext, first?: Facts): Promise<Facts>;
	summary(facts: Facts, params: Params, ctx: RunFacts): StepSummary;
	/** Pure. How to look at the same without kdr: `kdr runbook export` prints it. */
	byHand(params: Params, ctx: RunFacts): ByHand;
	/** How long to wait at most, ms; 0 asks once. */
	waitMs(params: Params): number;
	/** What it finds for a plan does not turn good by waiting: it refuses the plan. */
	refusesPlan?: true;
	/** Checked again right before the point of no return: what it found may have changed since. */
	askAgain?: boolean;
	/** Checked first when a run past its point of no return is undone. Takes no parameters. */
	guardsUndo?: true;
	output?(facts: Facts, params: Params, ctx: RunFacts): Outputs[Name];
}

// biome-ignore lint/suspicious/noExplicitAny: the registry holds kinds of many type arguments; each kind is checked where it is defined
export type AnyKind = ChangeKind<any, any, any, any> | GateKind<any, any, any>;

/** What the kind finds of these facts, for a plan or for a run. */
export const checksOf = <P, F>(
	kind: Pick<KindBase<P, F>, 'check' | 'checkPlan'>,
	facts: F,
	params: P,
	ctx: RunFacts,
): Check[] => (ctx.preview && kind.checkPlan ? kind.checkPlan(facts, params, ctx) : kind.check(facts, params, ctx));

/** Lets TypeScript infer and check a kind's type arguments where it is defined. */
export const changeKind = <P, F, C, N extends OutputName = never>(
	kind: ChangeKind<P, F, C, N>,
): ChangeKind<P, F, C, N> => kind;
export const gateKind = <P, F, N extends OutputName = never>(kind: GateKind<P, F, N>): GateKind<P, F, N> => kind;
