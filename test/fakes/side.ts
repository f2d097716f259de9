import { KdrError } from '../../src/domain/errors/kdr-error.ts';
import { bad, good, type Item } from '../../src/domain/item.ts';
import { PartitionMap, type TopicPartition } from '../../src/domain/kafka/partition.ts';
import type { AclBinding, Acls } from '../../src/ports/acls.ts';
import type { Canary } from '../../src/ports/canary.ts';
import type { Cluster } from '../../src/ports/cluster.ts';
import type { FenceWatch } from '../../src/ports/fence-watch.ts';
import type { CommittedOffset, GroupOffsets } from '../../src/ports/group-offsets.ts';
import type { Allowed, Permissions } from '../../src/ports/permissions.ts';
import type { Quotas } from '../../src/ports/quotas.ts';
import type { RecordWriter } from '../../src/ports/record-writer.ts';
import type { KafkaRecord, Records } from '../../src/ports/records.ts';
import type { FakeKafka } from './kafka.ts';

/** The ports over a FakeKafka, without faults: world.ts puts those in front. */
export const fakeCluster = (kafka: FakeKafka): Cluster => ({
	alias: kafka.alias,
	bootstrap: [`${kafka.alias}.example.com:9092`],
	identity: async () => ({
		clusterId: kafka.clusterId,
		brokers: [{ id: 1, host: `broker-1.${kafka.alias}.example.com`, port: 9092 }],
	}),
	addresses: async () => [`broker-1.${kafka.alias}.example.com:9092`],
	topics: async () =>
		[...kafka.topics.values()]
			.map(({ name, id, logs, replicationFactor }) => ({ name, id, partitions: logs.length, replicationFactor }))
			.sort((a, b) => (a.name < b.name ? -1 : 1)),
	compacted: async (topics) =>
		new Set(topics.filter((name) => kafka.topics.get(name)?.config['cleanup.policy']?.includes('compact'))),
	settings: async (topics) =>
		new Map(topics.flatMap((name) => kafka.topics.get(name) ?? []).map(({ name, config }) => [name, { ...config }])),
	deleteTopics: async (ids) => {
		for (const { name, id } of [...kafka.topics.values()]) if (ids.includes(id)) kafka.deleteTopic(name);
		return new Map(ids.map((id) => [id, good(null)]));
	},
	offsetRetentionMs: async () => kafka.offsetRetentionMs,
	ensureTopic: async (spec) => {
		if (kafka.topics.has(spec.name)) return false;
		kafka.createTopic(spec.name, spec.partitions, spec);
		return true;
	},
});

function perPartition<T>(partitions: Iterable<TopicPartition>, work: (at: TopicPartition) => T): PartitionMap<Item<T>> {
	const out = new PartitionMap<Item<T>>();
	for (const at of partitions) {
		try {
			out.set(at, good(work(at)));
		} catch (thrown) {
			if (!(thrown instanceof KdrError)) throw thrown;
			out.set(at, bad(thrown));
		}
	}
	return out;
}

export const fakeRecords = (kafka: FakeKafka): Records => ({
	edges: async (partitions) => perPartition(partitions, (at) => kafka.log(at).edges()),
	sizes: async (partitions) => perPartition(partitions, (at) => kafka.log(at).size()),
	offsetsAt: async (wanted) => perPartition(wanted.keys(), (at) => kafka.log(at).offsetAt(wanted.get(at) ?? 0n)),
	firstTimes: async (partitions) => perPartition(partitions, (at) => kafka.log(at).firstTime()),
	read: async function* (at, from, to, { isolation }) {
		yield* kafka.log(at).read(from, to, isolation);
	},
	producers: async (partitions) => perPartition(partitions, (at) => kafka.log(at).producers()),
	last: async (ends, { isolation }) =>
		perPartition(ends.keys(), (at): KafkaRecord | null => {
			const { logStart } = kafka.log(at).edges();
			return [...kafka.log(at).read(logStart, ends.get(at) ?? 0n, isolation)].at(-1) ?? null;
		}),
});

export const fakeWriter = (kafka: FakeKafka): RecordWriter => ({
	append: async ({ topic, partition }, records) => {
		for (const record of records) kafka.produce('User:kdr', topic, partition, record);
	},
});

