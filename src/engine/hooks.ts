import { stops } from '../domain/check.ts';
import { asKdrError, type KdrError } from '../domain/errors/kdr-error.ts';
import type { RunStep } from '../domain/run/events.ts';
import type { StepContext } from '../steps/kind.ts';
import { wire } from './failure.ts';
import { checksError } from './poll.ts';
import type { Session } from './session.ts';

/**
 * Runs the hooks for a halt, one after the other, whatever becomes of each. They tell, they do not decide: how the run ends is
 * settled before, and none of them changes it. Ends early only when the journal takes nothing any more.
 */
export async function runFailureHooks(session: Session, error: KdrError): Promise<void> {
	const { recorder, env } = session;
	const signal = AbortSignal.any([env.signal, session.lockSignal]);
	const failure = { step: session.current?.id ?? '', code: error.code };
	try {
		for (const hook of recorder.state?.onFailure ?? []) {
			await recorder.append({ v: 1, type: 'hook.started', hook: hook.id });
			const end = await takeHook(session, hook, { ...session.context(hook, signal), failure, record: async () => {} });
			await recorder.append({ v: 1, type: 'hook.ended', hook: hook.id, ...end });
		}
	} catch {
		// the journal is gone, and with it the right to do anything more
	}
}

async function takeHook(
	session: Session,
	hook: RunStep,
	ctx: StepContext,
): Promise<{ what: string; error?: ReturnType<typeof wire> }> {
	let what = hook.id;
	try {
		const { kind, params } = session.kindOf(hook);
		const facts: unknown = await kind.observe(params, session.env.io, ctx);
		if (kind.type === 'gate') {
			({ what } = kind.summary(facts, params, ctx));
			const open = kind.check(facts, params, ctx).filter(stops);
			if (open.length > 0) throw checksError(open);
		} else {
			const { change, summary } = kind.plan(facts, params, ctx);
			({ what } = summary);
			if (change !== null) await kind.apply(change, session.env.io, ctx);
		}
		return { what };
	} catch (thrown) {
		return { what, error: wire(asKdrError(thrown)) };
	}
}
