import { z } from 'zod';
import { blockUnless, type Check } from '../../domain/check.ts';
import { ifUnreadable } from '../../domain/errors/kdr-error.ts';
import { fencedPrincipals } from '../../domain/fence/principals.ts';
import type { UnreadGroup } from '../../domain/groups/untouched.ts';
import { durationParam } from '../../domain/runbook/duration-param.ts';
import { count, list } from '../../domain/text.ts';
import { uses } from '../../observe/fence-program.ts';
import { observeLinkGroups } from '../../observe/link-groups.ts';
import { scopeTopics } from '../../observe/scope.ts';
import type { AclBinding } from '../../ports/acls.ts';
import { askUntil } from '../../ports/ask-until.ts';
import type { Group, Member } from '../../ports/group-offsets.ts';
import type { StepIo } from '../kind.ts';
import { changeKind } from '../kind.ts';
import { aclCommand, bindingSchema, denials, inPlace, lifted, missing, removed } from './access.ts';

const params = z.object({
	grace: durationParam()
		.prefault('1500ms')
		.describe('How long members have to leave by themselves after READ is denied.'),
});
const change = z.object({
	deny: z.array(bindingSchema),
	lift: z.array(bindingSchema),
	groups: z.array(z.string()),
	grace: z.number(),
});

interface Facts {
	bindings: AclBinding[];
	/** The denials that evict them; none without the driver `acl`. */
	wanted: AclBinding[];
	/** Groups of the link that still have members. */
	live: Group[];
	/** Live groups that may be the link's. */
	unread: UnreadGroup[];
}

/**
 * Makes the consumers of the cluster we leave fail and start again by name: a DNS flip alone moves nobody who is
 * connected. READ is denied on topics, not on groups: a denied group could not even leave (its members would stay until
 * their session times out).
 */
export const evictReaders = changeKind<z.infer<typeof params>, Facts, z.infer<typeof change>>({
	type: 'change',
	kind: 'evict-readers',
	role: 'fences-readers',
	purpose: 'evict readers from the cluster we leave',
	report: { phase: 'evict', outage: 'starts' },
	params,
	change,
	grants: ({ fence }) => [
		...(fence.driver.includes('acl') ? [{ side: 'from', on: 'cluster', operation: 'alter' } as const] : []),
		{ side: 'from', on: 'groups', operation: 'read' },
	],
	settleMs: 20_000,
	spends: (_facts, { grace }) => ({ waitsMs: grace }),
	async observe(_params, io, ctx) {
		const [topics, bindings, groups] = await Promise.all([
			scopeTopics(io.from, ctx.link),
			uses(ctx.link, 'acl') ? io.from.acls.list() : [],
			observeLinkGroups(io.from, ctx.link, { live: true }),
		]);
		const scope = topics.map(({ name }) => name);
		const { principals } = fencedPrincipals(ctx.link.fence, scope, bindings);
		const wanted = uses(ctx.link, 'acl') ? denials(scope, principals, 'read') : [];
		return { bindings, wanted, live: groups.groups, unread: groups.unread };
	},
	check: () => [],
	plan({ bindings, wanted, live }, { grace }, { move }) {
		const deny = missing(wanted, bindings);
		const groups = live.map(({ id }) => id);
		return {
			change: deny.length > 0 || groups.length > 0 ? { deny, lift: [], groups, grace } : null,
			summary: {
				what: `${count(live.length, 'group')} with members on ${move.from}`,
				now: wanted.length > 0 && deny.length === 0 ? 'READ denied' : 'may read',
				after: wanted.length > 0 ? 'READ denied, evicted' : 'evicted; they may come back',
				undo: 'lift',
				commands: aclCommand(move.from, deny, 'add'),
			},
		};
	},
	async apply({ deny, lift, groups, grace }, io, ctx) {
		await io.from.acls.create(deny);
		await io.from.acls.remove(lift);
		if (groups.length === 0) return [];
		ctx.progress(`waiting for the members of ${count(groups.length, 'group')} to leave`);
		const left = await membersLeave(io, groups, grace, ctx.signal);
		if (left.length > 0) ctx.progress(`removing the members of ${list(left)}`);
		await Promise.all(
			left.map((group) => io.from.groups.evict(group, `kdr ${ctx.run} moves this group to ${ctx.move.to}`)),
		);
		return [];
	},
	verify: ({ bindings, wanted, live, unread }, _change, _params, { move }): Check[] => [
		inPlace('eviction-in-place', `READ denied on ${move.from}`, missing(wanted, bindings), wanted.length),
		blockUnless(live.length === 0, {
			code: 'readers-gone',
			what: `members left on ${move.from}`,
			observed: live.length === 0 ? 'none' : list(live.map(({ id, state }) => `${id} (${state})`)),
			wanted: 'none',
			hint: 'the fence evicts only its own principals, and only with the driver acl: stop that member',
		}),
		...(unread.length > 0 ? [unreadReaders(unread, move.from)] : []),
	],
	lost: ({ bindings, wanted }, _params, { move }) =>
		removed(`READ denied on ${move.from}`, missing(wanted, bindings), wanted.length, bindings),
	undo: {
		of: ({ deny, lift, grace }) => ({ deny: lift, lift: deny, groups: [], grace }),
		undone: ({ bindings }, { lift }, _params, { move }) => [lifted(`READ denied on ${move.from}`, lift, bindings)],
	},
});

/** They are not stopped: a group that has committed nothing has no offset to move, and whoever is denied READ reads nothing. */
const unreadReaders = (unread: readonly UnreadGroup[], from: string): Check => ({
	code: 'readers-unread',
	status: 'warn',
	what: `groups on ${from} that may read topics of the link`,
	observed: list(unread.map(({ group, why }) => `${group}: unknown (${why})`)),
	wanted: 'none',
});

/** Groups that still have members when the grace is over. */
function membersLeave(io: StepIo, groups: readonly string[], withinMs: number, signal: AbortSignal): Promise<string[]> {
	const { clock } = io.world;
	const isEnough = (there: string[]) => there.length === 0;
	return askUntil(() => stillThere(io, groups), { clock, signal, withinMs, everyMs: 200, isEnough });
}

/** Groups that have members, or may have: clients that start over in a storm can keep a small broker from answering. */
async function stillThere(io: StepIo, groups: readonly string[]): Promise<string[]> {
	const wanted = new Set(groups);
	const known = await io.from.groups.list().catch(ifUnreadable(null));
	if (!known) return [...groups];
	const members = await io.from.groups.members(known.filter(({ id }) => wanted.has(id)));
	const some = (found: Member[]) => found.length > 0;
	return [...members].filter(([, item]) => !item.ok || some(item.value)).map(([id]) => id);
}
