import { describe, expect, test } from 'vitest';
import type { Move } from '../../../../src/domain/run/events.ts';
import { resume, run } from '../../../../src/engine/execute.ts';
import { offsetsCommit } from '../../../../src/steps/offsets/offsets-commit.ts';
import { readCommits } from '../../../../src/steps/offsets/read-commits.ts';
import {
	ask,
	at,
	committed,
	context,
	type Estate,
	eastToWest,
	estate,
	planOf,
	processOf,
	produce,
	request,
	saysOf,
	statusOf,
	take,
} from '../../../support/estate.ts';

const mark = '7f3a0001';
const here1 = context({ run: mark });
const unplanned: Move = { ...eastToWest, mode: 'failover' };
const dead = context({ run: mark, move: unplanned, fromAlive: false });

/** MirrorMaker 2 as after the move's own steps: nothing syncs groups any more. */
async function still({ connect }: Estate): Promise<void> {
	for (const role of ['source', 'checkpoint']) await connect.stop(`east-to-west-${role}`);
}

/** What a group reads on west from its commit there on, against what it has not read on east. */
function reads({ east, west }: Estate, group: string, partition = 0): { west: string[]; east: string[] } {
	const side = (kafka: typeof east) => {
		const from = kafka.group(group).committed.get(at(partition))?.offset ?? 0n;
		return [...kafka.log(at(partition)).read(from, 1_000_000n, 'committed')].map(({ value }) => String(value));
	};
	return { west: side(west), east: side(east) };
}

describe('groups with members on the cluster we move to', () => {
	async function busy(): Promise<Estate> {
		const here = estate();
		produce(here.east, 10);
		for (const group of ['idle', 'classic', 'modern']) here.east.commitAs(group, at(), 10n);
		await still(here);
		here.world.pump();
		here.west.join('classic', { topics: ['orders'] });
		here.west.join('modern', { topics: ['orders'] }, 'consumer');
		for (const group of ['classic', 'modern']) here.west.commitAs(group, at(), 3n);
		return here;
	}

	test('are refused by name, of either type, and untouched, while the rest proceed', async () => {
		const here = await busy();
		const { checks, failures, verified } = await take(offsetsCommit, here, { ctx: here1 });
		expect(saysOf(checks, 'KDR_GROUP_ACTIVE')).toBe('classic (Stable), modern (Stable)');
		expect(failures.map(({ item, code }) => `${item} ${code}`)).toEqual([
			'group classic KDR_GROUP_ACTIVE',
			'group modern KDR_GROUP_ACTIVE',
		]);
		expect(['idle', 'classic', 'modern'].map((group) => committed(here.west, group)['orders:0'])).toEqual([0n, 3n, 3n]);
		expect(statusOf(verified, 'KDR_OFFSET_NOT_TAKEN')).toBe('pass');
	});

	test('are all that a resume of the incomplete run sets: a group that was set and has committed since is not set back', async () => {
		const here = await busy();
		const move: Move = { ...eastToWest, mode: 'change' };
		const steps = [{ id: 'offsets', kind: 'offsets-commit', params: {} }];
		expect(await run(processOf(here, move), request('r1', move, steps))).toMatchObject({
			result: 'incomplete',
			exit: 5,
		});
		here.west.commitAs('idle', at(), 9n);
		for (const group of ['classic', 'modern'])
			for (const { memberId } of here.west.members(here.west.group(group))) here.west.leave(group, memberId);
		const resumed = await resume(processOf(here, move), { run: 'r1', clusterIds: {} });
		expect(resumed).toMatchObject({ result: 'done' });
		expect(committed(here.west, 'idle')['orders:0']).toBe(9n);
		expect(JSON.stringify(resumed.state?.steps[0]?.change)).not.toContain('idle');
	});

	test('make the run incomplete, also when it crashed after the commit and is resumed', async () => {
		const here = await busy();
		const move: Move = { ...eastToWest, mode: 'change' };
		const steps = [{ id: 'offsets', kind: 'offsets-commit', params: {} }];
		const plain = processOf(here, move);
		const dying = {
			...plain.journal,
			open: async (name: string) => {
				const writer = await plain.journal.open(name);
				return {
					...writer,
					append: async (id: string, events: Parameters<typeof writer.append>[1]) => {
						if (events.some(({ type }) => ['step.done', 'step.failed', 'run.ended'].includes(type)))
							throw new Error('the process is gone');
						await writer.append(id, events);
					},
				};
			},
		};
		const crashed = await run({ ...plain, journal: dying }, request('r1', move, steps));
		expect(crashed).toMatchObject({ result: 'halted', error: { code: 'KDR_JOURNAL_BROKEN' } });
		here.world.clock.advance(20_000);
		const outcome = await resume(processOf(here, move), { run: 'r1', clusterIds: {} });
		expect(outcome).toMatchObject({ result: 'incomplete', exit: 5 });
		expect(outcome.error?.message).toContain('group classic');
		expect(outcome.error?.message).toContain('group modern');
	});

	test('one that joins between plan and commit is refused by the broker and named', async () => {
		const here = estate();
		produce(here.east, 10);
		here.east.commitAs('late', at(), 10n);
		here.world.pump();
		await still(here);
		here.west.commitAs('late', at(), 2n);
		const { failures } = await take(
			{
				...offsetsCommit,
				apply: (change, io, ctx) => {
					here.west.join('late', { topics: ['orders'] });
					return offsetsCommit.apply(change, io, ctx);
				},
			},
			here,
			{ ctx: here1 },
		);
		expect(failures).toMatchObject([{ item: 'group late', code: 'KDR_GROUP_ACTIVE' }]);
		expect(committed(here.west, 'late')).toEqual({ 'orders:0': 2n });
	});
});

