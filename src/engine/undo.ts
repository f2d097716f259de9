import { z } from 'zod';
import { blockUnless, type Check } from '../domain/check.ts';
import { asKdrError, KdrError } from '../domain/errors/kdr-error.ts';
import type { RunStep } from '../domain/run/events.ts';
import { isSameChange } from '../domain/run/same-change.ts';
import { asBefore } from '../domain/run/undo.ts';
import { type AnyKind, gateKind, type RunFacts } from '../steps/kind.ts';
import { isOwedUndo } from './no-answer.ts';

type ChangeKind = Extract<AnyKind, { type: 'change' }>;

/** The kind of step that takes a recorded change of `kind` back: another change for the same `apply`. Throws KDR_JOURNAL_BROKEN. */
export function undoingKind(kind: ChangeKind, step: RunStep): ChangeKind {
	const { undoOf } = step;
	if (!undoOf || 'none' in kind.undo) throw new KdrError('KDR_BUG', `step ${step.id} has nothing to undo`);
	const { undo } = kind;
	const decoded = z.safeDecode(kind.change, undoOf.change);
	if (!decoded.success)
		throw new KdrError('KDR_JOURNAL_BROKEN', `the change of step ${undoOf.step} of run ${undoOf.run} cannot be read`);
	const back: unknown = undo.of(decoded.data);
	const isBack: ChangeKind['verify'] = (facts, _change, params, ctx, failed) =>
		undo.undone?.(facts, back, params, ctx, failed) ?? [plansItAgain(kind, undoOf.change, facts, params, ctx)];
	const { what, now, after } = undoOf.summary;
	return {
		type: 'change',
		kind: kind.kind,
		purpose: `undo: ${kind.purpose}`,
		params: kind.params,
		change: kind.change,
		settleMs: kind.settleMs,
		grants: kind.grants,
		report: { phase: kind.report?.phase ?? kind.kind },
		observe: kind.observe,
		check: () => [],
		plan(facts, params, ctx) {
			const open = isBack(facts, back, params, ctx, []).some(({ status }) => status !== 'pass');
			return { change: open ? back : null, summary: { what, now: after, after: now, undo: '-' } };
		},
		apply: kind.apply,
		verify: isBack,
		undo: { none: 'it is an undo' },
	};
}

/** The world is as the step once found it: it would do just the same again. */
function plansItAgain(kind: ChangeKind, recorded: unknown, facts: unknown, params: unknown, ctx: RunFacts): Check {
	const { change } = kind.plan(facts, params, ctx);
	const same = change !== null && isSameChange(z.encode(kind.change, change), recorded);
	return blockUnless(same, {
		code: 'taken-back',
		what: `what ${kind.kind} changed`,
		observed: same
			? 'as before the run'
			: change === null
				? 'as the run left it'
				: 'changed since: neither as before the run nor as the run left it',
		wanted: 'as before the run',
	});
}

/** Facts of a change on a cluster that does not answer: whether it is undone is not known. */
const notSeen = Symbol('not seen');

/** Looks again, all together, at everything an undo has undone: a later step may have touched what an earlier one restored. */
export function asBeforeGate(back: readonly { step: RunStep; kind: ChangeKind; params: unknown }[]): AnyKind {
	return gateKind<Record<string, never>, unknown[]>({
		type: 'gate',
		kind: asBefore,
		purpose: 'check that everything is as it was before the run',
		report: { phase: 'checks' },
		params: z.strictObject({}),
		observe: (_params, io, ctx) =>
			Promise.all(
				back.map(
					({ step, kind, params }): Promise<unknown> =>
						kind.observe(params, io, ctx).catch((thrown: unknown) => {
							if (isOwedUndo(ctx, step, asKdrError(thrown))) return notSeen;
							throw thrown;
						}),
				),
			),
		checkPlan: () => [],
		check: (facts, _params, ctx) =>
			back.flatMap(({ step, kind, params }, index) =>
				facts[index] === notSeen
					? [owedCheck(step, ctx.move.from)]
					: kind.verify(facts[index], null, params, { ...ctx, evidence: () => ctx.evidence(step.id) }, []),
			),
		summary: () => ({ what: `${back.length} changes`, now: 'undone', after: 'as before the run', undo: '-' }),
		byHand: () => ({ commands: [], see: 'everything is as it was before the run' }),
		waitMs: () => 15_000,
	});
}

const owedCheck = ({ id, undoOf }: RunStep, from: string): Check => ({
	code: 'undo-owed',
	status: 'warn',
	what: undoOf?.summary.what ?? id,
	observed: `not undone: ${from} does not answer`,
	wanted: 'as before the run',
});
