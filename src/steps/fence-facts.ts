import type { Check } from '../domain/check.ts';
import type { LinkConfig } from '../domain/config/link.ts';
import { asKdrError } from '../domain/errors/kdr-error.ts';
import { bindingKey, tracesOf } from '../domain/fence/binding.ts';
import { type FenceDebt, fenceDebts } from '../domain/fence/debt.ts';
import { bindingsMade } from '../domain/fence/made.ts';
import type { FenceSide, FenceView } from '../domain/fence/view.ts';
import { foldRuns, type RunState } from '../domain/run/state.ts';
import type { World } from '../ports/world.ts';
import { list } from './estate.ts';

/** The runs of a link by the journals of both sides, oldest first; a journal that cannot be read is named. */
export interface LinkRuns {
	runs: RunState[];
	missing: { alias: string; why: string }[];
}

export async function linkRuns(world: World, link: LinkConfig): Promise<LinkRuns> {
	const missing: LinkRuns['missing'] = [];
	const read = link.clusters.map((alias) =>
		world
			.side(alias)
			.journal.read(link.name)
			.catch((thrown: unknown) => {
				missing.push({ alias, why: asKdrError(thrown).message });
				return [];
			}),
	);
	const runs = (await Promise.all(read)).flatMap((entries) => foldRuns(entries).runs);
	return { runs: runs.sort((a, b) => a.startedAt - b.startedAt), missing };
}

/** Fences owed, as far as the journals that answer tell. */
export async function owedFences(world: World, link: LinkConfig): Promise<FenceDebt[]> {
	return fenceDebts((await linkRuns(world, link)).runs);
}

export async function observeFence(world: World, link: LinkConfig): Promise<FenceView> {
	const { runs, missing } = await linkRuns(world, link);
	const made = bindingsMade(runs);
	const anywhere = [...made.values()].flat();
	const sides = link.clusters.map(async (alias): Promise<FenceSide> => {
		const there = await world
			.side(alias)
			.acls.list()
			.catch(() => null);
		if (!there) return { alias, made: null, copies: [], gone: [] };
		const traces = tracesOf(made.get(alias) ?? [], anywhere, there);
		const kept = new Set(traces.made.map(bindingKey));
		return { alias, ...traces, gone: (made.get(alias) ?? []).filter((binding) => !kept.has(bindingKey(binding))) };
	});
	return { link: link.name, debts: fenceDebts(runs), sides: await Promise.all(sides), missing };
}

/** Nothing may be mirrored or moved onto a cluster that is back and where clients may still work. */
export function paidCheck(debts: readonly FenceDebt[], missing: LinkRuns['missing']): Check {
	const unread = missing.map(({ alias }) => alias);
	return {
		code: 'KDR_FENCE_OWED',
		status: debts.length > 0 ? 'block' : unread.length > 0 ? 'unknown' : 'pass',
		what: 'fences owed by earlier moves',
		observed:
			debts.length > 0
				? list(debts.map(({ cluster, owes, run }) => `${owes.join(' and ')} on ${cluster} since run ${run}`))
				: unread.length > 0
					? `unknown: the journal of ${list(unread)} was not readable`
					: 'none',
		wanted: 'none',
		hint: 'kdr fence pay',
	};
}
