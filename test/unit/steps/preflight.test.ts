import { describe, expect, test } from 'vitest';
import { KdrError } from '../../../src/domain/errors/kdr-error.ts';
import { defaultExclude } from '../../../src/domain/mirror/topics.ts';
import { overrideName, withOverrides } from '../../../src/domain/plan/override.ts';
import { lossClaim } from '../../../src/domain/report/claims.ts';
import { run } from '../../../src/engine/execute.ts';
import { lastingCheck } from '../../../src/steps/lasting-transactions.ts';
import { preflight } from '../../../src/steps/preflight.ts';
import {
	ask,
	at,
	context,
	denialsOn,
	type Estate,
	eastToWest,
	estate,
	link,
	processOf,
	produce,
	recordOf,
	request,
	saysOf,
	shipped,
} from '../../support/estate.ts';

const unplanned = { ...eastToWest, mode: 'failover' as const };

async function blocked(here: Estate, over = {}): Promise<string[]> {
	const { checks } = await ask(preflight, here, { ctx: context(over) });
	return checks.filter(({ status }) => status !== 'pass').map(({ code }) => code);
}

test('a healthy estate may move', async () => {
	expect(await blocked(estate())).toEqual([]);
});

test('a topic, or a partition of it, that the standby does not have blocks', async () => {
	const here = estate();
	here.east.createTopic('payments', 3);
	expect(await blocked(here)).toEqual(['KDR_TOPIC_MISSING']);
	here.west.createTopic('payments', 2);
	const { checks } = await ask(preflight, here);
	expect(saysOf(checks, 'KDR_TOPIC_MISSING')).toBe('payments has 2 of 3 partitions');
});

test('a group with members on the standby blocks a planned move before anybody is fenced: its offsets could not be set, and it would skip or repeat', async () => {
	const here = estate();
	produce(here.east, 5);
	for (const group of ['billing', 'search']) here.east.commitAs(group, at(), 5n);
	here.west.join('billing', { topics: ['orders'] });
	here.west.join('monitor', { topics: ['orders'] });
	const { checks } = await ask(preflight, here);
	expect(checks.filter(({ status }) => status === 'block').map(({ code }) => code)).toEqual(['KDR_GROUP_ACTIVE']);
	expect(saysOf(checks, 'KDR_GROUP_ACTIVE')).toBe('billing (Stable)');
	const agreed = withOverrides(checks, { [overrideName('KDR_GROUP_ACTIVE')]: 'it only counts' });
	expect(agreed.filter(({ status }) => status === 'block')).toEqual([]);
});

test('a transaction that stays open refuses a planned move before anybody is fenced, with its owner and the command that ends it', async () => {
	const here = estate();
	here.east.transaction('User:app', 'app-hanging').produce('orders', 0, { value: 'pending' });
	const { checks, stopped } = await ask(preflight, here);
	expect(stopped).toBe(true);
	const check = checks.find(({ code }) => code === 'transaction-open');
	expect(check).toMatchObject({
		status: 'block',
		observed: 'orders 0 from offset 0, producer 1 (app-hanging), open for 5 s, timeout 60 s',
	});
	expect(check?.hint).toContain('kafka-transactions.sh');
	expect(check?.hint).toContain('abort --topic orders --partition 0 --start-offset 0');
	expect((await ask(preflight, here, { ctx: context({ move: unplanned }) })).stopped).toBe(false);
});

test('the plan of a move beside a transaction that stays open fences nobody, changes nothing and exits 3', async () => {
	const here = estate();
	here.east.transaction('User:app', 'app-hanging').produce('orders', 0, { value: 'pending' });
	const moved = run(processOf(here, eastToWest), request('r1', eastToWest, await shipped('switchover')));
	await expect(moved).rejects.toMatchObject({ exit: 3, message: expect.stringContaining('app-hanging') });
	expect(denialsOn(here.east)).toEqual([]);
});

