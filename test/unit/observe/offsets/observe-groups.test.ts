import { describe, expect, test } from 'vitest';
import { KdrError } from '../../../../src/domain/errors/kdr-error.ts';
import { bad } from '../../../../src/domain/item.ts';
import { type Placement, place } from '../../../../src/domain/offsets/place.ts';
import { observeOffsets } from '../../../../src/observe/offsets/observe-groups.ts';
import type { StepContext } from '../../../../src/steps/kind.ts';
import { at, context, type Estate, eastToWest, estate, ioOf, produce } from '../../../support/estate.ts';

const all = { group: () => true, partition: () => true, method: 'auto' } as const;

async function placed(here: Estate, over: Partial<StepContext> = {}): Promise<Record<string, Placement>> {
	const ctx = context(over);
	const { partitions } = await observeOffsets(ioOf(here, ctx.move), ctx, all);
	return Object.fromEntries(partitions.map((one) => [`${one.group} ${one.topic} ${one.partition}`, place(one)]));
}

/** East holds 5,000 offsets more than west, as a source that is older than its mirror. */
function aged(): Estate {
	const here = estate();
	here.east.log(at()).skip(5_000n);
	produce(here.east, 400);
	here.world.pump();
	return here;
}

describe('offsets of groups on the cluster to move to', () => {
	test('a group that lags is placed exactly while records are still on their way', async () => {
		const here = aged();
		here.east.commitAs('billing', at(), 5_123n);
		produce(here.east, 50);
		expect(await placed(here)).toMatchObject({
			'billing orders 0': { offset: 123n, proof: 'exact', rereadAtMost: 0n },
		});
	});
	test('a group ahead of the mirror goes to the end, and what may still come is counted', async () => {
		const here = aged();
		produce(here.east, 50);
		here.east.commitAs('billing', at(), 5_420n);
		expect(await placed(here)).toMatchObject({
			'billing orders 0': { offset: 400n, proof: 'bounded', rereadAtMost: 20n },
		});
	});
	test('a group that was rewound on the source is rewound, and what the commit there would skip is reported', async () => {
		const here = aged();
		here.east.commitAs('billing', at(), 5_400n);
		here.world.pump();
		here.east.commitAs('billing', at(), 5_100n);
		here.world.pump();
		const { 'billing orders 0': found } = await placed(here);
		expect(found).toMatchObject({ offset: 100n, proof: 'exact', rewinds: true });
		expect(found?.mirrorMaker?.skips).toBeGreaterThan(200n);
		expect(found?.evidence).toMatch(/rewound/);
	});
	test('with the source dead the newest checkpoint is placed by raw syncs: never below it, bounded by what is there', async () => {
		const here = aged();
		here.east.commitAs('billing', at(), 5_250n);
		here.world.pump();
		here.world.kill('east');
		const { 'billing orders 0': found } = await placed(here, {
			fromAlive: false,
			move: { ...eastToWest, mode: 'failover' },
		});
		expect(found).toMatchObject({ offset: 250n, proof: 'bounded', rereadAtMost: 150n });
		expect(found?.mirrorMaker?.rereadAtMost).toBeGreaterThan(150n);
		expect(found?.evidence).toMatch(/by checkpoint, 0 s old/);
	});
	test("a commit beyond the source's end is of a log that is gone: everything is read again", async () => {
		const here = aged();
		here.east.commitAs('billing', at(), 9_000n);
		const { 'billing orders 0': found } = await placed(here);
		expect(found).toMatchObject({ offset: 0n, proof: 'earliest' });
		expect(found?.evidence).toMatch(/beyond the log end 5400/);
	});
	test('a commit that retention on the source has overtaken resumes at its first unread record on the standby', async () => {
		const here = aged();
		here.east.commitAs('billing', at(), 5_010n);
		here.east.log(at()).deleteBefore(5_200n);
		expect(await placed(here)).toMatchObject({
			'billing orders 0': { offset: 10n, proof: 'bounded', rereadAtMost: 0n },
		});
	});
	test('without raw syncs the end is compared, checkpoints serve, and the reason is reported', async () => {
		const here = aged();
		here.west.topics.delete('mm2-offset-syncs.east.internal');
		here.east.commitAs('billing', at(), 5_123n);
		here.world.pump();
		const ctx = context();
		const { reading, partitions } = await observeOffsets(ioOf(here), ctx, all);
		expect(reading.traces.why).toBe('mm2-offset-syncs.east.internal on west was not readable');
		expect(partitions.map((one) => place(one))).toMatchObject([{ offset: 123n, proof: 'exact' }]);
	});
	test('a checkpoints topic that cannot be read stops the plan: groups known only there would be left out in silence', async () => {
		const here = aged();
		const io = ioOf(here);
		const denied = new KdrError('KDR_NOT_PERMITTED', 'west: may not read east.checkpoints.internal');
		const edges: typeof io.to.records.edges = async (wanted) => {
			const found = await io.to.records.edges(wanted);
			for (const one of wanted) if (one.topic === 'east.checkpoints.internal') found.set(one, bad(denied));
			return found;
		};
		const to = { ...io.to, records: { ...io.to.records, edges } };
		const dead = context({ fromAlive: false, move: { ...eastToWest, mode: 'failover' } });
		await expect(observeOffsets({ ...io, to }, dead, all)).rejects.toBe(denied);
	});
	test('groups of other kinds are left alone by name', async () => {
		const here = aged();
		here.west.group('shared', 'share');
		here.west.group('topology', 'streams');
		const { reading, partitions } = await observeOffsets(ioOf(here), context(), all);
		expect([...reading.alone].map(([group]) => group)).toEqual(['shared', 'topology']);
		expect(partitions).toEqual([]);
	});
	test('on the way back a group is found where it came from, by its records', async () => {
		const here = aged();
		here.west.commitAs('billing', at(), 123n);
		const home = { link: 'orders', from: 'west', to: 'east', mode: 'switchover' } as const;
		expect(await placed(here, { move: home })).toMatchObject({
			'billing orders 0': { offset: 5_123n, proof: 'exact' },
		});
	});
});
