import type { Check } from '../../domain/check.ts';
import type { LinkConfig } from '../../domain/config/link.ts';
import { asKdrError, type KdrError } from '../../domain/errors/kdr-error.ts';
import type { Item } from '../../domain/item.ts';
import { list } from '../../domain/text.ts';
import { uses } from '../../observe/fence-program.ts';
import type { Canary } from '../../ports/canary.ts';
import { silentBrokers } from './drivers.ts';

/** What the canary shows before the fence; its refusal afterwards only proves something if it may write now. */
export interface CanaryLook {
	principal: string | null;
	/** What it may write to, by broker id. */
	writable: Map<number, Item<string[]>> | KdrError;
}

/** A busy broker that answers too late is asked twice more: one late answer refuses no move. */
export async function lookAtCanary(canary: Canary, topics: readonly string[], tries = 3): Promise<CanaryLook> {
	const writable = await canary.writable(topics).catch((thrown: unknown) => asKdrError(thrown));
	const late = !(writable instanceof Map) && writable.code === 'KDR_TIMEOUT';
	return late && tries > 1 ? lookAtCanary(canary, topics, tries - 1) : { principal: canary.principal, writable };
}

/** What writers-still would find too late: a canary that the fence does not stop, or that cannot be asked. */
export function canaryFits(
	look: CanaryLook | null,
	fenced: readonly string[],
	link: LinkConfig,
	alias: string,
): Check[] {
	if (!look) return [];
	const { principal, writable } = look;
	const who = principal ?? 'its certificate';
	const base = {
		code: 'canary-fit',
		what: `the application whose write shows the fence on ${alias}`,
		wanted: 'a fenced principal that may write now, on every broker',
	};
	const hint = `links.${link.name}.fence.canary.${alias} in kdr.yaml`;
	if (uses(link, 'acl') && principal !== null && !fenced.includes(principal))
		return [{ ...base, status: 'block', observed: `${principal} is not among those that are fenced`, hint }];
	const failed = writable instanceof Map ? silentBrokers(writable) : [writable.message];
	if (failed.length > 0)
		return [{ ...base, status: 'block', observed: `${who} cannot be asked: ${list(failed)}`, hint }];
	const may = writable instanceof Map && [...writable.values()].some((item) => item.ok && item.value.length > 0);
	return [
		may
			? { ...base, status: 'pass', observed: `${who} may write` }
			: {
					...base,
					status: 'warn',
					observed: `${who} may write to no topic even now: its refusal will prove nothing`,
					hint,
				},
	];
}
