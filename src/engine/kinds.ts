import { z } from 'zod';
import { KdrError } from '../domain/errors/kdr-error.ts';
import type { Move, RunStep, StepSummary } from '../domain/run/events.ts';
import type { RunState } from '../domain/run/state.ts';
import { asBefore } from '../domain/run/undo.ts';
import { currentParams } from '../domain/runbook/former-words.ts';
import type { AnyKind, StepContext } from '../steps/kind.ts';
import type { EngineEnv } from './env.ts';
import { tell } from './recorder.ts';
import { asBeforeGate, undoingKind } from './undo.ts';

export function contextBase(
	env: EngineEnv,
	step: RunStep,
): Required<Pick<StepContext, 'link' | 'fromAlive' | 'progress' | 'step' | 'approve'>> {
	return {
		link: env.link,
		fromAlive: env.fromAlive,
		step: step.id,
		approve: async (request) => (await env.approve?.({ ...request, step: step.id })) ?? null,
		progress: (text) => tell(env, { type: 'progress', step: step.id, text }),
	};
}

/**
 * The step's kind and its parameters; `all`: the steps of its run. Throws KDR_RUNBOOK_INVALID: a journal may come from another
 * version of kdr.
 */
export function kindOf(env: EngineEnv, step: RunStep, all: readonly RunStep[]): { kind: AnyKind; params: unknown } {
	if (step.kind === asBefore) {
		const back = all.flatMap((other) => {
			if (other.undoOf?.change === undefined || isUndoneFurther(env, other, all)) return [];
			const { kind, params } = kindOf(env, other, all);
			return kind.type === 'change' ? [{ step: other, kind, params }] : [];
		});
		return {
			kind: asBeforeGate(back),
			params: {},
		};
	}
	const found = registered(env, step);
	if (step.undoOf?.change === undefined || found.kind.type === 'gate') return found;
	return { ...found, kind: undoingKind(found.kind, step) };
}

/**
 * A step tried again may have planned only what was left, so each of its changes was made from another state: only the undo of the first one, which
 * comes last, leads back to before the run. A kind that proves its undo by itself proves each of them.
 */
function isUndoneFurther({ registry }: EngineEnv, { undoOf, kind }: RunStep, all: readonly RunStep[]): boolean {
	const known = registry.get(kind);
	if (known?.type === 'change' && 'undone' in known.undo) return false;
	const last = all.findLast((other) => other.undoOf?.step === undoOf?.step && other.undoOf?.change !== undefined);
	return last?.undoOf !== undoOf;
}

/**
 * Every step that a resume may still take, and every hook, has a kind and parameters that this kdr knows: one that is met after the fence would
 * leave clients without a cluster. Throws KDR_RUNBOOK_INVALID.
 */
export function assertKnownSteps(env: EngineEnv, { steps, onFailure = [], startedBy }: RunState): void {
	const all = steps.map(({ step }) => step);
	const open = steps.filter(({ status, step }) => status !== 'done' && !isForGood(step)).map(({ step }) => step);
	try {
		for (const step of [...open, ...onFailure]) kindOf(env, step, all);
	} catch (thrown) {
		if (!(thrown instanceof KdrError) || thrown.code !== 'KDR_RUNBOOK_INVALID') throw thrown;
		const hint = `resume it with the kdr that started it: version ${startedBy.version}`;
		throw new KdrError(thrown.code, thrown.message, { hint, cause: thrown });
	}
}

function registered(env: EngineEnv, step: RunStep): { kind: AnyKind; params: unknown } {
	const kind = env.registry.get(step.kind);
	if (!kind) throw new KdrError('KDR_RUNBOOK_INVALID', `step ${step.id}: this kdr knows no step of kind ${step.kind}`);
	const parsed = z.safeParse(kind.params, currentParams(kind, step.params));
	if (parsed.success) return { kind, params: parsed.data };
	const problems = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'with'}: ${issue.message}`).join('; ');
	throw new KdrError('KDR_RUNBOOK_INVALID', `step ${step.id}: ${problems}`);
}

/** The summary of a step left out: what it would undo stays, the cluster it needs is dead, or its `when` does not hold. */
export function skipSummary(env: EngineEnv, step: RunStep, purpose: string, { from, mode }: Move) {
	if (isForGood(step)) return { ...staysAsItIs(step), undo: '-' };
	if (!needsTheDead(env, step)) {
		const now = env.fromAlive ? `a ${mode}, ${from} answers` : `a ${mode}, ${from} does not answer`;
		return { what: purpose, now, after: 'skipped: its when does not hold', undo: '-' };
	}
	return {
		what: purpose,
		now: `${from} does not answer`,
		after: `skipped: ${step.skipCosts ?? 'what that costs is not known'}`,
		undo: '-',
	};
}

const needsTheDead = (env: EngineEnv, step: RunStep): boolean =>
	!env.fromAlive && (step.needs?.includes('from') ?? false);

function holds({ when }: RunStep, { mode }: Move, fromAlive: boolean): boolean {
	if (when?.mode && !when.mode.includes(mode)) return false;
	return when?.from === undefined || (when.from === 'alive') === fromAlive;
}

export const isSkipped = (env: EngineEnv, step: RunStep, move: Move): boolean =>
	isForGood(step) || needsTheDead(env, step) || !holds(step, move, env.fromAlive);

/** It would undo what cannot be undone. */
const isForGood = ({ undoOf }: RunStep): boolean => undoOf !== undefined && undoOf.change === undefined;

const staysAsItIs = ({ id, undoOf, skipCosts }: RunStep) => ({
	what: undoOf?.summary.what ?? id,
	now: undoOf?.summary.after ?? 'changed',
	after: `skipped: ${skipCosts ?? 'it cannot be undone'}`,
});

/** The summary of a step that undoes something on a cluster that does not answer. */
export const owedSummary = ({ id, undoOf }: RunStep, { from }: Move): StepSummary => ({
	what: undoOf?.summary.what ?? id,
	now: undoOf?.summary.after ?? 'changed',
	after: `owed: ${from} does not answer; resume once it does`,
	undo: '-',
});
