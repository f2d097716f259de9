import { KdrError } from '../domain/errors/kdr-error.ts';
import type { RunState } from '../domain/run/state.ts';
import type { EngineEnv, ResumeRequest } from './env.ts';
import { type Folded, holderOf, journalBroken, locked, refuseIfOpen } from './lock.ts';

/** The run to go on with. Throws what `known` and `assertNotOvertaken` throw, KDR_RUN_ENDED, KDR_LOCKED. */
export function resumable(env: EngineEnv, folded: Folded, request: ResumeRequest): RunState {
	const { runs, unreadable } = folded;
	const state = known(env, folded, request);
	if (state.ended?.result === 'done')
		throw new KdrError('KDR_RUN_ENDED', `run ${state.run} ended done`, { hint: `kdr runs show ${state.run}` });
	assertNotOvertaken(folded, state);
	const others = runs.filter((other) => other !== state);
	refuseIfOpen(env, { ...folded, runs: others, unreadable: request.takeover === undefined ? unreadable : [] }, {});
	return state;
}

/** Somebody else went on with the run while we looked. Throws KDR_LOCKED. */
export function assertNotTaken(env: EngineEnv, state: RunState, { takeover }: ResumeRequest): void {
	const view = holderOf(env, state);
	if (view.kind === 'live' && takeover === undefined) throw locked(env, state, view);
}

/** The run as this side's journal tells it. Throws KDR_RUN_UNKNOWN, KDR_JOURNAL_BROKEN, KDR_CLUSTER_WRONG. */
export function known(env: EngineEnv, { runs, unreadable, elsewhere }: Folded, request: ResumeRequest): RunState {
	const strange = unreadable.find((candidate) => candidate.run === request.run);
	if (strange) throw journalBroken(strange.run, strange.reason);
	const state = runs.find((candidate) => candidate.run === request.run && !elsewhere.has(candidate));
	if (!state)
		throw new KdrError('KDR_RUN_UNKNOWN', `no run ${request.run} of link ${env.link.name} is in the journal`, {
			hint: 'kdr runs list',
		});
	if (state.unreadable !== undefined) throw journalBroken(state.run, state.unreadable);
	assertSameClusters(state, request.clusterIds);
	return state;
}

/** Throws KDR_RUN_OVERTAKEN. Positions in two journals say nothing of each other; then the time of the last intent tells. */
export function assertNotOvertaken({ runs, elsewhere }: Folded, state: RunState): void {
	const wroteLater = (other: RunState): boolean =>
		elsewhere.has(other)
			? (other.lastIntentAt ?? 0) > (state.lastIntentAt ?? state.startedAt)
			: (other.lastIntentOffset ?? -1n) > (state.lastIntentOffset ?? -1n);
	const later = runs.slice(runs.indexOf(state) + 1).find(wroteLater);
	if (!later) return;
	throw new KdrError(
		'KDR_RUN_OVERTAKEN',
		`run ${later.run} (${later.command}) has written since run ${state.run} stopped`,
		{
			hint: `kdr runs show ${later.run}`,
		},
	);
}

function assertSameClusters(state: RunState, now: Record<string, string>): void {
	for (const [alias, id] of Object.entries(state.clusterIds)) {
		if (now[alias] === undefined || now[alias] === id) continue;
		throw new KdrError(
			'KDR_CLUSTER_WRONG',
			`${alias} is cluster ${now[alias]}, but run ${state.run} was started with ${id}`,
		);
	}
}
