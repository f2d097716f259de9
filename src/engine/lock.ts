import { asKdrError, KdrError } from '../domain/errors/kdr-error.ts';
import type { JournalEntry } from '../domain/run/events.ts';
import { foldRuns } from '../domain/run/fold.ts';
import { isFromFuture, type LockView, lockView, openRun } from '../domain/run/lock-view.ts';
import type { RunState, UnreadableRun } from '../domain/run/state.ts';
import type { JournalWriter } from '../ports/journal.ts';
import type { EngineEnv } from './env.ts';
import { tell } from './recorder.ts';

/** The runs of the link in the journals of both sides. */
export interface Folded {
	runs: RunState[];
	unreadable: UnreadableRun[];
	/** Those that stand in the other side's journal. */
	elsewhere: ReadonlySet<RunState>;
}

/** Reads the journal of this run's side, and the other one as far as it is needed or answers. */
export async function readRuns(env: EngineEnv): Promise<Folded> {
	const [ours, theirs] = await Promise.all([env.journal.read(env.link.name), readOther(env)]);
	const [here, there] = [foldRuns(ours), foldRuns(theirs)];
	return {
		runs: [...here.runs, ...there.runs].sort((a, b) => a.startedAt - b.startedAt),
		unreadable: [...here.unreadable, ...there.unreadable],
		elsewhere: new Set(there.runs),
	};
}

async function readOther({ otherJournal, link }: EngineEnv): Promise<JournalEntry[]> {
	if (!otherJournal) return [];
	return otherJournal.journal.read(link.name).catch(unlessNeeded(otherJournal.needed, []));
}

function unlessNeeded<T>(needed: boolean, instead: T): (thrown: unknown) => T {
	return (thrown) => {
		if (needed || asKdrError(thrown).code === 'KDR_BUG') throw thrown;
		return instead;
	};
}

/** A writer of the journal a run stands in; both fence whoever held the link there before. */
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
	refuseIfOpen(env, { runs, unreadable, elsewhere: new Set() }, {});
}

const age = (ms: number): string => (ms < 120_000 ? `${Math.round(ms / 1_000)} s` : `${Math.round(ms / 60_000)} min`);

/** Who holds the run, where a holder whose process certainly is gone counts as silent. */
export function holderOf(env: EngineEnv, state: RunState): LockView {
	const view = lockView(state, env.clock.now());
	return view.kind === 'live' && env.isGone?.(view.operator) ? { ...view, kind: 'silent' } : view;
}

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
	const until = env.clock.monotonic() + watchMs;
	while (env.clock.monotonic() < until) {
		await env.clock.wait(Math.min(1_000, until - env.clock.monotonic()), env.signal);
		const now = (await readRuns(env)).runs.find(({ run }) => run === state.run);
		if (now && !now.ended && now.seq > state.seq)
			throw locked(env, now, { ...view, kind: 'live', step: now.lastStep, ageMs: 0 });
	}
}

/** KDR_LOCKED with who, where, at which step and how long ago, and what to type. */
export function locked(env: EngineEnv, state: RunState, view: Exclude<LockView, { kind: 'none' }>): KdrError {
	const { operator, step, ageMs, run, kind } = view;
	const at = step === undefined ? 'before its first step' : `at step ${step}`;
	const text = `run ${run} of link ${env.link.name} is open: ${operator.user}@${operator.host} (pid ${operator.pid}) is ${at}, last sign of life ${age(ageMs)} ago`;
	const hint =
		kind === 'live'
			? `watch it: kdr runs show ${run}; to take it over from ${operator.user}: kdr runs takeover ${run} --reason "why"`
			: `nobody seems to hold it any more; go on with it: kdr runs resume ${run}`;
	return new KdrError('KDR_LOCKED', text, {
		hint,
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

/**
 * The polite half of the lock: reads, refuses with KDR_LOCKED while another run of the link is open, and gives that run
 * back when `takeover` says why it is to be ended, or when it is the one to be undone and nobody holds it. The hard half is the
 * journal's fence.
 */
export function refuseIfOpen(
	env: EngineEnv,
	{ runs, unreadable }: Folded,
	{ takeover, undoes }: { takeover?: string; undoes?: string },
): RunState | undefined {
	const open = openRun(runs, env.link.name);
	if (takeover !== undefined) return open;
	const strange = unreadable.find((candidate) => !candidate.ended);
	if (strange) throw journalBroken(strange.run, strange.reason);
	if (!open) return undefined;
	const view = holderOf(env, open);
	if (view.kind === 'none') return undefined;
	if (view.kind === 'silent' && open.run === undoes) return open;
	throw locked(env, open, view);
}

/** A run whose events cannot be understood is never gone on with, nor passed over in silence. */
export function journalBroken(run: string, reason: string): KdrError {
	return new KdrError('KDR_JOURNAL_BROKEN', `run ${run} cannot be understood: ${reason}`, {
		hint: 'use the version of kdr that wrote it, or newer',
		details: { run, reason },
	});
}
