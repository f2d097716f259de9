import type { LinkConfig } from '../domain/config/link.ts';
import type { FenceDebt } from '../domain/fence/debt.ts';
import type { World } from '../ports/world.ts';
import { debtLine } from '../ui/fence.ts';
import { owedFences } from './compose.ts';

/** How long a header waits for the journals, ms: a frozen side must not hold a command up. */
const patienceMs = 3_000;

/** Says which fences are owed, as far as the journals tell it in time; a header never fails a command. */
export async function tellOwedFences(world: World, link: LinkConfig, say: (text: string) => void): Promise<void> {
	const late = new AbortController();
	const nothing: FenceDebt[] = [];
	const debts = await Promise.race([
		owedFences(world, link).catch(() => nothing),
		world.clock.wait(patienceMs, late.signal).then(
			() => nothing,
			() => nothing,
		),
	]);
	late.abort();
	for (const debt of debts) say(debtLine(debt));
}
