import type { LinkConfig } from '../domain/config/link.ts';
import { type FenceDebt, fenceDebts } from '../domain/fence/debt.ts';
import type { RunState } from '../domain/run/state.ts';
import { answers } from '../observe/reachable.ts';
import { owedFences } from '../observe/runs.ts';
import type { World } from '../ports/world.ts';
import { debtLine } from '../ui/fence.ts';

/** How long a header waits for the journals, ms: a frozen side must not hold a command up. */
const patienceMs = 3_000;

/** What is known in time; a header never fails a command. */
async function inTime<T>({ clock }: World, work: Promise<T>, otherwise: T): Promise<T> {
	const late = new AbortController();
	const over = clock.wait(patienceMs, late.signal).then(
		() => otherwise,
		() => otherwise,
	);
	const known = await Promise.race([work.catch(() => otherwise), over]);
	late.abort();
	return known;
}

/** Says which fences are owed, as far as the journals answer in time. `paid`: the cluster whose fence the command itself sets. */
export async function warnOwedFences(
	world: World,
	link: LinkConfig,
	say: (text: string) => void,
	paid?: string,
): Promise<void> {
	for (const debt of await inTime(world, owedFences(world, link), [])) if (debt.cluster !== paid) say(debtLine(debt));
}

/** Says which fences a run that has ended owes. `runs`: all of the link, oldest first: one that it replaced may have set them. */
export function warnOwedBy(run: string, runs: readonly RunState[], say: (text: string) => void): void {
	for (const debt of fenceDebts(runs)) if (debt.run === run) say(debtLine(debt));
}

/** Owed fences that can be set now: the cluster is back, and the one that keeps the journal answers. */
export async function payableFences(world: World, link: LinkConfig): Promise<FenceDebt[]> {
	const payable = async ({ cluster, active }: FenceDebt): Promise<boolean> => {
		const [back, there] = await Promise.all([answers(world.side(cluster)), answers(world.side(active))]);
		return back && there;
	};
	const find = async (): Promise<FenceDebt[]> => {
		const debts = await owedFences(world, link);
		const can = await Promise.all(debts.map(payable));
		return debts.filter((_, index) => can[index]);
	};
	return inTime(world, find(), []);
}
