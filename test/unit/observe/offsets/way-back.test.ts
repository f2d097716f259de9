import { expect, test } from 'vitest';
import { place } from '../../../../src/domain/offsets/place.ts';
import { observeOffsets } from '../../../../src/observe/offsets/observe-groups.ts';
import { offsetSyncRecord } from '../../../fakes/mm2-bytes.ts';
import { at, context, estate, ioOf } from '../../../support/estate.ts';

const all = { group: () => true, partition: () => true, method: 'auto' } as const;
const move = { link: 'orders', from: 'west', to: 'east', mode: 'switchover' } as const;

/** East died with 50 records that never reached west; west resumed, and its mirror back began at 150 on west, which is 200 on east. */
async function returning(location: 'source' | 'target', aligned: boolean) {
	const here = estate();
	const { east, west } = here;
	for (const role of ['source', 'checkpoint']) await here.connect.stop(`east-to-west-${role}`);
	const forward = here.connect.running.get('east-to-west-source');
	if (forward) forward.config['offset-syncs.topic.location'] = location;
	const back = here.connectEast.add('source', 'west', { 'offset-syncs.topic.location': location });
	await here.connectEast.stop(back);
	const write = (kafka: typeof east, name: string, from: number, to: number): void => {
		for (let i = from; i < to; i++)
			kafka.log(at()).append({ key: `${name}${i}`, value: `${name}${i}`, timestamp: BigInt(i) }, 0);
	};
	write(east, 'old', 0, 200);
	write(west, 'old', 0, 150);
	write(west, 'new', 0, 100);
	write(east, 'new', 0, 100);
	here.connectEast.running.get(back)?.positions.set(at(), 249n);
	const [onWest, onEast] = ['mm2-offset-syncs.east.internal', 'mm2-offset-syncs.west.internal'];
	const backward = location === 'source' ? ([west, onWest] as const) : ([east, onEast] as const);
	const away = location === 'source' ? ([east, onEast] as const) : ([west, onWest] as const);
	const syncs = [
		[
			backward,
			[
				[150n, 200n],
				[249n, 299n],
			],
		],
		[
			away,
			aligned
				? [
						[0n, 0n],
						[100n, 100n],
						[149n, 149n],
					]
				: [],
		],
	] as const;
	for (const [[kafka, topic], pairs] of syncs) {
		kafka.createTopic(topic, 1);
		for (const [u, d] of pairs) kafka.log(at(0, topic)).append(offsetSyncRecord('orders', 0, u, d), 0);
	}
	west.commitAs('weekly', at(), 100n);
	return here;
}

async function placed(here: Awaited<ReturnType<typeof returning>>) {
	const { partitions } = await observeOffsets(ioOf(here, move), context({ move }), all);
	const found = partitions.find(({ group, partition }) => group === 'weekly' && partition === 0);
	return found && place(found);
}

test.each(['target', 'source'] as const)(
	'a group from before the move continues where it was, wherever the mirrors keep their syncs (%s)',
	async (location) => {
		expect(await placed(await returning(location, true))).toMatchObject({ offset: 100n, proof: 'exact' });
	},
);

test.each(['target', 'source'] as const)(
	'without syncs of the opposite mirror nothing is counted back from the first sync (%s)',
	async (location) => {
		const found = await placed(await returning(location, false));
		expect(found?.offset).toBeLessThanOrEqual(100n);
	},
);