test('transactions of a healthy application, one after the other, refuse nothing', async () => {
	const here = estate();
	const begin = () => {
		const transaction = here.east.transaction('User:app');
		transaction.produce('orders', 0, { value: 'quick' });
		return transaction;
	};
	let current = begin();
	here.world.clock.onAdvance(() => {
		current.commit();
		current = begin();
	});
	const { checks } = await ask(preflight, here);
	expect(checks.find(({ code }) => code === 'transaction-open')?.status).toBe('pass');
});

test('a leader that does not say who writes leaves it unknown whether a transaction is open', () => {
	const check = lastingCheck({ open: [], unread: ['orders 0 (no answer)'], watched: 0, now: 0 }, 'east');
	expect(check).toMatchObject({ status: 'unknown', observed: 'unknown: orders 0 (no answer)' });
});

test('groups that kdr never touches are named with what must be done for each, and stop nothing', async () => {
	const here = estate();
	here.east.createTopic('other', 1);
	here.east.join('other-team', { topics: ['other'] });
	here.east.commitAs('connect-sink', at(), 1n);
	const { checks, stopped } = await ask(preflight, here);
	expect(stopped).toBe(false);
	const check = checks.find(({ code }) => code === 'groups-untouched');
	expect(check).toMatchObject({ status: 'warn', observed: expect.stringMatching(/^connect-sink \(.*\)$/) });
	expect(check?.hint).toContain('Connect');
});

test('a live group of which nothing can be read refuses a planned move by name, and no emergency', async () => {
	const here = estate();
	here.east.join('new', { topics: ['orders'] });
	here.east.group('new').rebalancing = true;
	const { checks, stopped } = await ask(preflight, here);
	expect(stopped).toBe(true);
	expect(checks.find(({ code }) => code === 'groups-unread')).toMatchObject({
		status: 'unknown',
		observed: 'new: unknown (it rebalances and has committed nothing yet)',
	});
	expect((await ask(preflight, here, { ctx: context({ move: unplanned }) })).stopped).toBe(false);
});

test('an unplanned move is not held up by a group with members on the standby', async () => {
	const here = estate();
	here.east.commitAs('billing', at(), 0n);
	here.west.join('billing', { topics: ['orders'] });
	expect(await blocked(here, { move: unplanned })).toEqual([]);
});

test('a group that is at home on both clusters with topics outside of the link does not block', async () => {
	const here = estate();
	for (const side of [here.east, here.west]) side.createTopic('private', 1);
	here.east.commitAs('reports', at(0, 'private'), 0n);
	here.west.join('reports', { topics: ['private'] });
	expect(await blocked(here)).toEqual([]);
});

test('topics outside the link, and internal ones, may be missing', async () => {
	const here = estate();
	here.east.createTopic('private', 1);
	here.east.createTopic('orders.internal', 1);
	expect(await blocked(here)).toEqual([]);
});

test('a standby without any topic of the link blocks even when the other side cannot be asked', async () => {
	const here = estate();
	here.west.topics.clear();
	here.world.kill('east');
	expect(await blocked(here, { move: unplanned, fromAlive: false })).toEqual(['topic-unknown', 'KDR_TOPIC_MISSING']);
});

test('a topic whose name in kdr.yaml has a typing error would not move: it blocks until somebody says why not', async () => {
	const here = estate();
	const slip = { ...link, topics: ['orders', 'paymnets', 'tx-.*'] };
	const { checks } = await ask(preflight, here, { ctx: context({ link: slip }) });
	expect(saysOf(checks, 'topic-unknown')).toBe('paymnets: not on east');
	const agreed = withOverrides(checks, { [overrideName('topic-unknown')]: 'it was deleted last month' });
	expect(agreed.filter(({ status }) => status === 'block')).toEqual([]);
});

