import { z } from 'zod';
import { KdrError } from '../domain/errors/kdr-error.ts';
import type { Move, RunStep } from '../domain/run/events.ts';
import { type OutputName, type Outputs, outputSchemas } from '../domain/run/outputs.ts';
import type { RunState } from '../domain/run/state.ts';
import type { AnyKind, StepContext } from '../steps/kind.ts';
import type { EngineEnv } from './env.ts';
import { type Recorder, tell } from './recorder.ts';

/** The run was told to stop by its person; no error. */
export class Interrupted extends Error {}

/** One process working on one run. */
export class Session {
	readonly env: EngineEnv;
	readonly run: string;
	readonly move: Move;
	readonly consent: Readonly<Record<string, string>>;
	readonly recorder: Recorder;
	/** The step being worked on. */
	current: RunStep | undefined;
	readonly #outputs = new Map<OutputName, unknown>();
	readonly #lost = new AbortController();
	/** Ends when the person interrupts or the lock is lost: for readings and waits. */
	readonly signal: AbortSignal;

	constructor(env: EngineEnv, run: string, facts: { move: Move; consent: Record<string, string> }, recorder: Recorder) {
		this.env = env;
		this.run = run;
		this.move = facts.move;
		this.consent = facts.consent;
		this.recorder = recorder;
		this.signal = AbortSignal.any([env.signal, this.#lost.signal]);
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

	/** Throws when the run must not go on: KDR_FENCED_BY_OTHER or Interrupted. */
	assertGoingOn(): void {
		if (this.#lost.signal.aborted) throw this.#lost.signal.reason;
		if (this.env.signal.aborted) throw new Interrupted();
	}

	context(step: RunStep, signal: AbortSignal): StepContext {
		return {
			...contextBase(this.env, step),
			move: this.move,
			run: this.run,
			preview: false,
			consent: this.consent,
			output: <N extends OutputName>(name: N) => this.#outputs.get(name) as Outputs[N] | undefined,
			signal,
		};
	}

	/** Makes an output known to later steps; `wire` is its journalled form. Throws KDR_JOURNAL_BROKEN when it is not one. */
	recall(name: OutputName, wire: unknown): void {
		const decoded = outputSchemas[name] && z.safeDecode(outputSchemas[name] as z.ZodType, wire);
		if (!decoded?.success)
			throw new KdrError('KDR_JOURNAL_BROKEN', `the output ${name} of run ${this.run} cannot be read from the journal`);
		this.#outputs.set(name, decoded.data);
	}
}

export function contextBase(env: EngineEnv, step: RunStep): Pick<StepContext, 'link' | 'fromAlive' | 'progress'> {
	return { link: env.link, fromAlive: env.fromAlive, progress: (text) => tell(env, { type: 'progress', step: step.id, text }) };
}

/** The step's kind and its parameters. Throws KDR_RUNBOOK_INVALID: a journal may come from another version of kdr. */
export function kindOf(env: EngineEnv, step: RunStep): { kind: AnyKind; params: unknown } {
	const kind = env.registry.get(step.kind);
	if (!kind) throw new KdrError('KDR_RUNBOOK_INVALID', `step ${step.id}: this kdr knows no step of kind ${step.kind}`);
	const parsed = z.safeParse(kind.params, step.params);
	if (parsed.success) return { kind, params: parsed.data };
	const problems = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'with'}: ${issue.message}`).join('; ');
	throw new KdrError('KDR_RUNBOOK_INVALID', `step ${step.id}: ${problems}`);
}

/** The summary of a step left out because the cluster it needs is dead. */
export function skipSummary(step: RunStep, purpose: string, from: string) {
	return {
		what: purpose,
		now: `${from} does not answer`,
		after: `skipped: ${step.skipCosts ?? 'what that costs is not known'}`,
		undo: '-',
	};
}

export const isSkipped = (env: EngineEnv, step: RunStep): boolean => !env.fromAlive && (step.needs?.includes('from') ?? false);
