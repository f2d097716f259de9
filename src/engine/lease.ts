import { ifUnreadable, KdrError } from '../domain/errors/kdr-error.ts';
import type { JournalEntry } from '../domain/run/events.ts';
import { foldRuns } from '../domain/run/fold.ts';
import { isFromFuture, type LockView, openRun } from '../domain/run/lock-view.ts';
import { mergeRuns, overtakenBy } from '../domain/run/order.ts';
import { holderAt, type Standing, standingOf } from '../domain/run/standing.ts';
import type { RunState, UnreadableRun } from '../domain/run/state.ts';
import { askUntil } from '../ports/ask-until.ts';
import type { JournalWriter } from '../ports/journal.ts';
import type { EngineEnv, ResumeRequest, RunRequest } from './env.ts';
import { tell } from './recorder.ts';

/** The runs of the link in the journals of both sides. */
export interface Folded {
	runs: RunState[];
	unreadable: UnreadableRun[];
	/** Those in the other side's journal. */
	elsewhere: ReadonlySet<RunState | UnreadableRun>;
}

/** Reads the journal of this run's side, and the other one as far as it is needed or answers. */
export async function readRuns(env: EngineEnv): Promise<Folded> {
	const [ours, theirs] = await Promise.all([env.journal.read(env.link.name), readOther(env)]);
	const [here, there] = [foldRuns(ours), foldRuns(theirs)];
	return {
		runs: mergeRuns([here.runs, there.runs]),
		unreadable: [...here.unreadable, ...there.unreadable],
		elsewhere: new Set([...there.runs, ...there.unreadable]),
	};
}

async function readOther({ otherJournal, link }: EngineEnv): Promise<JournalEntry[]> {
	if (!otherJournal) return [];
	return otherJournal.journal.read(link.name).catch(unlessNeeded(otherJournal.needed, []));
}

function unlessNeeded<T>(needed: boolean, instead: T): (thrown: unknown) => T {
	if (!needed) return ifUnreadable(instead);
	return (thrown) => {
		throw thrown;
	};
}

/** A writer of the journal of a run; both fence whoever held the link there before. */
export interface Writers {
	here: JournalWriter;
	there: JournalWriter | undefined;
	close(): Promise<void>;
}

/** While the plan is made, what taking the lock will need is got ready. */
export function prepareWriters({ journal, otherJournal, link }: EngineEnv): void {
	journal.prepare?.(link.name);
	otherJournal?.journal.prepare?.(link.name);
}

/** Takes the link's lock on both sides: two moves in opposite directions write to different journals. */
export async function openWriters({ journal, otherJournal, link }: EngineEnv): Promise<Writers> {
	const opening = otherJournal?.journal.open(link.name).catch(unlessNeeded(otherJournal.needed, undefined));
	const [here, there] = await Promise.allSettled([journal.open(link.name), opening]);
	const writers = [here, there].flatMap((opened) =>
		opened.status === 'fulfilled' && opened.value ? [opened.value] : [],
	);
	const close = async () => {
		await Promise.all(writers.map((writer) => writer.close().catch(() => {})));
	};
	if (here.status === 'fulfilled' && there.status === 'fulfilled')
		return { here: here.value, there: there.value, close };
	await close();
	throw here.status === 'rejected' ? here.reason : (there as PromiseRejectedResult).reason;
}

/**
 * After the run's first event: if somebody began a move the other way in the same moment, at least one of the two now sees the
 * other, and gives way. Throws KDR_LOCKED.
 */
export async function giveWay(env: EngineEnv): Promise<void> {
	const { runs, unreadable } = foldRuns(await readOther(env));
	assertMayBegin(env, { runs, unreadable, elsewhere: new Set() }, {});
}

const age = (ms: number): string => (ms < 120_000 ? `${Math.round(ms / 1_000)} s` : `${Math.round(ms / 60_000)} min`);

/** Who holds the run, where a holder whose process certainly is gone counts as silent. */
export function holderOf(env: EngineEnv, state: RunState): LockView {
	return holderAt(state, env.clock.now(), (operator) => env.isGone?.(operator) ?? false);
}