describe('a group that lags resumes exactly at its position', () => {
	async function exactly(here: Estate, groups: readonly string[]): Promise<void> {
		await still(here);
		const { output } = await take(offsetsCommit, here, { ctx: here1 });
		for (const group of groups) {
			const { west, east } = reads(here, group);
			expect(west, group).toEqual(east);
		}
		expect(output?.rereadAtMost).toBe(0n);
	}

	test('past transaction markers and aborted records of the source', async () => {
		const here = estate();
		for (let i = 0; i < 6; i++) {
			produce(here.east, 2);
			const transaction = here.east.transaction('User:app');
			transaction.produce('orders', 0, { value: `t${i}` });
			if (i % 2 === 0) transaction.commit();
			else transaction.abort();
		}
		here.world.pump();
		for (const offset of [0n, 1n, 5n, 9n, 13n]) here.east.commitAs(`at-${offset}`, at(), offset);
		await exactly(here, ['at-0', 'at-1', 'at-5', 'at-9', 'at-13']);
	});

	test('past gaps that compaction left on the source', async () => {
		const here = estate();
		produce(here.east, 5);
		here.east.log(at()).skip(40n);
		produce(here.east, 5);
		here.world.pump();
		here.east.commitAs('before', at(), 3n);
		here.east.commitAs('inside', at(), 20n);
		here.east.commitAs('behind', at(), 47n);
		await exactly(here, ['before', 'inside', 'behind']);
	});

	test('among identical records', async () => {
		const here = estate();
		for (let i = 0; i < 12; i++) here.east.produce('User:app', 'orders', 0, { value: 'tick' });
		here.world.pump();
		here.east.commitAs('lagging', at(), 7n);
		await exactly(here, ['lagging']);
	});

	test('behind repetitions that a restarted mirror left on the target, as far as they lie before its position', async () => {
		const here = estate();
		produce(here.east, 6);
		here.world.pump();
		here.connect.running.get('east-to-west-source')?.positions.set(at(), 2n);
		produce(here.east, 4);
		here.world.pump();
		expect(here.west.log(at()).edges().end).toBe(13n);
		here.east.commitAs('lagging', at(), 7n);
		await exactly(here, ['lagging']);
	});

	test('below a repetition too none is skipped, and nothing is read twice but what the mirror has copied twice', async () => {
		const here = estate();
		produce(here.east, 6);
		here.world.pump();
		here.east.commitAs('lagging', at(), 1n);
		here.connect.running.get('east-to-west-source')?.positions.set(at(), 2n);
		produce(here.east, 4);
		here.world.pump();
		await still(here);
		await take(offsetsCommit, here, { ctx: here1 });
		const { west, east } = reads(here, 'lagging');
		expect([...new Set(west)]).toEqual(east);
		expect(west.length - east.length).toBe(3);
	});
});

describe('a cluster that woke after its readers could have been evicted', () => {
	async function woken(output: Parameters<typeof context>[1]): Promise<{ rereadAtMost: bigint | null; read: number }> {
		const here = estate();
		produce(here.east, 20);
		here.east.commitAs('slow', at(), 5n);
		here.world.pump();
		await still(here);
		const taken = await take(offsetsCommit, here, { ctx: context({ run: mark, move: unplanned }, output) });
		return { rereadAtMost: taken.output?.rereadAtMost ?? null, read: reads(here, 'slow').west.length };
	}

	test('still serves them: its commits say where to resume, and nothing about how little is read again', async () => {
		expect(await woken({})).toEqual({ rereadAtMost: 15n, read: 15 });
	});

	test('with its readers evicted, what it says is all there is', async () => {
		const sourceCommits = [{ group: 'slow', ...at(), offset: 5n, metadata: '' }];
		expect(await woken({ sourceCommits })).toEqual({ rereadAtMost: 0n, read: 15 });
		expect(await woken({ sourceCommits, movingGroups: ['slow'] })).toEqual({ rereadAtMost: 15n, read: 15 });
	});
});

