import { expect, test } from 'vitest';
import { place } from '../../../../src/domain/offsets/place.ts';
import { observeOffsets } from '../../../../src/observe/offsets/observe-groups.ts';
import { offsetsCommit } from '../../../../src/steps/offsets/offsets-commit.ts';
import { at, context, eastToWest, estate, ioOf, planOf, produce } from '../../../support/estate.ts';

const all = { group: () => true, partition: () => true, method: 'auto' } as const;

function scene() {
	const here = estate();
	produce(here.east, 400);
	here.east.commitAs('billing', at(), 120n);
	here.world.pump();
	here.west.log(at()).deleteBefore(200n);
	return here;
}

test('a group whose next records the standby has deleted already skips them: that is never exact, and is counted', async () => {
	const here = scene();
	const { partitions } = await observeOffsets(ioOf(here), context(), all);
	const found = partitions.find(({ group, partition }) => group === 'billing' && partition === 0);
	const placed = found && place(found);
	expect(placed).toMatchObject({ offset: 200n, proof: 'bounded' });
	expect(placed?.skipsAtMost).toBeGreaterThanOrEqual(80n);
	expect(placed?.evidence).toMatch(/no longer holds/);
});

test('that blocks a planned move before the fence, and is said in a failover', async () => {
	const here = scene();
	const preview = context({ preview: true });
	const { checks } = await planOf(offsetsCommit, here, { ctx: preview });
	expect(checks.find(({ code }) => code === 'KDR_OFFSET_EXPIRED')).toMatchObject({ status: 'block' });
	const { checks: failing } = await planOf(offsetsCommit, here, {
		ctx: context({ move: { ...eastToWest, mode: 'failover' } }),
	});
	expect(failing.find(({ code }) => code === 'KDR_OFFSET_EXPIRED')).toMatchObject({ status: 'warn' });
});