/** Whether anything was written to the run between two readings: events, or heartbeats, which have no number. */
export const hasSpoken = (now: RunState | UnreadableRun, before: RunState | UnreadableRun): boolean =>
	'seq' in now && 'seq' in before
		? now.seq !== before.seq || now.lastSignAt !== before.lastSignAt
		: 'at' in now && 'at' in before && now.at !== before.at;

/** A heartbeat comes every 5 s. */
const watchMs = 7_000;

/**
 * Before a run is taken from a holder who seems silent: two machines' clocks may differ by any amount, so the journal is watched for
 * a heartbeat, unless its process certainly is gone. Throws KDR_LOCKED when the holder lives.
 */
export async function assertNobodyHolds(env: EngineEnv, state: RunState): Promise<void> {
	const view = holderOf(env, state);
	if (view.kind === 'none' || env.isGone?.(view.operator)) return;
	if (view.kind === 'live' && !isFromFuture(state, env.clock.now())) throw locked(env, state, view);
	const { user, host } = view.operator;
	tell(env, {
		type: 'progress',
		step: 'lock',
		text: `looking for ${watchMs / 1_000} s whether ${user}@${host} still works on run ${state.run}`,
	});
	const now = await askUntil(async () => (await readRuns(env)).runs.find(({ run }) => run === state.run), {
		...{ clock: env.clock, signal: env.signal, withinMs: watchMs, everyMs: 1_000 },
		isEnough: (found) => found !== undefined && !found.ended && hasSpoken(found, state),
	});
	if (now && !now.ended && hasSpoken(now, state))
		throw locked(env, now, { ...view, kind: 'live', step: now.lastStep, ageMs: 0 });
}

/** KDR_LOCKED with who, where, at which step and how long ago, and what to type. */
export function locked(env: EngineEnv, state: RunState, view: Exclude<LockView, { kind: 'none' }>): KdrError {
	const { operator, step, ageMs, run, kind } = view;
	const at = step === undefined ? 'before its first step' : `at step ${step}`;
	const text = `run ${run} of link ${env.link.name} is open: ${operator.user}@${operator.host} (pid ${operator.pid}) is ${at}, last sign of life ${age(ageMs)} ago`;
	const hint =
		kind === 'live'
			? `watch it: kdr runs show ${run}; to take it over from ${operator.user}: kdr runs takeover ${run} --reason "why"`
			: `nobody seems to hold it any more; resume it: kdr runs resume ${run}`;
	const emergency = `in an emergency: kdr failover --to ${state.move.to} --supersede "why"`;
	return new KdrError('KDR_LOCKED', text, {
		hint: `${hint}; ${emergency}`,
		details: {
			run,
			user: operator.user,
			host: operator.host,
			pid: operator.pid,
			step,
			ageMs,
			holder: kind,
			to: state.move.to,
		},
	});
}

/** The runs that a request names as those it may end. */
type MayEnd = Pick<RunRequest, 'supersedes' | 'endsUnreadable' | 'undoes'>;

/**
 * The polite half of the lease: throws KDR_LOCKED while another run of the link is open, and KDR_JOURNAL_BROKEN while one that cannot be
 * read may be. Gives those that the request names as superseded, or undoes while nobody holds it: only they may be ended. The hard
 * half is the journal's fence.
 */
export function assertMayBegin(
	env: EngineEnv,
	{ runs, unreadable }: Folded,
	{ supersedes, endsUnreadable = [], undoes }: MayEnd,
): (RunState | UnreadableRun)[] {
	const strange = mayBeOpen(unreadable);
	const unnamed = strange.find(({ run }) => !endsUnreadable.includes(run));
	if (unnamed) throw mayBeOpenBroken(env, unnamed);
	const ended: (RunState | UnreadableRun)[] = strange;
	for (const open of runs.filter(({ move, ended }) => move.link === env.link.name && !ended)) {
		const view = holderOf(env, open);
		if (view.kind === 'none') continue;
		if (open.run !== supersedes?.run && !(view.kind === 'silent' && open.run === undoes))
			throw view.kind === 'silent' && open.unreadable !== undefined
				? mayBeOpenBroken(env, { run: open.run, reason: open.unreadable })
				: locked(env, open, view);
		ended.push(open);
	}
	return ended;
}

export const mayBeOpen = (unreadable: readonly UnreadableRun[]): UnreadableRun[] =>
	unreadable.filter(({ ended }) => !ended);

