import { asKdrError, KdrError } from '../domain/errors/kdr-error.ts';
import { type FenceDebt, fenceDebts } from '../domain/fence/debt.ts';
import type { JournalEntry } from '../domain/run/events.ts';
import { foldJournals } from '../domain/run/fold.ts';
import type { RunState, UnreadableRun } from '../domain/run/state.ts';
import { composeWorld, openConfig, openLink } from './compose.ts';

interface Request {
	config?: string | undefined;
	/** Only this link; absent: all of kdr.yaml. */
	link?: string | undefined;
	signal: AbortSignal;
}

/** What the journals of all reachable sides hold. */
export interface Journals {
	/** Oldest first. */
	runs: RunState[];
	unreadable: UnreadableRun[];
	/** Entries of one run, in order. */
	entriesOf(run: string): JournalEntry[];
	/** Fences owed, of all links. */
	owed: FenceDebt[];
	/** Sides whose journal could not be read: what is only there is missing. */
	missing: { link: string; alias: string; why: string }[];
}

/** Reads the journal of every side of the link, or of all links, at once. Throws when not one of them can be read. */
export async function readJournals(request: Request): Promise<Journals> {
	const { config } = await openConfig(request);
	const links = request.link === undefined ? Object.values(config.links) : [(await openLink(request)).link];
	const read = await Promise.all(
		links.map(async (link) => {
			const world = composeWorld({ config, link }, request.signal);
			try {
				return await Promise.all(
					link.clusters.map(async (alias) => {
						try {
							return { link: link.name, alias, entries: await world.side(alias).journal.read(link.name) };
						} catch (thrown) {
							return { link: link.name, alias, error: asKdrError(thrown) };
						}
					}),
				);
			} finally {
				await world.close();
			}
		}),
	);
	const journals = read.flat();
	const missing = journals.flatMap(({ link, alias, error }) =>
		error ? [{ link, alias, why: `${error.message} (${error.code})` }] : [],
	);
	const [failed] = journals.flatMap(({ error }) => (error ? [error] : []));
	if (failed && missing.length === journals.length) throw failed;
	const entries = journals.flatMap((journal) => journal.entries ?? []);
	const { runs, unreadable } = foldJournals(journals.map((journal) => journal.entries ?? []));
	return {
		runs,
		owed: links.flatMap(({ name }) => fenceDebts(runs.filter(({ move }) => move.link === name))),
		unreadable,
		entriesOf: (run) => entries.filter((entry) => entry.run === run),
		missing,
	};
}

/** The run whose id is, or alone begins with, `id`; without one the newest. Throws KDR_RUN_UNKNOWN. */
export function findRun({ runs, missing }: Pick<Journals, 'runs' | 'missing'>, id?: string): RunState {
	const found = id === undefined ? runs.slice(-1) : runs.filter(({ run }) => run === id || run.startsWith(id));
	const [only] = found;
	if (only && found.length === 1) return only;
	const elsewhere =
		missing.length > 0 ? `; not read: the journal of ${missing.map(({ alias }) => alias).join(', ')}` : '';
	const what =
		id === undefined
			? 'the journal holds no run'
			: found.length > 1
				? `${found.length} runs begin with ${id}`
				: `the journal holds no run ${id}`;
	throw new KdrError('KDR_RUN_UNKNOWN', what + elsewhere, { hint: hintFor(missing), details: { missing } });
}

const hintFor = ([gone]: Journals['missing']): string =>
	gone
		? `if ${gone.alias} is gone, its run cannot be undone there; to let clients write again on the other cluster: kdr fence lift --link ${gone.link}`
		: 'kdr runs list';
