import { describe, expect, test } from 'vitest';
import { PartitionMap } from '../../../../src/domain/kafka/partition.ts';
import { takenTwice, takesTopic, topicsOfWayBack } from '../../../../src/domain/mirror/topics.ts';
import { run } from '../../../../src/engine/execute.ts';
import { mirrorReset } from '../../../../src/steps/mirror/mirror-reset.ts';
import { mirrorSeed } from '../../../../src/steps/mirror/mirror-seed.ts';
import { preflight } from '../../../../src/steps/preflight.ts';
import type { FakeMirror } from '../../../fakes/mirror.ts';
import {
	ask,
	at,
	context,
	type Estate,
	eastToWest,
	estate,
	link,
	planOf,
	processOf,
	produce,
	request,
	saysOf,
	shipped,
	statusOf,
	take,
} from '../../../support/estate.ts';

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

/** Another team's connector beside `mirror`, for its own topics; kdr.yaml does not know it. */
function anothers(mirror: FakeMirror, source: string): () => string {
	const name = mirror.add('source', source, { topics: 'orders' });
	const one = mirror.running.get(name);
	if (!one) throw new Error('there is no source connector');
	const config = { ...one.config, topics: 'warehouse\\..*' };
	mirror.running.set('warehouse', { ...one, name: 'warehouse', config, positions: new PartitionMap() });
	const picture = () => {
		const { target, positions, config: now } = mirror.running.get('warehouse') ?? {};
		return JSON.stringify([target, now, [...(positions ?? [])].map(([where, offset]) => [where, `${offset}`])]);
	};
	return picture;
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
	const { running } = here.connectEast;
	expect(running.get('west-to-east-checkpoint')?.config.topics).toBe(running.get('west-to-east-source')?.config.topics);
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

test("another team's connector is neither stopped nor reversed nor seeded, and continues mirroring", async () => {
	const here = estate();
	here.east.createTopic('warehouse.stock', 1);
	const picture = anothers(here.connect, 'east');
	for (const topic of ['orders', 'warehouse.stock']) produce(here.east, 5, at(0, topic));
	here.world.pump();
	const before = picture();
	expect(await switchover(here)).toMatchObject({ result: 'done', exit: 0 });
	expect(picture()).toBe(before);
	expect([...here.connectEast.running.keys()].sort()).toEqual([
		'west-to-east-checkpoint',
		'west-to-east-heartbeat',
		'west-to-east-source',
	]);
	produce(here.east, 2, at(0, 'warehouse.stock'));
	here.world.pump();
	here.world.pump();
	expect([...ends(here, 'warehouse.stock'), ...ends(here, 'orders')]).toEqual([7n, 7n, 5n, 5n]);
});

test("a mirror that starts again for a rebuilt cluster keeps its positions in another team's topics", async () => {
	const here = estate();
	here.east.createTopic('audit', 1);
	produce(here.east, 5, at());
	produce(here.east, 7, at(0, 'audit'));
	here.world.pump();
	for (const name of here.connect.running.keys()) await here.connect.stop(name);
	const { verified } = await take(mirrorReset, here);
	expect(statusOf(verified, 'mirror-at-start')).toBe('pass');
	expect([...(here.connect.running.get('east-to-west-source')?.positions.topics() ?? [])]).toEqual(['audit']);
});

test('of two connectors that kdr.yaml names by a list each gets a way back of its own, with its own topics', async () => {
	const here = withPayments();
	const names = (source: string, target: string) => ({
		[`${source}-to-${target}`]: { source: [`${source}-payments`, `${source}-orders`], checkpoint: 'c' },
	});
	const listed = {
		...link,
		mirror: { ...link.mirror, connectors: { ...names('east', 'west'), ...names('west', 'east') } },
	};
	const env = { ...processOf(here, eastToWest), link: listed };
	const out = await run(env, request('r1', eastToWest, await shipped('switchover')));
	expect(out).toMatchObject({ result: 'done', exit: 0 });
	const made = [...here.connectEast.running.values()].map(({ name, config, positions }) => [
		name,
		config.topics,
		positions.topics(),
	]);
	expect(made).toContainEqual(['west-payments', 'payments', ['payments']]);
	expect(made).toContainEqual(['west-orders', 'orders', ['orders']]);
	for (let i = 0; i < 3; i++) here.world.pump();
	expect([...ends(here, 'orders'), ...ends(here, 'payments')]).toEqual([5n, 5n, 7n, 7n]);
});

test('a list of names for the way back that is not as long as the mirror is refused before anything is fenced', async () => {
	const here = withPayments();
	const back = { 'west-to-east': { source: ['a', 'b', 'c'], checkpoint: 'd' } };
	const listed = { ...link, mirror: { ...link.mirror, connectors: { ...link.mirror.connectors, ...back } } };
	const { checks } = await planOf(mirrorSeed, here, { ctx: context({ link: listed, preview: true }) });
	expect(statusOf(checks, 'mirror-names-differ')).toBe('block');
});

test('a source connector with topics of the link that reads nobody knows where is refused by name', async () => {
	const here = estate();
	const name = here.connect.add('source', 'north', { 'replication.policy.class': 'x.IdentityReplicationPolicy' });
	const { checks } = await ask(preflight, here);
	expect([statusOf(checks, 'mirror-unplaced'), saysOf(checks, 'mirror-unplaced')]).toEqual(['block', name]);
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
