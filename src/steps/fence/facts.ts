import type { Check } from '../../domain/check.ts';
import type { LinkConfig } from '../../domain/config/link.ts';
import { asKdrError } from '../../domain/errors/kdr-error.ts';
import { bindingKey, tracesOf } from '../../domain/fence/binding.ts';
import { type FenceDebt, fenceDebts } from '../../domain/fence/debt.ts';
import { type Made, madeBy } from '../../domain/fence/made.ts';
import type { FenceSide, FenceView } from '../../domain/fence/view.ts';
import { foldRuns } from '../../domain/run/fold.ts';
import type { RunState } from '../../domain/run/state.ts';
import type { Side, World } from '../../ports/world.ts';
import { list } from '../estate.ts';
import { isUp, uses } from './drivers.ts';

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

export async function observeFence(world: World, link: LinkConfig, signal: AbortSignal): Promise<FenceView> {
	const { runs, missing } = await linkRuns(world, link);
	const madeOn = madeBy(runs);
	const anywhere = link.clusters.flatMap((alias) => madeOn(alias).bindings);
	const sides = link.clusters.map(async (alias): Promise<FenceSide> => {
		const side = world.side(alias);
		const made = madeOn(alias);
		const base = {
			alias,
			copies: [],
			gone: [],
			byPerson: made.byPerson,
			byProgram: await isUp(alias, world, link, signal).catch(() => null),
		};
		try {
			const braked = await brakedUsers(side, made);
			// Where no driver ever used ACLs there may be no authorizer to ask.
			if (!uses(link, 'acl') && anywhere.length === 0) return { ...base, made: [], braked };
			const { copies, made: there } = tracesOf(made.bindings, anywhere, await side.acls.list());
			const kept = new Set(there.map(bindingKey));
			return {
				...base,
				made: there,
				copies,
				braked,
				gone: made.bindings.filter((binding) => !kept.has(bindingKey(binding))),
			};
		} catch {
			return { ...base, made: null, braked: [] };
		}
	});
	return { link: link.name, debts: fenceDebts(runs), sides: await Promise.all(sides), missing };
}

/** Users that kdr's brake is on; a rate that another hand has set since is theirs. */
export async function brakedUsers({ quotas }: Side, { brakes }: Made): Promise<FenceSide['braked']> {
	if (brakes.size === 0) return [];
	const rates = await quotas.producerRates([...brakes.keys()]);
	return [...brakes].flatMap(([user, { before, after }]) => {
		const now = rates.get(user) ?? null;
		return now !== null && now === after ? [{ user, now, before }] : [];
	});
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