describe('metadata', () => {
	async function moved(text: string): Promise<string | undefined> {
		const here = estate();
		produce(here.east, 3);
		here.east.commitAs('g', at(), 3n, text);
		await take(offsetsCommit, here, { ctx: here1 });
		return here.west.group('g').committed.get(at())?.metadata;
	}

	test('marks a free one with the run', async () => {
		expect(await moved('')).toBe(`kdr:${mark}`);
	});

	test("leaves an application's own alone", async () => {
		expect(await moved('state=7;kdr:mine')).toBe('state=7;kdr:mine');
	});

	test("takes an earlier run's mark for no application's", async () => {
		expect(await moved('kdr:00c0ffee')).toBe(`kdr:${mark}`);
	});
});

describe('nothing is left to auto.offset.reset in silence', () => {
	test('a group rewound on the source is rewound here too', async () => {
		const here = estate();
		produce(here.east, 20);
		here.east.commitAs('back', at(), 20n);
		here.world.pump();
		await still(here);
		here.west.commitAs('back', at(), 20n);
		here.east.commitAs('back', at(), 4n);
		await take(offsetsCommit, here, { ctx: here1 });
		expect(committed(here.west, 'back')).toEqual({ 'orders:0': 4n });
	});

	test('with a dead source every partition of a topic the group is known by gets an offset, and none past its checkpoint', async () => {
		const here = estate();
		for (const partition of [0, 1]) produce(here.east, 20, at(partition));
		here.world.pump();
		here.east.commitAs('g', at(0), 20n);
		here.world.pump();
		here.world.kill('east');
		here.west.groups.clear();
		await take(offsetsCommit, here, { ctx: dead });
		expect(Object.keys(committed(here.west, 'g'))).toEqual(['orders:0', 'orders:1']);
		expect(committed(here.west, 'g')['orders:1']).toBe(0n);
		expect(here.world.faults.calls.filter((call) => call.startsWith('east'))).toEqual([]);
	});

	test('a partition whose log on the cluster we move to cannot be read stops the step', async () => {
		const here = estate();
		for (const partition of [0, 1]) {
			produce(here.east, 3, at(partition));
			here.east.commitAs('g', at(partition), 2n);
		}
		here.world.pump();
		await still(here);
		here.west.topics.get('orders')?.logs.pop();
		const { checks } = await planOf(offsetsCommit, here, { ctx: here1 });
		expect(statusOf(checks, 'offsets-readable')).toBe('unknown');
		expect(saysOf(checks, 'offsets-readable')).toContain('orders 1');
	});

	test('groups that the link leaves out, and topics out of it, are not touched', async () => {
		const here = estate();
		here.east.createTopic('private', 1);
		produce(here.east, 3);
		produce(here.east, 3, at(0, 'private'));
		await still(here);
		here.east.commitAs('console-1', at(), 3n);
		here.east.commitAs('g', at(), 3n);
		here.east.commitAs('g', at(0, 'private'), 3n);
		here.west.createTopic('private', 1);
		await take(offsetsCommit, here, { ctx: here1 });
		expect(committed(here.west, 'console-1')).toEqual({});
		expect(Object.keys(committed(here.west, 'g'))).toEqual(['orders:0']);
	});

	test('commits that cannot be read on the cluster we leave are unknown', async () => {
		const here = estate();
		here.east.commitAs('g', at(), 0n);
		const { checks } = await ask(readCommits, here);
		expect(statusOf(checks, 'commits-read')).toBe('pass');
		here.world.faults.failNext('groups', 'committed', 'before');
		await expect(ask(readCommits, here)).rejects.toMatchObject({ code: 'KDR_TIMEOUT' });
	});
});

test('a lost reply of a commit is settled by reading back', async () => {
	const here = estate();
	produce(here.east, 5);
	here.east.commitAs('g', at(), 5n);
	here.world.pump();
	await still(here);
	here.world.faults.failNext('groups', 'commit', 'after');
	const move: Move = { ...eastToWest, mode: 'change' };
	const outcome = await run(
		processOf(here, move),
		request('r1', move, [{ id: 'offsets', kind: 'offsets-commit', params: {} }]),
	);
	expect(outcome.result).toBe('done');
	expect(committed(here.west, 'g')).toEqual({ 'orders:0': 5n });
});
