import type { LinkConfig } from '../domain/config/link.ts';
import { ifUnreadable } from '../domain/errors/kdr-error.ts';
import { bindingKey, tracesOf } from '../domain/fence/binding.ts';
import { fenceDebts } from '../domain/fence/debt.ts';
import { fenceFromJournal, type JournalledFence } from '../domain/fence/fence-from-journal.ts';
import type { FenceSide, FenceView } from '../domain/fence/view.ts';
import type { Side, World } from '../ports/world.ts';
import { isUp, uses } from './fence-program.ts';
import { linkRuns } from './runs.ts';

export async function observeFence(world: World, link: LinkConfig, signal: AbortSignal): Promise<FenceView> {
	const { runs, missing } = await linkRuns(world, link);
	const madeOn = fenceFromJournal(runs);
	const anywhere = link.clusters.flatMap((alias) => madeOn(alias).bindings);
	const sides = link.clusters.map(async (alias): Promise<FenceSide> => {
		const side = world.side(alias);
		const made = madeOn(alias);
		const base = {
			alias,
			copies: [],
			gone: [],
			byPerson: made.byPerson,
			byProgram: await isUp(alias, world, link, signal).catch(ifUnreadable(null)),
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
export async function brakedUsers({ quotas }: Side, { brakes }: JournalledFence): Promise<FenceSide['braked']> {
	if (brakes.size === 0) return [];
	const rates = await quotas.producerRates([...brakes.keys()]);
	return [...brakes].flatMap(([user, { before, after }]) => {
		const now = rates.get(user) ?? null;
		return now !== null && now === after ? [{ user, now, before }] : [];
	});
}
