import { describe, expect, test } from 'vitest';
import { PartitionMap } from '../../../../src/domain/kafka/partition.ts';
import { takenTwice, takesTopic, topicsOfWayBack } from '../../../../src/domain/mirror/topics.ts';
import { run } from '../../../../src/engine/execute.ts';
import type { FakeMirror } from '../../../fakes/mirror.ts';
import { at, type Estate, eastToWest, estate, processOf, produce, request, shipped } from '../../../support/estate.ts';

async function switchover(here: Estate) {
	return run(processOf(here, eastToWest), request('r1', eastToWest, await shipped('switchover')));
}

const ends = ({ east, west }: Estate, topic: string, partition = 0) =>
	[east, west].map((side) => side.log(at(partition, topic)).edges().end);

/** Two source connectors instead of one, each with its own topic. */
function split(mirror: FakeMirror, source: string, state: 'RUNNING' | 'STOPPED' = 'RUNNING'): void {
	const name = mirror.add('source', source);
	const one = mirror.running.get(name);
	if (!one) throw new Error('there is no source connector');
	mirror.running.delete(name);
	for (const topic of ['orders', 'payments']) {
		const own = { positions: new PartitionMap<bigint>(), syncs: new PartitionMap<never>() };
		const part = {
			...one,
			...own,
			name: `${source}-${topic}`,
			target: state,
			config: { ...one.config, topics: topic },
		};
		mirror.running.set(part.name, part);
	}
}

function withPayments(): Estate {
	const here = estate();
	here.east.createTopic('payments', 1);
	split(here.connect, 'east');
	for (const partition of [0, 1]) produce(here.east, 5, at(partition));
	produce(here.east, 7, at(0, 'payments'));
	here.world.pump();
	return here;
}

test('a mirror of every topic is reversed for those of the link only: nothing else is copied back', async () => {
	const here = estate();
	here.east.createTopic('audit', 1);
	for (const partition of [0, 1]) produce(here.east, 5, at(partition));
	produce(here.east, 7, at(0, 'audit'));
	here.world.pump();
	expect(await switchover(here)).toMatchObject({ result: 'done', exit: 0 });
	for (let i = 0; i < 3; i++) here.world.pump();
	expect(ends(here, 'audit')).toEqual([7n, 7n]);
	produce(here.west, 2);
	here.world.pump();
	expect(ends(here, 'orders')).toEqual([7n, 7n]);
});

test('a mirror of the way back that was made for every topic is refused before anything is fenced', async () => {
	const here = estate();
	here.east.createTopic('audit', 1);
	produce(here.east, 7, at(0, 'audit'));
	here.world.pump();
	const name = here.connectEast.add('source', 'west');
	await here.connectEast.stop(name);
	await expect(switchover(here)).rejects.toMatchObject({ code: 'KDR_CHECK_FAILED' });
	expect(here.east.acls.filter(({ permission }) => permission === 'deny')).toEqual([]);
});

describe('with several source connectors in one direction', () => {
	test('one of the way back is made for all their topics', async () => {
		const here = withPayments();
		expect(await switchover(here)).toMatchObject({ result: 'done', exit: 0 });
		for (let i = 0; i < 3; i++) here.world.pump();
		expect([...ends(here, 'orders'), ...ends(here, 'payments')]).toEqual([5n, 5n, 7n, 7n]);
	});

	test('each of the way back is seeded for its own topics', async () => {
		const here = withPayments();
		split(here.connectEast, 'west', 'STOPPED');
		expect(await switchover(here)).toMatchObject({ result: 'done', exit: 0 });
		for (let i = 0; i < 3; i++) here.world.pump();
		expect([...ends(here, 'orders'), ...ends(here, 'payments')]).toEqual([5n, 5n, 7n, 7n]);
		const placed = [...here.connectEast.running.values()].map(({ name, positions }) => [name, positions.topics()]);
		expect(placed).toContainEqual(['west-payments', ['payments']]);
		expect(placed).toContainEqual(['west-orders', ['orders']]);
	});
});

test('a position past the end of the log is of another log: it is set to the cut, or everything would be copied back', async () => {
	const here = estate();
	const name = here.connectEast.add('source', 'west', { topics: 'orders' });
	await here.connectEast.stop(name);
	const held = here.connectEast.running.get(name)?.positions;
	for (const partition of [0, 1]) held?.set(at(partition), 100_000n);
	for (const partition of [0, 1]) produce(here.east, 5, at(partition));
	here.world.pump();
	expect(await switchover(here)).toMatchObject({ result: 'done', exit: 0 });
	expect(held?.get(at(0))).toBe(4n);
	produce(here.west, 3);
	here.world.pump();
	expect(ends(here, 'orders')).toEqual([8n, 8n]);
});

test('topics of a connector are read as MirrorMaker 2 reads them', () => {
	const takes = takesTopic({ topics: 'orders, payments-.*', 'topics.exclude': 'payments-test' });
	expect(['orders', 'payments-eu', 'payments-test', 'audit'].map(takes)).toEqual([true, true, false, false]);
	expect(takesTopic({})('__consumer_offsets')).toBe(false);
	expect(takenTwice([{ topics: '.*' }, { topics: 'a' }], ['a', 'b'])).toEqual(['a']);
});

test('a mirror of the way back takes the patterns of the link, or names where a pattern would take more', () => {
	expect(topicsOfWayBack(['orders', 'tx-.*'], ['orders', 'tx-1'], ['orders', 'tx-1', 'audit'])).toBe('orders,tx-.*');
	expect(topicsOfWayBack(['.*'], ['a.b'], ['a.b', 'a.internal'])).toBe('a\\.b');
	expect(topicsOfWayBack(['t{1,2}'], ['t'], ['t'])).toBe('t');
});
