import type { FenceConfig, LinkConfig } from '../domain/config/link.ts';
import { KdrError } from '../domain/errors/kdr-error.ts';
import { shellLine } from '../domain/runbook/shell.ts';
import { visible } from '../domain/visible.ts';
import type { ProgramEnd } from '../ports/programs.ts';
import type { World } from '../ports/world.ts';
export const uses = ({ fence }: LinkConfig, driver: FenceConfig['driver'][number]): boolean =>
	fence.driver.includes(driver);

/** Whether the fence is up, by its program: exit 0 up, 1 not, anything else: nobody knows; null without one. @throws KDR_PROGRAM_FAILED */
export async function isUp(
	alias: string,
	{ programs }: World,
	{ name, fence }: LinkConfig,
	signal: AbortSignal,
): Promise<boolean | null> {
	const { exec } = fence;
	if (!exec) return null;
	const env = { KDR_LINK: name, KDR_CLUSTER: alias };
	const end = await programs.run(exec.verify, { env, within: exec.within, signal });
	if (end.code === 0) return true;
	if (end.code === 1) return false;
	throw new KdrError('KDR_PROGRAM_FAILED', `${shellLine(exec.verify)}: ${describe(end, exec.within)}`, {
		hint: 'exit 0: the fence is in force; exit 1: it is not; any other: unknown',
	});
}

export function describe({ code, killed, output }: ProgramEnd, within: number): string {
	const how = killed === 'time' ? `no end within ${within / 1_000} s, killed` : killed ? 'killed' : `exit ${code}`;
	const quote = output.trim().slice(-longestQuote).split(/\r?\n/).map(visible).join(' | ');
	return quote === '' ? how : `${how}: ${quote}`;
}

const reaches: Record<FenceConfig['driver'][number], string> = {
	acl: 'acl refuses every write and transaction of the principals named, also of clients that stay connected; it does not stop other principals, super users, nor what a broker had accepted before',
	quota: 'quota only slows: about one batch per connection and quota window still gets through; it stops nobody',
	exec: 'exec stops what its programs stop; kdr knows only what the program verify reports',
	manual: 'manual stops what an operator stops; kdr cannot verify it',
};

/** What the fence of the link can stop and what it cannot. */
export const reachOf = ({ fence }: LinkConfig): string => fence.driver.map((driver) => reaches[driver]).join('. ');

const longestQuote = 500;
