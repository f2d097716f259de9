import { KdrError } from '../domain/errors/kdr-error.ts';
import { planDigest } from '../domain/plan/digest.ts';
import type { PlannedStep } from '../domain/plan/planned-step.ts';
import { lockView } from '../domain/run/lock-view.ts';
import { scopeOf, withScope } from '../domain/run/scope.ts';
import type { RunState } from '../domain/run/state.ts';
import { preview } from '../engine/preview.ts';
import { configChanged, inScope } from '../engine/scope.ts';
import { silentListener } from '../ui/listener.ts';
import { type Asking, askToken } from './asking.ts';
import { composeWorld, openLink } from './compose.ts';
import { operator } from './operator.ts';
import { parseOverrides } from './override-flag.ts';
import { probeClusters } from './probe-clusters.ts';
import { engineEnv } from './run-env.ts';

/** What became of an approval. */
export interface Approved {
	run: string;
	/** Token of the plan. */
	plan: string;
	/** Whether somebody seems to be running it now. */
	held: boolean;
}

/**
 * As another user than who started the run: its plan made again by what is seen from here, shown, and agreed to by its token, which
 * is left as a signal for the run. Throws KDR_SECOND_PERSON, KDR_RUN_ENDED, KDR_CONFIG_CHANGED, KDR_CONFIRM_NEEDED, KDR_PLAN_STALE, KDR_DECLINED.
 */
export async function approvePlan(
	flags: { config?: string | undefined; override?: string[] | undefined },
	state: RunState,
	asking: Asking,
	show: (steps: PlannedStep[]) => void,
): Promise<Approved> {
	const { run, move, ended, startedBy, consent } = state;
	if (ended?.result === 'done')
		throw new KdrError('KDR_RUN_ENDED', `run ${run} has already completed`, { hint: `kdr runs show ${run}` });
	const by = operator();
	if (by.user === startedBy.user)
		throw new KdrError('KDR_SECOND_PERSON', `${by.user} started run ${run}: somebody else must approve it`, {
			hint: 'kdr compares the names users are logged in with',
		});
	const opened = await openLink({ ...flags, link: move.link });
	const { scope } = state;
	const frozen = scope ? { ...opened, link: withScope(opened.link, scope) } : opened;
	const world = composeWorld(frozen, asking.signal);
	try {
		const { fromAlive, clusterIds } = await probeClusters(world, move);
		const given = engineEnv({ world, opened, move, fromAlive, listener: silentListener, asking });
		const env = inScope(given, state, parseOverrides(flags.override ?? [], [configChanged]));
		const steps = await preview(env, { move, consent, steps: state.steps.map(({ step }) => step) });
		show(steps);
		const plan = planDigest({ move, clusterIds, consent, plan: steps, scope: scopeOf(env.link) });
		await askToken(plan, run, asking);
		await world.side(move.to).journal.signal(run, { type: 'approve', by, plan });
		return { run, plan, held: lockView(state, world.clock.now()).kind === 'live' };
	} finally {
		await world.close();
	}
}
