import { type LinkConfig, otherSide } from '../config/link.ts';
import { type FenceDebt, fenceDebts } from '../fence/debt.ts';
import { fenceFromJournal } from '../fence/fence-from-journal.ts';
import type { Operator } from './events.ts';
import { lastMove } from './last-move.ts';
import { type Standing, standingOf, titleOf, waysOn } from './standing.ts';
import type { RunState, UnreadableRun } from './state.ts';

/** A run that is open, or stopped and can be continued. */
export interface OpenRun {
	run: string;
	/** `switchover`, `failback`, `fence pay`, `undo of 7f3a12bc` … */
	title: string;
	from: string;
	to: string;
	startedAt: number;
	standing: Standing;
	/** Commands, the most usual first. */
	waysOn: string[];
}

/** The fence kdr set on a cluster, by the journals. */
export interface FencedCluster {
	cluster: string;
	/** When its oldest part was set, ms since the epoch. */
	since: number;
	/** Denials that are set. */
	denials: number;
	/** Users whose rate is limited. */
	limited: number;
	byPerson: boolean;
}

/** A link at one glance: for `kdr status`, and for the end of a run that halts. */
export interface LinkStatus {
	link: string;
	/** The cluster that the record sends clients to; null: neither, or not known. */
	active: string | null;
	/** Why the record could not be read. */
	recordUnknown: string | null;
	open: OpenRun[];
	fenced: FencedCluster[];
	debts: FenceDebt[];
	unreadable: UnreadableRun[];
	/** Journals that could not be read: what is only there is missing. */
	missing: { alias: string; why: string }[];
	/** The command to type now; null: there is nothing to do. */
	next: { command: string; why: string } | null;
}

interface Seen {
	link: LinkConfig;
	/** Oldest first. */
	runs: readonly RunState[];
	record: { active: string | null; why: string | null };
	unreadable: UnreadableRun[];
	missing: LinkStatus['missing'];
	/** Ms since the epoch. */
	now: number;
	isGone(operator: Operator): boolean;
}

/** Pure. */
export function linkStatus({ link, runs, record, unreadable, missing, now, isGone }: Seen): LinkStatus {
	const open = runs.flatMap((state): OpenRun[] => {
		const standing = standingOf(state, runs, now, isGone);
		const ways = waysOn(state, standing);
		const { run, move, startedAt } = state;
		if (ways.length === 0) return [];
		return [{ run, title: titleOf(state), from: move.from, to: move.to, startedAt, standing, waysOn: ways }];
	});
	const fence = fenceFromJournal(runs);
	const fenced = link.clusters.flatMap((cluster): FencedCluster[] => {
		const { since, bindings, brakes, byPerson } = fence(cluster);
		return since === null ? [] : [{ cluster, since, denials: bindings.length, limited: brakes.size, byPerson }];
	});
	const debts = fenceDebts(runs);
	return {
		link: link.name,
		active: record.active,
		recordUnknown: record.why,
		...{ open, fenced, debts, unreadable, missing },
		next: nextCommand({ link, open, debts, missing, runs, record }),
	};
}

function nextCommand({
	link,
	open,
	debts,
	missing,
	runs,
	record,
}: Pick<LinkStatus, 'open' | 'debts' | 'missing'> & Pick<Seen, 'link' | 'runs' | 'record'>): LinkStatus['next'] {
	const newest = open.at(-1);
	const [way] = newest?.waysOn ?? [];
	if (newest && way !== undefined) return { command: way, why: `run ${newest.run} (${newest.title}) is not finished` };
	const [debt] = debts;
	if (debt) {
		const command = `kdr fence pay --wait --confirm ${debt.cluster}`;
		return { command, why: `the fence on ${debt.cluster} is owed since run ${debt.run}` };
	}
	const { active } = record;
	if (active !== null && missing.some(({ alias }) => alias === active)) {
		const command = `kdr failover --to ${otherSide(link, active)} --dry-run`;
		return {
			command,
			why: `${active}, where the clients are, does not answer; this shows the plan and the possible loss`,
		};
	}
	const last = lastMove(runs);
	if (last?.move.mode === 'failover' && record.active === last.move.to)
		return { command: 'kdr salvage plan', why: `run ${last.run} was a failover: ${last.move.from} may hold a tail` };
	return null;
}
