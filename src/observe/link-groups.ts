import type { LinkConfig } from '../domain/config/link.ts';
import type { UnreadGroup, UntouchedGroup } from '../domain/groups/untouched.ts';
import type { Item } from '../domain/item.ts';
import { isActive } from '../domain/kafka/group.ts';
import type { PartitionMap } from '../domain/kafka/partition.ts';
import { groupsInScope, leftAlone, topicsInScope } from '../domain/kafka/scope.ts';
import { mirrorNames } from '../domain/offsets/mirror-maker.ts';
import type { CommittedOffset, Group, Member } from '../ports/group-offsets.ts';
import type { Side } from '../ports/world.ts';

/** The groups of one cluster, as they concern a link. */
export interface LinkGroups {
	/** Consumer groups with commits, subscriptions or assignments on topics of the link: those that a move touches. */
	groups: Group[];
	untouched: UntouchedGroup[];
	unread: UnreadGroup[];
	/** How many others the link's patterns for groups match: other teams', and those of Connect's and Schema Registry's workers. */
	others: number;
}

/**
 * Which groups of a cluster are the link's. The name alone does not say it: on a shared cluster most groups read other topics, and to
 * evict those would stop another team's application. `live`: only groups that have members.
 */
export async function observeLinkGroups(
	side: Side,
	link: LinkConfig,
	{ live = false }: { live?: boolean } = {},
): Promise<LinkGroups> {
	const matches = groupsInScope(link.groups);
	const [all, mine] = await Promise.all([side.groups.list(), topicsOfLink(side, link)]);
	const groups = all.filter((group) => matches(group.id) && (!live || isActive(group)));
	const consumers = groups.filter((group) => leftAlone(group) === null);
	// Of share groups neither members nor positions can be read.
	const committing = groups.filter(
		(group) => leftAlone(group) === null || ['connect', 'streams'].includes(byHand(group) ?? ''),
	);
	const [members, committed] = await Promise.all([
		side.groups.members(consumers.filter(isActive)),
		side.groups.committed(committing.map(({ id }) => id)),
	]);
	const found: LinkGroups = { groups: [], untouched: [], unread: [], others: 0 };
	for (const group of groups) {
		const why = leftAlone(group);
		const type = byHand(group);
		const verdict = type === 'share' ? 'mine' : judge(members.get(group.id), committed.get(group.id), mine);
		const commits = committed.get(group.id);
		if (typeof verdict === 'object') found.unread.push({ group: group.id, why: verdict.why });
		// Its offsets could not be moved.
		else if (commits && !commits.ok) found.unread.push({ group: group.id, why: commits.error.message });
		if (typeof verdict === 'object') continue;
		if (verdict === 'other') found.others++;
		else if (why === null) found.groups.push(group);
		else if (type !== null) found.untouched.push({ group: group.id, type, why });
	}
	return found;
}

/** Type of a group that may work with topics of the link and that a person has to move; null: none of those. */
function byHand(group: Group): UntouchedGroup['type'] | null {
	if (group.type === 'share' || group.type === 'streams') return group.type;
	// Workers' own groups have another protocol, and no topics.
	return leftAlone(group) !== null && group.id.startsWith('connect-') && group.protocol !== 'connect'
		? 'connect'
		: null;
}

/** Topics that the link has on this side, by their names there. */
async function topicsOfLink(side: Side, link: LinkConfig): Promise<ReadonlySet<string>> {
	const onSources = link.clusters
		.filter((alias) => alias !== side.alias)
		.map((alias) => mirrorNames(link.mirror, alias, side.alias).onSource);
	const topics = (await side.cluster.topics()).flatMap(({ name: here }) =>
		[here, ...onSources.flatMap((onSource) => onSource(here) ?? [])].map((name) => ({ here, name })),
	);
	return new Set(topicsInScope(topics, link.topics).map(({ here }) => here));
}

/** A group that was not asked for members or commits is judged by the other of the two. */
function judge(
	members: Item<Member[]> | undefined,
	committed: Item<PartitionMap<CommittedOffset>> | undefined,
	topics: ReadonlySet<string>,
): 'mine' | 'other' | { why: string } {
	const reads = members?.ok ? members.value.map((member) => member.topics) : [];
	const commits = committed?.ok ? committed.value.topics() : [];
	if ([...reads.flatMap((names) => names ?? []), ...commits].some((name) => topics.has(name))) return 'mine';
	if (members && !members.ok) return { why: members.error.message };
	if (committed && !committed.ok) return { why: committed.error.message };
	// What it committed tells which topics it reads while the broker does not.
	if (reads.includes(null) && commits.length === 0) return { why: 'it rebalances and has committed nothing yet' };
	return 'other';
}
