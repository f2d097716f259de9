import { z } from 'zod';
import type { Check } from '../domain/check.ts';
import { asKdrError, KdrError } from '../domain/errors/kdr-error.ts';
import { type Overridden, withOverrides } from '../domain/plan/override.ts';
import type { ItemFailure, Move, Operator, RunStep } from '../domain/run/events.ts';
import { type OutputName, type Outputs, outputSchemas } from '../domain/run/outputs.ts';
import type { RunState } from '../domain/run/state.ts';
import type { AnyKind, StepContext } from '../steps/kind.ts';
import type { EngineEnv } from './env.ts';
import { contextBase, kindOf } from './kinds.ts';
import { digestOf } from './preview.ts';
import type { Recorder } from './recorder.ts';

/** Its operator stopped the run; no error. */
export class Interrupted extends Error {}

interface SessionFacts {
	move: Move;
	consent: Record<string, string>;
	overridden?: readonly Overridden[];
}

/** One process working on one run. */
export class Session {
	readonly env: EngineEnv;
	readonly run: string;
	readonly move: Move;
	readonly consent: Readonly<Record<string, string>>;
	/** The findings that overrides cover; undefined in a run of an older version: all of their codes. */
	readonly #overridden: readonly Overridden[] | undefined;
	readonly recorder: Recorder;
	/** The step being worked on. */
	current: RunStep | undefined;
	readonly #outputs = new Map<OutputName, unknown>();
	readonly #lost = new AbortController();
	readonly #paused = new AbortController();
	#asking: Promise<void> | undefined;
	#heardTo: bigint | undefined;
	#plan: { look: number; token: Promise<string> } | undefined;
	/** Items that some step of this process did not do. */
	failures: (ItemFailure & { step: string })[] = [];
	/** Effects of done steps that were gone and are done again, by step. */
	readonly lost = new Map<string, Check>();
	timesLost = 0;
	/** When they were last looked at while a gate waited, on the clock that never jumps. */
	lookedForLostAt = Number.NEGATIVE_INFINITY;
	/** Who said, from wherever, that the run may pass its point of no return. */
	releasedBy: Operator | undefined;
	/** Ends when a person wants the run to stop: here, or by a word in the journal. */
	readonly stop: AbortSignal;
	/** Ends when the run is to stop or the lock is lost: for readings and waits. */
	readonly signal: AbortSignal;

	constructor(env: EngineEnv, run: string, facts: SessionFacts, recorder: Recorder) {
		this.env = env;
		this.run = run;
		this.move = facts.move;
		this.consent = facts.consent;
		this.#overridden = facts.overridden;
		this.recorder = recorder;
		this.stop = AbortSignal.any([env.signal, this.#paused.signal]);
		this.signal = AbortSignal.any([this.stop, this.#lost.signal]);
	}

	/** Ends only when the lock is lost: for the look at what a write has done, which an interrupt does not cut. */
	get lockSignal(): AbortSignal {
		return this.#lost.signal;
	}

	get state(): RunState {
		const { state } = this.recorder;
		if (!state) throw new KdrError('KDR_BUG', 'the run has no events yet');
		return state;
	}

	/** Another operator has the run now: every call of ours ends. */
	lose(error: KdrError): void {
		this.#lost.abort(error);
	}

	/** Says that the run lives; a beat that finds itself fenced loses the lock, any other failure is left to the next event. */
	async beat(): Promise<void> {
		const { operator } = this.env;
		const step = this.current?.id;
		try {
			await this.recorder.beat({ v: 1, type: 'run.heartbeat', operator, ...(step !== undefined && { step }) });
		} catch (thrown) {
			const error = asKdrError(thrown);
			if (error.code === 'KDR_FENCED_BY_OTHER') this.lose(error);
		}
	}

	/** Asks the journal where nothing was heard of it for two beats: a process that slept may have been overtaken. */
	async #assertHeld(): Promise<void> {
		if (this.env.clock.monotonic() - this.recorder.heldAt > 10_000) {
			this.#asking ??= this.beat().finally(() => {
				this.#asking = undefined;
			});
			await this.#asking;
		}
		this.#lost.signal.throwIfAborted();
	}

	/** Throws when the run must not continue: KDR_FENCED_BY_OTHER or Interrupted. */
	assertMayContinue(): void {
		if (this.#lost.signal.aborted) throw this.#lost.signal.reason;
		if (this.stop.aborted) throw new Interrupted();
	}

	/** Starts to listen for signals in the journal. An earlier pause was meant for the holder of that time. */
	async listen(): Promise<void> {
		await this.#listen(false);
	}

	/** Takes note of what was left since; a journal that cannot be read now is asked again later. */
	async hear(): Promise<void> {
		await this.#listen(true).catch(() => {});
	}

	async #listen(pauseCounts: boolean): Promise<void> {
		const { signals, next } = await this.env.journal.signals(this.run, this.#heardTo);
		this.#heardTo = next;
		for (const { type, by } of signals) {
			if (type === 'release') this.releasedBy = by;
			else if (type === 'pause' && pauseCounts) this.#paused.abort(by);
		}
	}

	/** Who paused the run. */
	get pausedBy(): Operator | undefined {
		return this.#paused.signal.aborted ? (this.#paused.signal.reason as Operator) : undefined;
	}

	/** These steps are taken again. */
	forgetFailures(steps: readonly string[]): void {
		this.failures = this.failures.filter(({ step }) => !steps.includes(step));
	}

	/** What of these findings stays a reason to stop. */
	withOverrides(checks: readonly Check[]): Check[] {
		return withOverrides(checks, this.consent, this.#overridden);
	}

	kindOf(step: RunStep): { kind: AnyKind; params: unknown } {
		return kindOf(
			this.env,
			step,
			this.state.steps.map((state) => state.step),
		);
	}

	context(step: RunStep, signal: AbortSignal): StepContext {
		const unfinished = this.state.steps.find((state) => state.step.id === step.id)?.failures ?? [];
		return {
			...contextBase(this.env, step),
			...(unfinished.length > 0 && { unfinished: unfinished.map(({ item }) => item) }),
			evidence: (of = step.id) => this.state.steps.find((state) => state.step.id === of)?.evidence ?? [],
			record: (evidence) => this.recorder.append({ v: 1, type: 'step.evidence', step: step.id, evidence }),
			move: this.move,
			run: this.run,
			preview: false,
			consent: this.consent,
			startedBy: this.state.startedBy,
			assertHeld: () => this.#assertHeld(),
			planDigest: (look) => this.#planDigest(look),
			output: <N extends OutputName>(name: N) => this.#outputs.get(name) as Outputs[N] | undefined,
			signal,
		};
	}

	/** The token of the current plan, computed again for each `look`. */
	#planDigest(look: number): Promise<string> {
		if (this.#plan?.look !== look) this.#plan = { look, token: digestOf(this.env, this.state) };
		return this.#plan.token;
	}

	/** Makes an output known to later steps; `wire` is its journalled form. Throws KDR_JOURNAL_BROKEN when it is not one. */
	recall(name: OutputName, wire: unknown): void {
		const decoded = outputSchemas[name] && z.safeDecode(outputSchemas[name] as z.ZodType, wire);
		if (!decoded?.success)
			throw new KdrError('KDR_JOURNAL_BROKEN', `the output ${name} of run ${this.run} cannot be read from the journal`);
		this.#outputs.set(name, decoded.data);
	}
}
