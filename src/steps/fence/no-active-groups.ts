import { z } from 'zod';
import type { Check } from '../../domain/check.ts';
import { count, list } from '../../domain/text.ts';
import { observeLinkGroups } from '../../observe/link-groups.ts';
import { describeMembers } from '../by-hand.ts';
import { gateKind } from '../kind.ts';

const params = z.strictObject({});

interface Facts {
	groups: number;
	/** With their number of members. */
	active: { group: string; members: number }[];
	/** Groups whose members could not be read. */
	unknown: string[];
}

/**
 * Nobody works on the cluster that a run past its point of no return moved to: what its groups process there after the way back began,
 * their offsets on the other side do not know, and they would read it again or never meet it.
 */
export const noActiveGroups = gateKind<z.infer<typeof params>, Facts>({
	type: 'gate',
	kind: 'no-active-groups',
	formerly: ['groups-gone'],
	purpose: 'check that no group is active on the cluster that is given up',
	guardsUndo: true,
	report: { phase: 'checks' },
	params,
	async observe(_params, io, { link }) {
		const { groups, unread } = await observeLinkGroups(io.to, link);
		const members = await io.to.groups.members(groups);
		const facts: Facts = { groups: groups.length, active: [], unknown: unread.map(({ group }) => group) };
		for (const { id } of groups) {
			const item = members.get(id);
			if (!item?.ok) facts.unknown.push(id);
			else if (item.value.length > 0) facts.active.push({ group: id, members: item.value.length });
		}
		return facts;
	},
	check({ groups, active, unknown }, _params, { move }): Check[] {
		const base = { code: 'KDR_GROUP_ACTIVE', what: `groups with members on ${move.to}`, wanted: 'none' };
		const hint = 'stop their applications first, then undo the run';
		if (active.length > 0) {
			const names = active.map(({ group, members }) => `${group} (${count(members, 'member')})`);
			return [{ ...base, status: 'block', observed: list(names), hint }];
		}
		if (unknown.length > 0) return [{ ...base, status: 'unknown', observed: `unknown for ${list(unknown)}`, hint }];
		return [{ ...base, status: 'pass', observed: `none of ${groups}` }];
	},
	summary: ({ active }, _params, { move }) => ({
		what: `groups on ${move.to}`,
		now: active.length > 0 ? `${active.length} active` : 'none active',
		after: 'none active',
		undo: '-',
	}),
	byHand: (_params, { move }) => ({
		commands: [describeMembers(move.to)],
		see: `no group that reads topics of the link has a member on ${move.to}`,
	}),
	waitMs: () => 0,
});
