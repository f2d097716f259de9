import { brokerHost, connectHost, ports } from './addresses.ts';
import type { LabAlias, LabState } from './estate.ts';
import { labTopics } from './estate.ts';

const bytes = 'org.apache.kafka.connect.converters.ByteArrayConverter';
const byteConverters = { 'key.converter': bytes, 'value.converter': bytes, 'header.converter': bytes };

type Where = Pick<LabState, 'dir' | 'index'> & { brokers: number };

/** What Connect may read of the lab's secrets: only MirrorMaker's own. */
export const connectSecrets = (dir: string): string => `${dir}/connect/secrets`;

export function bootstrap({ index, brokers }: Pick<Where, 'index' | 'brokers'>, alias: LabAlias): string[] {
	return Array.from({ length: brokers }, (_, i) => `${brokerHost(index, alias, i + 1)}:${ports.client}`);
}

/** How MirrorMaker's user logs in to a side; the password is a reference which Connect's DirectoryConfigProvider resolves. */
function login(where: Where, alias: LabAlias): Record<string, string> {
	return {
		'bootstrap.servers': bootstrap(where, alias).join(','),
		'security.protocol': 'SASL_PLAINTEXT',
		'sasl.mechanism': 'SCRAM-SHA-256',
		'sasl.jaas.config': `org.apache.kafka.common.security.scram.ScramLoginModule required username="mm2" password="\${dir:${connectSecrets(where.dir)}:mm2}";`,
	};
}

const prefixed = (prefix: string, entries: Record<string, string>): Record<string, string> =>
	Object.fromEntries(Object.entries(entries).map(([key, value]) => [`${prefix}${key}`, value]));

/** connect-distributed.properties of the one worker beside a cluster (facts §10.4: fast, for trying things out). */
export function workerProperties(where: Where, alias: LabAlias): Record<string, string> {
	const host = connectHost(where.index, alias);
	const replicas = String(Math.min(3, where.brokers));
	const own = login(where, alias);
	return {
		...own,
		...prefixed('producer.', own),
		...prefixed('consumer.', own),
		...prefixed('admin.', own),
		'config.providers': 'dir',
		'config.providers.dir.class': 'org.apache.kafka.common.config.provider.DirectoryConfigProvider',
		'config.providers.dir.param.allowed.paths': connectSecrets(where.dir),
		'group.id': `connect-${alias}`,
		'config.storage.topic': `connect-${alias}-configs`,
		'offset.storage.topic': `connect-${alias}-offsets`,
		'status.storage.topic': `connect-${alias}-status`,
		'config.storage.replication.factor': replicas,
		'offset.storage.replication.factor': replicas,
		'status.storage.replication.factor': replicas,
		'offset.storage.partitions': '1',
		'status.storage.partitions': '1',
		'offset.flush.interval.ms': '500',
		'task.shutdown.graceful.timeout.ms': '5000',
		'scheduled.rebalance.max.delay.ms': '0',
		// The least a broker takes: a worker that comes back after a kill waits this long for its own old membership to end.
		'session.timeout.ms': '6000',
		'heartbeat.interval.ms': '2000',
		'consumer.poll.timeout.ms': '100',
		'plugin.discovery': 'service_load',
		listeners: `http://${host}:${ports.connect}`,
		'rest.advertised.host.name': host,
		...byteConverters,
	};
}

/** Names of the three connectors of one direction. */
export function connectorNames(
	source: LabAlias,
	target: LabAlias,
): { source: string; checkpoint: string; heartbeat: string } {
	const base = `${source}-to-${target}`;
	return { source: `${base}-source`, checkpoint: `${base}-checkpoint`, heartbeat: `${base}-heartbeat` };
}

/**
 * The connectors of one direction, to be created on the Connect cluster beside `target`. Identity names, offset syncs on
 * the target (they must survive the source), byte converters for headers too, no ACL sync (it would copy a fence).
 */
export function connectors(where: Where, source: LabAlias, target: LabAlias): Record<string, Record<string, string>> {
	const names = connectorNames(source, target);
	const common = { ...flow(where, source, target), ...byteConverters };
	const kind = (name: string) => `org.apache.kafka.connect.mirror.Mirror${name}Connector`;
	return {
		[names.source]: { ...common, ...mirrored, ...syncs(where), 'connector.class': kind('Source'), 'tasks.max': '2' },
		[names.checkpoint]: {
			...common,
			...mirrored,
			...checkpoints(where),
			'connector.class': kind('Checkpoint'),
			'tasks.max': '1',
		},
		[names.heartbeat]: { ...common, ...heartbeats(where), 'connector.class': kind('Heartbeat'), 'tasks.max': '1' },
	};
}

const flow = (where: Where, source: LabAlias, target: LabAlias): Record<string, string> => ({
	'source.cluster.alias': source,
	'target.cluster.alias': target,
	...prefixed('source.cluster.', login(where, source)),
	...prefixed('target.cluster.', login(where, target)),
	'replication.policy.class': 'org.apache.kafka.connect.mirror.IdentityReplicationPolicy',
	'offset-syncs.topic.location': 'target',
});

const mirrored: Record<string, string> = {
	topics: labTopics.map(({ name }) => name).join(','),
	groups: '.*',
	'consumer.poll.timeout.ms': '100',
};

const replicasOf = ({ brokers }: Where): string => String(Math.min(3, brokers));

const syncs = (where: Where): Record<string, string> => ({
	'source.consumer.isolation.level': 'read_committed',
	'replication.factor': replicasOf(where),
	'offset-syncs.topic.replication.factor': replicasOf(where),
	'refresh.topics.interval.seconds': '5',
	'sync.topic.configs.interval.seconds': '5',
	'sync.topic.acls.enabled': 'false',
});

const checkpoints = (where: Where): Record<string, string> => ({
	'checkpoints.topic.replication.factor': replicasOf(where),
	'refresh.groups.interval.seconds': '1',
	'emit.checkpoints.interval.seconds': '1',
	'sync.group.offsets.enabled': 'true',
	'sync.group.offsets.interval.seconds': '1',
});

const heartbeats = (where: Where): Record<string, string> => ({
	'heartbeats.topic.replication.factor': replicasOf(where),
	'emit.heartbeats.interval.seconds': '1',
});
