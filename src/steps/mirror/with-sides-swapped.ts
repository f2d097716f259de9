import type { OutputName } from '../../domain/run/outputs.ts';
import { type ChangeKind, changeKind, type GateKind, gateKind, type RunFacts, type StepIo } from '../kind.ts';
import { mirrorResume } from './mirror-resume.ts';
import { mirrorSeed } from './mirror-seed.ts';
import { mirrorSettings } from './mirror-settings.ts';
import { mirrorStop } from './mirror-stop.ts';
import { recallCuts } from './recall-cuts.ts';

/**
 * Kinds as the move that brought the clients here would have used them: the cluster we move to now is the one that move left.
 * A failover ends without reversing the mirror; failback does that first.
 */

const io = ({ world, from, to }: StepIo): StepIo => ({ world, from: to, to: from });
const ctx = <C extends RunFacts>(context: C): C => ({
	...context,
	move: { ...context.move, from: context.move.to, to: context.move.from },
});

function gateWithSidesSwapped<P, F, N extends OutputName>(kind: GateKind<P, F, N>): GateKind<P, F, N> {
	const { output } = kind;
	return gateKind({
		...kind,
		kind: `return-${kind.kind}`,
		observe: (p, i, c) => kind.observe(p, io(i), ctx(c)),
		check: (facts, p, c) => kind.check(facts, p, ctx(c)),
		...(kind.checkPlan && { checkPlan: (facts, p, c) => kind.checkPlan?.(facts, p, ctx(c)) ?? [] }),
		summary: (facts, p, c) => kind.summary(facts, p, ctx(c)),
		byHand: (p, c) => kind.byHand(p, ctx(c)),
		...(output && { output: (facts: F, p: P, c: RunFacts) => output(facts, p, ctx(c)) }),
	});
}

function withSidesSwapped<P, F, C>(kind: ChangeKind<P, F, C>): ChangeKind<P, F, C> {
	const { undo } = kind;
	return changeKind({
		...kind,
		kind: `return-${kind.kind}`,
		observe: (p, i, c) => kind.observe(p, io(i), ctx(c)),
		check: (facts, p, c) => kind.check(facts, p, ctx(c)),
		...(kind.checkPlan && { checkPlan: (facts, p, c) => kind.checkPlan?.(facts, p, ctx(c)) ?? [] }),
		plan: (facts, p, c) => kind.plan(facts, p, ctx(c)),
		apply: (change, i, c) => kind.apply(change, io(i), ctx(c)),
		verify: (facts, change, p, c, failed) => kind.verify(facts, change, p, ctx(c), failed),
		undo:
			'none' in undo
				? undo
				: {
						...undo,
						...(undo.undone && {
							undone: (facts, back, p, c, failed) => undo.undone?.(facts, back, p, ctx(c), failed) ?? [],
						}),
					},
	});
}

export const returnMirrorStop = withSidesSwapped(mirrorStop);
export const returnRecallCuts = gateWithSidesSwapped(recallCuts);
export const returnMirrorSeed = withSidesSwapped(mirrorSeed);
export const returnMirrorSettings = gateWithSidesSwapped(mirrorSettings);
export const returnMirrorResume = withSidesSwapped(mirrorResume);