function mayBeOpenBroken({ link }: EngineEnv, { run, reason }: Pick<UnreadableRun, 'run' | 'reason'>): KdrError {
	return new KdrError(
		'KDR_JOURNAL_BROKEN',
		`run ${run} of link ${link.name} may be open, and this kdr cannot read it: ${reason}`,
		{
			hint: 'use the version of kdr that wrote it, or newer; if no kdr wrote it, repair kdr-journal.internal (docs/journal.md); in an emergency: kdr failover --to CLUSTER --supersede "why"',
			details: { run, reason },
		},
	);
}

/** The run that an emergency replaces: the open one, else the newest that stopped before its end. Undefined: there is none. */
export function supersedable(env: EngineEnv, { runs }: Folded): RunState | undefined {
	const ofLink = runs.filter(({ move }) => move.link === env.link.name);
	return openRun(ofLink, env.link.name) ?? ofLink.findLast((state) => isUnfinished(standingOf(state, ofLink, 0)));
}

const isUnfinished = ({ kind }: Standing): boolean =>
	kind === 'halted' || kind === 'interrupted' || kind === 'incomplete';

/** How long the last call of a holder may still be under way after its last sign of life, ms: a heartbeat and its longest deadline. */
const lastCallMs = 20_000;

/**
 * After the fence, before anything is done: a call that the old holder began before it learns that it lost the lease may still
 * have its effect. Waits until every such call must have ended, unless its process certainly is gone. `watchedMs`: how long this process
 * has heard nothing of it until now. Times in the journal are by other clocks, which may differ by any amount: they shorten no wait.
 */
export async function awaitLastCall(
	env: EngineEnv,
	before: RunState | UnreadableRun,
	watchedMs: number,
): Promise<void> {
	const operator = 'operator' in before ? before.operator : undefined;
	if (before.ended || (operator && env.isGone?.(operator))) return;
	const waitMs = lastCallMs - watchedMs;
	if (waitMs <= 0) return;
	const whose = operator ? `${operator.user}@${operator.host}` : 'its holder';
	const text = `waiting ${Math.ceil(waitMs / 1_000)} s until the last call of ${whose} on run ${before.run} must have ended`;
	tell(env, { type: 'progress', step: 'lock', text });
	await env.clock.wait(waitMs, env.signal);
}

/** A run whose events cannot be read is never resumed, and never ignored in silence. */
export function journalBroken(run: string, reason: string): KdrError {
	return new KdrError('KDR_JOURNAL_BROKEN', `run ${run} cannot be understood: ${reason}`, {
		hint: 'use the version of kdr that wrote it, or newer',
		details: { run, reason },
	});
}

/** The run to resume. Throws what `runInJournal` and `assertNotOvertaken` throw, KDR_RUN_ENDED, KDR_LOCKED. */
export function resumable(env: EngineEnv, folded: Folded, request: ResumeRequest): RunState {
	const { runs, unreadable } = folded;
	const state = runInJournal(env, folded, request);
	if (state.ended?.result === 'done')
		throw new KdrError('KDR_RUN_ENDED', `run ${state.run} has already completed`, {
			hint: `kdr runs show ${state.run}`,
		});
	assertNotOvertaken(folded, state);
	const others = runs.filter((other) => other !== state);
	assertMayBegin(env, { ...folded, runs: others, unreadable: request.takeover === undefined ? unreadable : [] }, {});
	return state;
}

/** Somebody else resumed the run while we looked. Throws KDR_LOCKED. */
export function assertNotTaken(env: EngineEnv, state: RunState, { takeover }: ResumeRequest): void {
	const view = holderOf(env, state);
	if (view.kind === 'live' && takeover === undefined) throw locked(env, state, view);
}

/** The run as this side's journal tells it. Throws KDR_RUN_UNKNOWN, KDR_JOURNAL_BROKEN, KDR_CLUSTER_WRONG. */
export function runInJournal(
	env: EngineEnv,
	{ runs, unreadable, elsewhere }: Folded,
	request: ResumeRequest,
): RunState {
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

/** Throws KDR_RUN_OVERTAKEN. */
export function assertNotOvertaken({ runs }: Folded, state: RunState): void {
	const later = overtakenBy(state, runs);
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
