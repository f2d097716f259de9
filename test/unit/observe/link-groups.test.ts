import { describe, expect, test } from 'vitest';
import { KdrError } from '../../../src/domain/errors/kdr-error.ts';
import { bad } from '../../../src/domain/item.ts';
import { observeLinkGroups } from '../../../src/observe/link-groups.ts';
import type { Side } from '../../../src/ports/world.ts';
import { at, type Estate, estate, link } from '../../support/estate.ts';

const idsOf = (groups: readonly { id: string }[]) => groups.map(({ id }) => id);

/** A cluster that many teams share. */
function shared(): Estate {
	const here = estate();
	const { east } = here;
	east.createTopic('other', 1);
	east.join('reads', { topics: ['orders'] });
	east.join('reads-modern', { topics: ['orders', 'other'] }, 'consumer');
	east.commitAs('committed-only', at(), 3n);
	east.join('other-team', { topics: ['other'], principal: 'User:other' });
	east.commitAs('other-team', at(0, 'other'), 9n);
	east.commitAs('other-sleeping', at(0, 'other'), 9n);
	east.join('workers', { topics: [] });
	east.group('workers').protocol = 'connect';
	east.join('registry', { topics: [] });
	east.group('registry').protocol = 'sr';
	east.commitAs('connect-sink', at(), 1n);
	east.commitAs('connect-sink-of-others', at(0, 'other'), 1n);
	east.group('shared', 'share');
	east.join('console-1', { topics: ['orders'] });
	return here;
}

const withGroups = (side: Side, changes: Partial<Side['groups']>): Side => ({
	...side,
	groups: {
		...side.groups,
		list: () => side.groups.list(),
		members: (g) => side.groups.members(g),
		committed: (g) => side.groups.committed(g),
		...changes,
	},
});

describe('groups of a link', () => {
	test('are consumer groups with commits or subscriptions on its topics, and no other team’s', async () => {
		const found = await observeLinkGroups(shared().world.side('east'), link);
		expect(idsOf(found.groups)).toEqual(['committed-only', 'reads', 'reads-modern']);
		expect(found.untouched.map(({ group, type }) => `${group} ${type}`)).toEqual([
			'connect-sink connect',
			'shared share',
		]);
		expect(found.unread).toEqual([]);
		expect(found.others).toBe(5);
	});

	test('are the same on brokers that name no group types', async () => {
		const here = shared();
		here.east.namesGroupTypes = false;
		const found = await observeLinkGroups(here.world.side('east'), link);
		expect(idsOf(found.groups)).toEqual(
			['committed-only', 'reads', 'reads-modern', 'shared'].filter((id) => id !== 'shared'),
		);
	});

	test('with members only, when those without do not matter', async () => {
		const found = await observeLinkGroups(shared().world.side('east'), link, { live: true });
		expect(idsOf(found.groups)).toEqual(['reads', 'reads-modern']);
	});

	test('are known by their commits while they rebalance; one without commits is unknown, not somebody else’s', async () => {
		const here = shared();
		for (const id of ['reads', 'other-team', 'reads-modern']) here.east.group(id).rebalancing = true;
		here.east.commitAs('reads', at(), 1n);
		const found = await observeLinkGroups(here.world.side('east'), link);
		expect(idsOf(found.groups)).toEqual(['committed-only', 'reads']);
		expect(found.unread).toEqual([{ group: 'reads-modern', why: 'it rebalances and has committed nothing yet' }]);
	});

	test('that kdr may not describe are unknown with the reason', async () => {
		const side = shared().world.side('east');
		const refused = bad(new KdrError('KDR_NOT_PERMITTED', 'east: GROUP_AUTHORIZATION_FAILED'));
		const found = await observeLinkGroups(
			withGroups(side, {
				members: async (groups) => new Map((await side.groups.members(groups)).set('other-team', refused)),
				committed: async (ids) => new Map((await side.groups.committed(ids)).set('other-team', refused)),
			}),
			link,
		);
		expect(found.unread).toEqual([{ group: 'other-team', why: 'east: GROUP_AUTHORIZATION_FAILED' }]);
	});

	test('are named as the mirror names their topics there', async () => {
		const here = estate();
		here.west.createTopic('east.orders', 1);
		here.west.join('reads', { topics: ['east.orders'] });
		const renamed = { ...link, mirror: { ...link.mirror, policy: 'default' as const } };
		expect(idsOf((await observeLinkGroups(here.world.side('west'), renamed)).groups)).toEqual(['reads']);
	});
});
