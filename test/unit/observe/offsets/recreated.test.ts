import { expect, test } from 'vitest';
import { place, placeByCheckpoint } from '../../../../src/domain/offsets/place.ts';
import { observeOffsets } from '../../../../src/observe/offsets/observe-groups.ts';
import { at, context, type Estate, eastToWest, estate, ioOf, produce } from '../../../support/estate.ts';

const all = { group: () => true, partition: () => true, method: 'auto' } as const;

/** 400 records and a checkpoint of billing at 20; then the topic is deleted on both sides, created again, and mirrored from its start. */
function secondLife(): Estate {
	const here = estate();
	produce(here.east, 400);
	here.east.commitAs('billing', at(), 20n);
	here.world.pump();
	here.connect.fail(
		'east-to-west-checkpoint',
		'as if nothing moved: MirrorMaker 2 writes no checkpoint below the last one',
	);
	here.east.deleteTopic('orders');
	here.west.deleteTopic('orders');
	here.east.createTopic('orders', 2);
	here.world.clock.advance(60_000);
	produce(here.east, 10);
	here.world.pump();
	produce(here.east, 290);
	here.world.pump();
	return here;
}

test('a checkpoint of a topic that was deleted on both sides places no group in the topic created since', async () => {
	const here = secondLife();
	here.world.kill('east');
	const dead = context({ fromAlive: false, move: { ...eastToWest, mode: 'failover' } });
	const { partitions } = await observeOffsets(ioOf(here, dead.move), dead, all);
	const found = partitions.find(({ group, partition }) => group === 'billing' && partition === 0);
	expect(found && place(found)).toMatchObject({ offset: 0n, proof: 'earliest' });
});

test('nor does it when the group has committed there since', async () => {
	const here = secondLife();
	here.east.commitAs('billing', at(), 30n);
	const { partitions } = await observeOffsets(ioOf(here), context(), all);
	const found = partitions.find(({ group, partition }) => group === 'billing' && partition === 0);
	expect(found?.checkpoint).toBeNull();
	expect(found && place(found)).toMatchObject({ offset: 30n, proof: 'exact' });
	expect(found && placeByCheckpoint(found)).toMatchObject({ offset: 0n, proof: 'earliest' });
});
