import { expect, test } from 'vitest';
import { KdrError } from '../../../../src/domain/errors/kdr-error.ts';
import { bad } from '../../../../src/domain/item.ts';
import { offsetsParams } from '../../../../src/domain/offsets/params.ts';
import type { Reset } from '../../../../src/domain/offsets/reset.ts';
import { readSourceCommits } from '../../../../src/observe/offsets/commits.ts';
import { lookAtOffsets } from '../../../../src/observe/offsets/view.ts';
import { scopeGroups } from '../../../../src/observe/scope.ts';
import { at, context, type Estate, estate, ioOf, link, produce } from '../../../support/estate.ts';

const move = { link: 'orders', from: 'east', to: 'west', mode: 'change' } as const;
const given = { ...offsetsParams.parse({}), policy: 'none' as const };

function scene(): Estate {
	const here = estate();
	produce(here.east, 100);
	here.east.commitAs('billing', at(), 50n);
	here.east.commitAs('shipping', at(), 60n);
	here.world.pump();
	return here;
}

test('a group whose commits on the cluster we leave cannot be read is a row "unknown (why)", and is named as refused', async () => {
	const here = scene();
	const io = ioOf(here, move);
	const denied = bad(new KdrError('KDR_NOT_PERMITTED', 'GROUP_AUTHORIZATION_FAILED'));
	const committed: typeof io.from.groups.committed = async (groups) => {
		const found = await io.from.groups.committed(groups);
		if (found.has('billing')) found.set('billing', denied);
		return found;
	};
	const from = { ...io.from, groups: { ...io.from.groups, committed } };
	const { view } = await lookAtOffsets(given, { ...io, from }, context({ move }));
	expect(view.rows.find(({ group }) => group === 'billing')).toMatchObject({
		proof: 'unknown',
		next: null,
		why: 'unknown (its commits there could not be read: GROUP_AUTHORIZATION_FAILED)',
	});
	expect(view.refused.map(({ item }) => item)).toEqual(['group billing, orders 0']);
	expect(view.totals).toMatchObject({ unknown: 1, rereadAtMost: null });
});

test('rows of a file that kdr does not set are refused one by one, and no group is made up', async () => {
	const here = scene();
	here.west.commitAs('billing', at(), 10n);
	here.west.commitAs('console-1', at(), 10n);
	const reset: Reset = {
		to: 'rows',
		rows: [
			['billing', 'orders', 0, 20n],
			['console-1', 'orders', 0, 20n],
			['nobody', 'orders', 0, 20n],
			['billing', 'elsewhere', 0, 20n],
		],
	};
	const { view } = await lookAtOffsets({ ...given, reset }, ioOf(here, move), context({ move }));
	expect(view.rows.filter(({ next }) => next !== null).map(({ group, topic }) => [group, topic])).toEqual([
		['billing', 'orders'],
	]);
	expect(view.refused.map(({ item, message }) => `${item}: ${message}`).toSorted()).toEqual(
		[
			"group console-1: unknown (not a group of the link: kdr.yaml's groups leave it out)",
			'group nobody: unknown (no such group there)',
			'group billing, elsewhere 0: unknown (not a partition of the link)',
		].toSorted(),
	);
});

test('a group that was named and is not the link’s is refused by name', async () => {
	const here = scene();
	here.west.commitAs('console-1', at(), 10n);
	const { view } = await lookAtOffsets(
		{ ...given, reset: { to: 'earliest' }, groups: ['console-1'] },
		ioOf(here, move),
		context({ move }),
	);
	expect(view.refused.map(({ item }) => item)).toEqual(['group console-1']);
});

test('brokers that name no group type give the same groups', async () => {
	const here = scene();
	here.east.group('old', 'unknown');
	here.east.commitAs('old', at(), 50n);
	const { commits } = await readSourceCommits({ from: here.world.side('east') }, link);
	expect(commits.map(({ group }) => group)).toContain('old');
});

test('groups of other protocols are not the link’s, whatever they are called', async () => {
	const here = scene();
	const side = here.world.side('east');
	const list: typeof side.groups.list = async () => [
		{ id: 'mirrormaker2-cluster', type: 'classic', protocol: 'connect', state: 'Stable' },
		{ id: 'schema-registry', type: 'classic', protocol: 'sr', state: 'Stable' },
		{ id: 'billing', type: 'classic', protocol: 'consumer', state: 'Empty' },
		{ id: 'committed-only', type: 'classic', protocol: '', state: 'Empty' },
	];
	const groups = await scopeGroups({ ...side, groups: { ...side.groups, list } }, link);
	expect(groups.map(({ id }) => id)).toEqual(['billing', 'committed-only']);
});
