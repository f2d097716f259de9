import type { LinkConfig } from '../domain/config/link.ts';
import { asKdrError, ifUnreadable, KdrError } from '../domain/errors/kdr-error.ts';
import { type FenceDebt, fenceDebts } from '../domain/fence/debt.ts';
import { foldJournals } from '../domain/run/fold.ts';
import type { RunState, UnreadableRun } from '../domain/run/state.ts';
import type { Side, World } from '../ports/world.ts';

/** The runs of a link by the journals of both sides, oldest first; a journal that cannot be read is named. */
export interface LinkRuns {
	runs: RunState[];
	unreadable: UnreadableRun[];
	missing: { alias: string; why: string }[];
}

/** `patienceMs`: a journal that takes longer counts as one that does not answer. */
export async function linkRuns(world: World, link: LinkConfig, patienceMs?: number): Promise<LinkRuns> {
	const missing: LinkRuns['missing'] = [];
	const read = link.clusters.map((alias) =>
		within(world, world.side(alias).journal.read(link.name), patienceMs).catch((thrown: unknown) => {
			missing.push({ alias, why: asKdrError(thrown).message });
			return [];
		}),
	);
	return { ...foldJournals(await Promise.all(read)), missing };
}

/** The runs of a link where none may be missing, oldest first. @throws what keeps a journal from being read */
export async function allRuns({ from, to }: { from: Side; to: Side }, link: LinkConfig): Promise<RunState[]> {
	return foldJournals(await Promise.all([to, from].map(({ journal }) => journal.read(link.name)))).runs;
}

/**
 * The runs of a link for one of its moves, oldest first. The journal of the side it moves to must be readable; what that of the other
 * might say, which may be dying, keeps no move from happening.
 */
export async function runsForMove(
	{ from, to }: { from: Side; to: Side },
	{ link, fromAlive }: { link: LinkConfig; fromAlive: boolean },
): Promise<RunState[]> {
	const journals = await Promise.all([
		to.journal.read(link.name),
		fromAlive ? from.journal.read(link.name).catch(ifUnreadable([])) : [],
	]);
	return foldJournals(journals).runs;
}

async function within<T>({ clock }: World, work: Promise<T>, ms: number | undefined): Promise<T> {
	if (ms === undefined) return work;
	const done = new AbortController();
	const late = clock.wait(ms, done.signal).then(() => {
		throw new KdrError('KDR_TIMEOUT', `no answer within ${ms / 1_000} s`);
	});
	try {
		return await Promise.race([work, late]);
	} finally {
		// The loser of the race is heard by nobody.
		late.catch(() => {});
		work.catch(() => {});
		done.abort();
	}
}

/** Fences owed, as far as the journals that answer tell. */
export async function owedFences(world: World, link: LinkConfig): Promise<FenceDebt[]> {
	return fenceDebts((await linkRuns(world, link)).runs);
}