test('a topic that kdr.yaml names is served or refused by name, and what a regular expression leaves out is named', async () => {
	const here = estate();
	for (const name of ['billing.internal', 'device.heartbeats', 'heartbeats']) here.east.createTopic(name, 1);
	const named = { ...link, topics: ['orders', 'billing\\.internal', 'device.heartbeats'] };
	const { checks } = await ask(preflight, here, { ctx: context({ link: named }) });
	expect(saysOf(checks, 'topic-never-mirrored')).toBe('not device.heartbeats');
	expect(saysOf(checks, 'KDR_TOPIC_MISSING')).toBe('billing.internal has 0 of 1 partition');
	const wide = await ask(preflight, here, { ctx: context({ link: { ...link, topics: ['.*'] } }) });
	expect(saysOf(wide.checks, 'topic-left-out')).toBe('billing.internal, device.heartbeats');
	expect(wide.stopped).toBe(false);
});

test('a topic that is mirrored and not of the link is named: its clients follow the record too, and nobody fences them', async () => {
	const here = estate();
	here.east.createTopic('payments', 1);
	produce(here.east, 1, { topic: 'payments', partition: 0 });
	here.world.pump();
	expect(await blocked(here)).toEqual([]);
	const { checks, stopped } = await ask(preflight, here, { ctx: context({ link: { ...link, topics: ['orders'] } }) });
	expect(saysOf(checks, 'topic-outside')).toBe('payments');
	expect(stopped).toBe(false);
});

test('clients that are there already, or whose record names neither side, block', async () => {
	const here = estate();
	here.dns.overwrite(recordOf(['127.0.2.1']));
	await here.connect.stop('east-to-west-source');
	expect(await blocked(here), 'nothing else is advised to who is there already').toEqual(['KDR_SAME_SIDE']);
	await here.connect.resume('east-to-west-source');
	here.dns.overwrite(recordOf(['127.0.9.9']));
	expect(await blocked(here)).toEqual(['KDR_DNS_UNEXPECTED_VALUE']);
});

test('a mirror of the way back that runs blocks: records would circle', async () => {
	const here = estate();
	here.connectEast.add('source', 'west');
	expect(await blocked(here)).toEqual(['KDR_MIRROR_BOTH_DIRECTIONS']);
	await here.connectEast.stop('west-to-east-source');
	expect(await blocked(here)).toEqual([]);
});

test('a mirror that does not run, or has a failed task, blocks a switchover and not a failover', async () => {
	const here = estate();
	here.connect.fail('east-to-west-source', 'no reader');
	expect(await blocked(here)).toEqual(['KDR_MIRROR_NOT_RUNNING']);
	expect(await blocked(here, { move: unplanned })).toEqual([]);
	await here.connect.stop('east-to-west-source');
	expect(await blocked(here)).toEqual(['KDR_MIRROR_NOT_RUNNING']);
	await here.connect.remove('east-to-west-source');
	expect(await blocked(here)).toEqual(['KDR_MIRROR_NOT_RUNNING']);
});

test('a worker that cannot set positions is refused by its version before the fence; a failover needs only that it can stop', async () => {
	const here = estate();
	here.connectEast.release = '3.5.2';
	expect(await blocked(here)).toEqual(['connect-too-old']);
	here.connect.release = '3.5.2';
	expect(await blocked(here, { move: unplanned })).toEqual([]);
	// Confluent's name of Apache Kafka 3.6.
	for (const release of ['3.6.0', '7.6.1-ccs', '3.7.0.redhat-00007']) {
		Object.assign(here.connect, { release });
		Object.assign(here.connectEast, { release });
		expect(await blocked(here), release).toEqual([]);
	}
});

test('a MirrorMaker 2 whose checkpoints lie past what groups have read is no source of them', async () => {
	const here = estate();
	here.connect.release = '3.4.0';
	expect(await blocked(here, { move: unplanned })).toEqual(['connect-too-old', 'checkpoints-overshoot']);
});

test('a mirror whose tasks are handed round among workers is looked at again: that passes by itself', async () => {
	const here = estate();
	const { connect } = here;
	const real = connect.connectors.bind(connect);
	let looks = 0;
	connect.connectors = async () => {
		const seen = await real();
		return looks++ > 0 ? seen : seen.map((one) => ({ ...one, tasks: [{ id: 0, state: 'UNASSIGNED' }] }));
	};
	expect(await blocked(here)).toEqual([]);
});

