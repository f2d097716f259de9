import { describe, expect, it } from 'vitest';
import { FakeDns } from '../fakes/dns.ts';
import { fakeCanary } from '../fakes/side.ts';
import { fakeWorld } from '../fakes/world.ts';
import { kafkaContract } from './kafka.contract.ts';
import { mirrorContract } from './mirror.contract.ts';

function world() {
	const dns = new FakeDns({ records: [] });
	return fakeWorld({ dns: { zone: dns, answers: dns } });
}

kafkaContract('fake', async () => {
	const { kafka, side } = world();
	const east = kafka.east;
	if (!east) throw new Error('no east');
	return {
		side: side('east'),
		canary: fakeCanary(east, 'User:app'),
		quotas: side('east').quotas,
		another: () => side('east'),
		createTopic: async (name, partitions, config = {}) => void east.createTopic(name, partitions, { config }),
		produce: async (topic, partition, records) => {
			for (const record of records) east.produce('User:admin', topic, partition, record);
		},
		transact: async (topic, partition, values, end) => {
			const transaction = east.transaction('User:admin');
			for (const value of values) transaction.produce(topic, partition, { value });
			if (end === 'commit') transaction.commit();
			if (end === 'abort') transaction.abort();
			return async () => transaction.abort();
		},
		join: async (group, topic, type) => {
			const { memberId } = east.join(group, { topics: [topic] }, type);
			return async () => east.leave(group, memberId);
		},
		close: async () => {},
	};
});

mirrorContract('fake', async () => {
	const { kafka, side, pump, clock } = world();
	kafka.east?.createTopic('orders', 1);
	const mirror = side('west').mirror;
	const timer = setInterval(() => {
		clock.advance(100);
		pump();
	}, 10);
	return {
		mirror,
		source: 'east',
		sourceConnector: 'east-to-west-source',
		clusterId: async () => (await side('west').cluster.identity()).clusterId,
		topic: 'orders',
		produce: async (values) => {
			for (const value of values) kafka.east?.produce('User:app', 'orders', 0, { value });
		},
		close: async () => clearInterval(timer),
	};
});

describe('the fake world', () => {
	it('does the write and loses the reply when asked to, once', async () => {
		const { faults, side, kafka } = world();
		kafka.east?.createTopic('t', 1);
		faults.failNext('acls', 'create', 'after');
		const acl = {
			resourceType: 'topic',
			resourceName: 't',
			patternType: 'literal',
			principal: 'User:a',
			host: '*',
			operation: 'write',
			permission: 'deny',
		} as const;
		await expect(side('east').acls.create([acl])).rejects.toMatchObject({
			code: 'KDR_OUTCOME_UNKNOWN',
			worldMayHaveChanged: true,
		});
		expect(await side('east').acls.list()).toEqual([acl]);
	});

	it('answers nothing while a side is dead, and only after the deadline while it is frozen', async () => {
		const { side, kill, freeze, revive, clock } = world();
		kill('east');
		await expect(side('east').cluster.identity()).rejects.toMatchObject({ code: 'KDR_CLUSTER_UNREACHABLE' });
		freeze('east');
		const before = clock.now();
		await expect(side('east').records.edges([])).rejects.toMatchObject({ code: 'KDR_TIMEOUT' });
		expect(clock.now() - before).toBe(5_000);
		revive('east');
		await expect(side('east').cluster.identity()).resolves.toBeDefined();
	});

	it('shuts writers and readers out by prefixed DENYs, makes their groups empty, and lets them back', async () => {
		const { side, kafka, clock } = world();
		const east = kafka.east;
		if (!east) throw new Error('no east');
		east.createTopic('orders', 1);
		east.join('billing', { topics: ['orders'] });
		const deny = (operation: 'read' | 'write') =>
			({
				resourceType: 'topic',
				resourceName: 'orders',
				patternType: 'prefixed',
				principal: 'User:app',
				host: '*',
				operation,
				permission: 'deny',
			}) as const;
		await side('east').acls.create([deny('write'), deny('read')]);
		expect(() => east.produce('User:app', 'orders', 0, { value: 'x' })).toThrow(/TOPIC_AUTHORIZATION_FAILED/);
		clock.advance(1);
		expect((await side('east').groups.list())[0]?.state).toBe('Empty');
		await side('east').acls.remove([deny('write'), deny('read')]);
		clock.advance(1);
		expect((await side('east').groups.list())[0]?.state).toBe('Stable');
	});

	it('mirrors data but neither aborted records nor markers, and translates groups as MirrorMaker does', async () => {
		const { kafka, side, pump } = world();
		const east = kafka.east;
		if (!east) throw new Error('no east');
		east.createTopic('orders', 1);
		for (let n = 0; n < 5; n++) east.produce('User:app', 'orders', 0, { value: `v${n}` });
		const transaction = east.transaction('User:app');
		transaction.produce('orders', 0, { value: 'aborted' });
		transaction.abort();
		east.produce('User:app', 'orders', 0, { value: 'after' });
		east.commitAs('billing', { topic: 'orders', partition: 0 }, 3n);
		pump();
		const west = side('west');
		const seen: string[] = [];
		for await (const record of west.records.read({ topic: 'orders', partition: 0 }, 0n, 99n, {
			isolation: 'committed',
		}))
			seen.push(String(record.value));
		expect(seen).toEqual(['v0', 'v1', 'v2', 'v3', 'v4', 'after']);
		const synced = (await west.groups.committed(['billing'])).get('billing');
		expect(synced?.ok && synced.value.get({ topic: 'orders', partition: 0 })).toEqual({ offset: 1n, metadata: '' });
		const topics = (await west.cluster.topics()).map(({ name }) => name);
		expect(topics).toEqual(['east.checkpoints.internal', 'mm2-offset-syncs.east.internal', 'orders']);
	});
});
