import { KdrError } from '../domain/errors/kdr-error.ts';
import { type LockView, lockView, openRun } from '../domain/run/lock-view.ts';
import type { foldRuns, RunState } from '../domain/run/state.ts';
import type { EngineEnv } from './env.ts';

export type Folded = ReturnType<typeof foldRuns>;

const age = (ms: number): string => (ms < 120_000 ? `${Math.round(ms / 1_000)} s` : `${Math.round(ms / 60_000)} min`);

/** Who holds the run, where a holder whose process certainly is gone counts as silent. */
export function holderOf(env: EngineEnv, state: RunState): LockView {
	const view = lockView(state, env.clock.now());
	return view.kind === 'live' && env.isGone?.(view.operator) ? { ...view, kind: 'silent' } : view;
}

/** KDR_LOCKED with who, where, at which step and how long ago, and what to type. */
export function locked(env: EngineEnv, state: RunState, view: Exclude<LockView, { kind: 'none' }>): KdrError {
	const { operator, step, ageMs, run, kind } = view;
	const at = step === undefined ? 'before its first step' : `at step ${step}`;
	const text = `run ${run} of link ${env.link.name} is open: ${operator.user}@${operator.host} (pid ${operator.pid}) is ${at}, last sign of life ${age(ageMs)} ago`;
	const hint =
		kind === 'live'
			? `watch it: kdr runs show ${run}; to take it over from ${operator.user}: kdr runs resume ${run} --takeover "why"`
			: `nobody seems to hold it any more; go on with it: kdr runs resume ${run}`;
	return new KdrError('KDR_LOCKED', text, {
		hint,
		details: { run, user: operator.user, host: operator.host, pid: operator.pid, step, ageMs, holder: kind, to: state.move.to },
	});
}

/**
 * The polite half of the lock: reads, refuses with KDR_LOCKED while another run of the link is open, and gives that run
 * back when `takeover` says why it is to be ended. The hard half is the journal's fence.
 */
export function refuseIfOpen(env: EngineEnv, { runs, unreadable }: Folded, takeover: string | undefined): RunState | undefined {
	const open = openRun(runs, env.link.name);
	if (takeover !== undefined) return open;
	const strange = unreadable.find((candidate) => !candidate.ended);
	if (strange) throw journalBroken(strange.run, strange.reason);
	if (!open) return undefined;
	const view = holderOf(env, open);
	if (view.kind === 'none') return undefined;
	throw locked(env, open, view);
}

/** A run whose events cannot be understood is never gone on with, nor passed over in silence. */
export function journalBroken(run: string, reason: string): KdrError {
	return new KdrError('KDR_JOURNAL_BROKEN', `run ${run} cannot be understood: ${reason}`, {
		hint: 'use the version of kdr that wrote it, or newer',
		details: { run, reason },
	});
}
