import { unlessBug } from '../domain/errors/kdr-error.ts';
import { planDigest } from '../domain/plan/digest.ts';
import { estimateOutage } from '../domain/plan/outage.ts';
import { withOverrides } from '../domain/plan/override.ts';
import type { PlannedStep } from '../domain/plan/planned-step.ts';
import type { Move, RunStep } from '../domain/run/events.ts';
import { scopeOf } from '../domain/run/scope.ts';
import type { RunState } from '../domain/run/state.ts';
import { type AnyKind, checksOf, type StepContext } from '../steps/kind.ts';
import type { EngineEnv, GrantFinding, RunRequest } from './env.ts';
import { contextBase, isSkipped, kindOf, owedSummary, skipSummary } from './kinds.ts';
import { isOwedUndo } from './no-answer.ts';
import { unreadable } from './poll.ts';
import { readAgain } from './read-again.ts';
import { tell } from './recorder.ts';
import { timeOf } from './step-time.ts';

export interface PreviewRequest {
	move: Move;
	steps: readonly RunStep[];
	/** Agreed to by flags. */
	consent: Readonly<Record<string, string>>;
}

/**
 * What each step would do now. Only reads, all steps at once; a step that cannot read its facts is `failed` with a
 * blocking check. Throws KDR_RUNBOOK_INVALID for a step this kdr does not know.
 */
export async function preview(env: EngineEnv, request: PreviewRequest): Promise<PlannedStep[]> {
	const known = request.steps.map((step) => ({ step, ...kindOf(env, step, request.steps) }));
	const [planned, findings] = await Promise.all([
		Promise.all(known.map(({ step, kind, params }) => previewStep(env, request, step, kind, params))),
		env.grants?.(request) ?? [],
	]);
	env.signal.throwIfAborted();
	return withGrants(planned, findings, request.consent);
}

/** Each step with what kdr may not do of it. What is of the run itself goes to the first step. */
function withGrants(
	planned: readonly PlannedStep[],
	findings: readonly GrantFinding[],
	consent: PreviewRequest['consent'],
): PlannedStep[] {
	return planned.map((one, index) => {
		if (one.status === 'skipped') return one;
		const mine = findings.filter(({ step }) => (step === undefined ? index === 0 : step === one.step.id));
		// A step with nothing to do writes nothing, unless the world changes until then.
		const checks = mine.map(({ check }) => (one.status === 'already' ? { ...check, status: 'warn' as const } : check));
		return { ...one, checks: [...one.checks, ...withOverrides(checks, consent)] };
	});
}

/** Shows a plan, with what is known of the outage. `history`: earlier runs of the link, or why they could not be read. */
export function tellPlan(
	env: EngineEnv,
	{ run, move, hold, onFailure }: Pick<RunRequest, 'run' | 'move' | 'hold' | 'onFailure'>,
	steps: PlannedStep[],
	history: readonly RunState[] | { why: string },
): void {
	const outage = estimateOutage({ move, plan: steps, hold, history, kinds: env.registry });
	tell(env, { type: 'plan', run, move, steps, ...(onFailure && { onFailure }), ...(outage && { outage }) });
}

/** The token of the plan of a run, as it would be made now. */
export async function digestOf(env: EngineEnv, { move, consent, clusterIds, steps }: RunState): Promise<string> {
	const plan = await preview(env, { move, consent, steps: steps.map(({ step }) => step) });
	return planDigest({ move, consent, clusterIds, plan, scope: scopeOf(env.link) });
}

async function previewStep(
	env: EngineEnv,
	request: PreviewRequest,
	step: RunStep,
	kind: AnyKind,
	params: unknown,
): Promise<PlannedStep> {
	const bare = { step, purpose: kind.purpose, checks: [] };
	if (isSkipped(env, step, request.move)) {
		return { ...bare, status: 'skipped', summary: skipSummary(env, step, kind.purpose, request.move), waits: false };
	}
	const ctx: StepContext = {
		...contextBase(env, step),
		move: request.move,
		run: 'preview',
		preview: true,
		consent: request.consent,
		output: () => undefined,
		evidence: () => [],
		record: async () => {},
		signal: env.signal,
	};
	const base = { ...bare, ...(kind.type === 'gate' && { byHand: kind.byHand(params, ctx) }) };
	try {
		const facts: unknown = await readAgain(() => kind.observe(params, env.io, ctx), {
			again: (error) => {
				if (env.signal.aborted || isOwedUndo(env, step, error)) throw error;
			},
			progress: ctx.progress,
		});
		const checks = withOverrides(checksOf(kind, facts, params, ctx), ctx.consent);
		const time = timeOf(kind, step, params, kind.spends?.(facts, params, ctx));
		if (kind.type === 'gate') {
			return {
				...base,
				time,
				status: 'gate',
				summary: kind.summary(facts, params, ctx),
				checks,
				waits: !kind.refusesPlan && (step.timeoutMs ?? kind.waitMs(params)) > 0,
			};
		}
		const { change, summary } = kind.plan(facts, params, ctx);
		return { ...base, time, status: change === null ? 'already' : 'change', summary, checks, waits: false };
	} catch (thrown) {
		const error = unlessBug(thrown);
		if (isOwedUndo(env, step, error))
			return { ...base, status: 'skipped', summary: owedSummary(step, request.move), waits: false };
		const summary = { what: kind.purpose, now: 'unknown', after: 'unknown', undo: '-' };
		return {
			...base,
			status: 'failed',
			summary,
			checks: [{ ...unreadable(kind.purpose, error), status: 'block' }],
			waits: false,
		};
	}
}