export const fakeGroups = (kafka: FakeKafka): GroupOffsets => ({
	list: async () =>
		[...kafka.groups.values()]
			.map((group) => ({
				id: group.id,
				type: kafka.namesGroupTypes ? group.type : ('classic' as const),
				// A group that never had a member has no protocol.
				protocol: group.running.length > 0 ? (group.protocol ?? 'consumer') : '',
				state: kafka.members(group).length > 0 ? 'Stable' : 'Empty',
			}))
			.sort((a, b) => (a.id < b.id ? -1 : 1)),
	members: async (groups) =>
		new Map(
			groups.map(({ id }) => {
				const group = kafka.groups.get(id);
				const members = group ? kafka.members(group) : [];
				return [
					id,
					good(
						members.map(({ memberId, instanceId, clientId, host, topics }) => ({
							...{ memberId, instanceId, clientId, host },
							topics: group?.rebalancing ? null : [...topics],
						})),
					),
				] as const;
			}),
		),
	committed: async (groups) => new Map(groups.map((id) => [id, good(copy(kafka.groups.get(id)?.committed))] as const)),
	commit: async (id, offsets) => {
		const known = kafka.groups.get(id);
		const active = known !== undefined && kafka.members(known).length > 0;
		return perPartition(offsets.keys(), (at) => {
			if (active) throw new KdrError('KDR_GROUP_ACTIVE', `${kafka.alias}: group ${id} has members: UNKNOWN_MEMBER_ID`);
			kafka.log(at);
			const offset = offsets.get(at);
			if (offset) kafka.group(id).committed.set(at, { ...offset });
			return null;
		});
	},
	forget: async (id, partitions) =>
		perPartition(partitions.keys(), (at) => {
			const group = kafka.groups.get(id);
			if (group && kafka.members(group).some(({ topics }) => topics.includes(at.topic))) {
				throw new KdrError('KDR_GROUP_ACTIVE', `${kafka.alias}: group ${id} has members: GROUP_SUBSCRIBED_TO_TOPIC`);
			}
			group?.committed.delete(at);
			return null;
		}),
	evict: async (id) => {
		kafka.groups.get(id)?.present.clear();
	},
});

const copy = (offsets: PartitionMap<CommittedOffset> | undefined): PartitionMap<CommittedOffset> =>
	offsets?.map((offset) => ({ ...offset })) ?? new PartitionMap<CommittedOffset>();

const same = (a: AclBinding, b: AclBinding): boolean =>
	(Object.keys(a) as (keyof AclBinding)[]).every((key) => a[key] === b[key]);

export const fakeAcls = (kafka: FakeKafka): Acls => ({
	list: async () => kafka.acls.map((acl) => ({ ...acl })),
	create: async (bindings) => {
		kafka.acls.push(
			...bindings.filter((binding) => !kafka.acls.some((acl) => same(acl, binding))).map((binding) => ({ ...binding })),
		);
	},
	remove: async (bindings) => {
		kafka.acls = kafka.acls.filter((acl) => !bindings.some((binding) => same(acl, binding)));
	},
});

export const fakeWatch = (kafka: FakeKafka): FenceWatch => ({
	denials: async () => new Map([[1, good(kafka.acls.filter(({ permission }) => permission === 'deny'))]]),
	transactions: async () => [...kafka.open].map((one) => ({ ...one, topics: [...one.topics] })),
});

/** What User:kdr may do: everything, but what it is denied by name. */
export const fakePermissions = (kafka: FakeKafka): Permissions => {
	const of = (type: AclBinding['resourceType'], name: string): Allowed => {
		const denied = kafka.acls.filter(
			(acl) =>
				acl.principal === 'User:kdr' &&
				acl.permission === 'deny' &&
				acl.resourceType === type &&
				(acl.resourceName === name || acl.resourceName === '*'),
		);
		const all = [
			'read',
			'write',
			'create',
			'delete',
			'alter',
			'describe',
			'describe-configs',
			'alter-configs',
		] as const;
		return new Set(all.filter((operation) => !denied.some((acl) => acl.operation === operation)));
	};
	return {
		cluster: async () => of('cluster', 'kafka-cluster'),
		topics: async (names) =>
			new Map(names.filter((name) => kafka.topics.has(name)).map((name) => [name, of('topic', name)])),
		groups: async (ids) => new Map(ids.map((id) => [id, of('group', id)])),
	};
};

export const fakeQuotas = (kafka: FakeKafka): Quotas => ({
	producerRates: async (users) => new Map(users.map((user) => [user, kafka.rates.get(user) ?? null])),
	setProducerRates: async (rates) => {
		for (const [user, rate] of rates) {
			if (rate === null) kafka.rates.delete(user);
			else kafka.rates.set(user, rate);
		}
	},
});

export const fakeCanary = (kafka: FakeKafka, principal: string): Canary => ({
	principal,
	writable: async (topics) =>
		new Map([[1, good(topics.filter((topic) => kafka.authorized(principal, 'write', 'topic', topic)))]]),
});