test('a Connect cluster that belongs to another Kafka cluster blocks', async () => {
	const here = estate();
	Object.assign(here.connect, { kafkaClusterId: async () => 'somebody-else' });
	expect(await blocked(here)).toEqual(['KDR_CLUSTER_WRONG']);
});

test('a Connect cluster of the side we leave that does not answer is a warning: whether its mirror runs the other way is unknown', async () => {
	const here = estate();
	here.connectEast.connectors = async () => {
		throw new KdrError('KDR_CONNECT_UNREACHABLE', 'no worker answers');
	};
	const { checks } = await ask(preflight, here);
	expect(checks.find(({ code }) => code === 'KDR_MIRROR_BOTH_DIRECTIONS')).toMatchObject({
		status: 'warn',
		observed: 'unknown: Connect of east does not answer',
	});
});

test('a dead side is not asked anything', async () => {
	const here = estate();
	here.world.kill('east');
	expect(await blocked(here, { move: unplanned, fromAlive: false })).toEqual([]);
	expect(here.world.faults.calls.filter((call) => call.startsWith('east'))).toEqual([]);
});

test('the Connect cluster of the side we leave may be silent without stopping the move; that it was not seen is said', async () => {
	const here = estate();
	here.world.faults.failNext('mirror', 'connectors', 'before', { side: 'east' });
	const { checks, stopped } = await ask(preflight, here);
	expect(stopped).toBe(false);
	expect(saysOf(checks, 'KDR_MIRROR_BOTH_DIRECTIONS')).toBe('unknown: Connect of east does not answer');
});

