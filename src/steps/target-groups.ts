import { blockUnless, type Check } from '../domain/check.ts';
import type { LinkConfig } from '../domain/config/link.ts';
import { isActive } from '../domain/kafka/group.ts';
import type { Move } from '../domain/run/events.ts';
import { list } from '../domain/text.ts';
import { scopeGroups, scopeTopics } from '../observe/scope.ts';
import type { Group } from '../ports/group-offsets.ts';
import type { StepIo } from './kind.ts';

/**
 * Groups that a move would set offsets for and that have members on the cluster it moves to: no broker sets offsets of such a group, which
 * would then skip or repeat records. One whose commits cannot be read counts as such.
 */
export async function activeOnTarget({ from, to }: StepIo, link: LinkConfig): Promise<Group[]> {
	const [there, here, topics] = await Promise.all([
		scopeGroups(to, link),
		scopeGroups(from, link),
		scopeTopics(from, link),
	]);
	const moved = new Set(here.map(({ id }) => id));
	const active = there.filter((group) => moved.has(group.id) && isActive(group));
	if (active.length === 0) return [];
	const names = new Set(topics.map(({ name }) => name));
	const committed = await from.groups.committed(active.map(({ id }) => id));
	return active.filter(({ id }) => {
		const item = committed.get(id);
		return !item?.ok || [...item.value.keys()].some(({ topic }) => names.has(topic));
	});
}

export const activeOnTargetCheck = (active: readonly Group[], { to }: Move): Check =>
	blockUnless(active.length === 0, {
		code: 'KDR_GROUP_ACTIVE',
		what: `groups to move that have members on ${to}`,
		observed: active.length === 0 ? 'none' : list(active.map(({ id, state }) => `${id} (${state})`)),
		found: active.map(({ id }) => id),
		wanted: 'none: their offsets cannot be set, so they skip records or read them again',
		hint: `stop their members on ${to}, or: --override KDR_GROUP_ACTIVE=REASON`,
	});
