import { connectHost, ports } from './addresses.ts';
import type { LabAlias, LabState } from './estate.ts';
import { estateOf } from './estates/index.ts';

const bytes = 'org.apache.kafka.connect.converters.ByteArrayConverter';
const byteConverters = { 'key.converter': bytes, 'value.converter': bytes, 'header.converter': bytes };

type Where = Pick<LabState, 'dir' | 'index' | 'estate' | 'sides'>;

/** What Connect may read of the lab's secrets: only MirrorMaker's own. */
export const connectSecrets = (dir: string): string => `${dir}/connect/secrets`;

export function bootstrap({ sides }: Pick<Where, 'sides'>, alias: LabAlias): string[] {
	return sides[alias].brokers.map(({ host, port }) => `${host}:${port}`);
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
	const replicas = replicasOf(where, alias);
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
		...estateOf(where).worker(alias),
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
	const mirrored = mirroredBy(where);
	const kind = (name: string) => `org.apache.kafka.connect.mirror.Mirror${name}Connector`;
	const replicas = replicasOf(where, target);
	return estateOf(where).mirror({
		[names.source]: { ...common, ...mirrored, ...syncs(replicas), 'connector.class': kind('Source'), 'tasks.max': '2' },
		[names.checkpoint]: {
			...common,
			...mirrored,
			...checkpoints(replicas),
			'connector.class': kind('Checkpoint'),
			'tasks.max': '1',
		},
		[names.heartbeat]: { ...common, ...heartbeats(replicas), 'connector.class': kind('Heartbeat'), 'tasks.max': '1' },
	});
}

const flow = (where: Where, source: LabAlias, target: LabAlias): Record<string, string> => ({
	'source.cluster.alias': source,
	'target.cluster.alias': target,
	...prefixed('source.cluster.', login(where, source)),
	...prefixed('target.cluster.', login(where, target)),
	'replication.policy.class': 'org.apache.kafka.connect.mirror.IdentityReplicationPolicy',
	'offset-syncs.topic.location': 'target',
});

const mirroredBy = (where: Where): Record<string, string> => ({
	topics: estateOf(where)
		.topics.map(({ name }) => name)
		.join(','),
	groups: '.*',
	'consumer.poll.timeout.ms': '100',
});

const replicasOf = ({ sides }: Where, alias: LabAlias): string => String(Math.min(3, sides[alias].brokers.length));

const syncs = (replicas: string): Record<string, string> => ({
	'source.consumer.isolation.level': 'read_committed',
	'replication.factor': replicas,
	'offset-syncs.topic.replication.factor': replicas,
	'refresh.topics.interval.seconds': '5',
	'sync.topic.configs.interval.seconds': '5',
	'sync.topic.acls.enabled': 'false',
});

const checkpoints = (replicas: string): Record<string, string> => ({
	'checkpoints.topic.replication.factor': replicas,
	'refresh.groups.interval.seconds': '1',
	'emit.checkpoints.interval.seconds': '1',
	'sync.group.offsets.enabled': 'true',
	'sync.group.offsets.interval.seconds': '1',
});

const heartbeats = (replicas: string): Record<string, string> => ({
	'heartbeats.topic.replication.factor': replicas,
	'emit.heartbeats.interval.seconds': '1',
});