describe('what a fence would only find out later is refused in the plan:', () => {
	const source = ({ connect }: Estate): Record<string, string> => {
		const found = connect.running.get('east-to-west-source');
		if (!found) throw new Error('there is no source connector');
		return found.config;
	};

	test('a topic of the link that no connector takes', async () => {
		const here = estate();
		source(here).topics = 'orders';
		for (const side of [here.east, here.west]) side.createTopic('payments', 1);
		produce(here.east, 3, { topic: 'payments', partition: 0 });
		here.world.pump();
		const { checks } = await ask(preflight, here);
		expect(saysOf(checks, 'topic-unmirrored')).toBe('payments');
		expect(await blocked(here)).toEqual(['topic-unmirrored']);
	});

	test('partitions that a mirror begun at the newest record never read', async () => {
		const here = estate();
		source(here)['source.consumer.auto.offset.reset'] = 'latest';
		produce(here.east, 3);
		expect(await blocked(here)).toEqual(['partition-unmirrored']);
	});

	test('records that were never mirrored are lost by consent alone, counted, and the move passes', async () => {
		const here = estate();
		here.east.createTopic('payments', 1);
		produce(here.east, 7, at(0, 'payments'));
		source(here)['source.consumer.auto.offset.reset'] = 'latest';
		here.world.pump();
		produce(here.east, 5);
		here.world.pump();
		const steps = await shipped('switchover');
		const refused = run(processOf(here, eastToWest), request('r0', eastToWest, steps));
		await expect(refused).rejects.toMatchObject({
			exit: 3,
			message: expect.stringContaining('payments 0 (7 records at most)'),
			hint: expect.stringContaining('--accept-unmirrored TOPIC:PARTITION'),
		});
		const wrong = run(
			processOf(here, eastToWest),
			request('r1', eastToWest, steps, { 'accept-unmirrored': 'payments:1' }),
		);
		await expect(wrong).rejects.toMatchObject({ exit: 3 });
		const consent = { 'accept-unmirrored': 'payments:0' };
		const outcome = await run(processOf(here, eastToWest), request('r2', eastToWest, steps, consent));
		expect(outcome.error?.message).toBeUndefined();
		if (!outcome.state) throw new Error('the run has no journal');
		expect(lossClaim(outcome.state)).toMatchObject({
			kind: 'at-most',
			records: '7',
			ms: null,
			evidence: expect.stringContaining('lost by consent: payments 0'),
		});
		here.world.clock.advance(5_000);
		expect(here.east.log(at(0, 'payments')).edges().end, 'nothing is copied back').toBe(7n);
	});

	test('a mirrored position past the end of the log: the topic is another one', async () => {
		const here = estate();
		here.connect.running.get('east-to-west-source')?.positions.set({ topic: 'orders', partition: 1 }, 100n);
		const { checks } = await ask(preflight, here);
		expect(saysOf(checks, 'position-past-end')).toBe('orders 1');
		expect(await blocked(here)).toEqual(['position-past-end']);
	});

	test('a partition that cannot be read: neither mirrored nor unmirrored, but unknown', async () => {
		const here = estate();
		here.east.log(at(1)).edges = () => {
			throw new KdrError('KDR_TIMEOUT', 'east: the leader of orders 1 does not answer');
		};
		const { checks } = await ask(preflight, here);
		for (const code of ['partition-unmirrored', 'position-past-end'])
			expect(checks.find((check) => check.code === code)).toMatchObject({
				status: 'unknown',
				observed: 'unknown: the log of orders 1 was not readable',
			});
	});

	test("topics of Connect's workers or of Schema Registry in the mirror", async () => {
		const here = estate();
		for (const name of ['_schemas', 'connect-configs']) here.east.createTopic(name, 1);
		const { checks } = await ask(preflight, here);
		expect(saysOf(checks, 'mirror-carries-workers')).toBe('_schemas, connect-configs');
	});

	test("topics of Connect's workers or of Schema Registry under any name, known by their keys, with the line that excludes them", async () => {
		const here = estate();
		const compact = { config: { 'cleanup.policy': 'compact' } };
		const keys = {
			'platform-a': 'connector-orders-sink',
			'platform-b': '["orders-sink",{"kafka_topic":"t"}]',
			'platform.c': 'status-task-orders-sink-0',
			registry: '{"keytype":"SCHEMA","subject":"orders-value"}',
			customers: 'connected-4711',
		};
		for (const [name, key] of Object.entries(keys)) {
			here.east.createTopic(name, 2, compact);
			here.east.produce('User:app', name, 1, { key, value: '{}' });
		}
		const { checks } = await ask(preflight, here);
		expect(saysOf(checks, 'mirror-carries-workers')).toBe('platform-a, platform-b, platform.c, registry');
		const hint = checks.find(({ code }) => code === 'mirror-carries-workers')?.hint;
		expect(hint).toContain('platform-a,platform-b,platform\\.c,registry');
		expect(hint).toContain(defaultExclude);
	});

	test('a mirror that does not copy headers as bytes is a warning that names the setting', async () => {
		const here = estate();
		const source = here.connect.running.get('east-to-west-source');
		delete source?.config['header.converter'];
		const { checks } = await ask(preflight, here);
		expect(saysOf(checks, 'mirror-changes-records')).toBe('header.converter is the default of its worker');
		if (source) source.config['value.converter'] = ' org.apache.kafka.connect.converters.ByteArrayConverter';
		const again = (await ask(preflight, here)).checks;
		expect(saysOf(again, 'mirror-changes-records')).toContain('value.converter is " org');
	});

	test('two connectors that take the same topic', async () => {
		const here = estate();
		const { running } = here.connect;
		const one = running.get('east-to-west-source');
		if (!one) throw new Error('there is no source connector');
		running.set('second', { ...one, name: 'second', config: { ...one.config, topics: 'orders' } });
		expect(await blocked(here)).toEqual(['mirror-takes-twice']);
	});

	test('Connect of the side we leave that belongs to another cluster', async () => {
		const here = estate();
		here.connectEast.kafkaClusterId = () => here.connect.kafkaClusterId();
		const { checks } = await ask(preflight, here);
		expect(checks.filter(({ code, status }) => code === 'KDR_CLUSTER_WRONG' && status === 'block')).toMatchObject([
			{ what: 'Connect of east is beside east' },
		]);
	});
});
