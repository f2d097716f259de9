import { brokerHost, ports } from './addresses.ts';
import type { LabAlias, LabUser } from './estate.ts';
import { labUsers } from './estate.ts';

export interface BrokerPlan {
	index: number;
	alias: LabAlias;
	/** Ids of all brokers of the side, 1…n; each is broker and controller. */
	ids: readonly number[];
	id: number;
	logDir: string;
	/** `host:port` of the side's ZooKeeper, in an estate that has one. */
	zookeeper?: string | undefined;
	passwords: Readonly<Record<LabUser, string>>;
}

const plain = 'org.apache.kafka.common.security.plain.PlainLoginModule';
const scram = 'org.apache.kafka.common.security.scram.ScramLoginModule';

/**
 * server.properties of one broker (facts §10.3). Clients must log in; brokers talk among themselves in clear on the
 * loopback address, where everybody is User:ANONYMOUS and a super user: on a real estate that would be mTLS.
 */
export function brokerProperties(plan: BrokerPlan): string {
	return properties({ ...(plan.zookeeper ? withZookeeper(plan, plan.zookeeper) : withKraft(plan)), ...common(plan) });
}

function withKraft({ index, alias, ids, id }: BrokerPlan) {
	const host = brokerHost(index, alias, id);
	const voters = ids.map((voter) => `${voter}@${brokerHost(index, alias, voter)}:${ports.controller}`);
	const replicas = Math.min(3, ids.length);
	return {
		'process.roles': 'broker,controller',
		'node.id': id,
		'controller.quorum.voters': voters.join(','),
		listeners: `CLIENT://${host}:${ports.client},INTERNAL://${host}:${ports.internal},CONTROLLER://${host}:${ports.controller}`,
		'listener.security.protocol.map': 'CLIENT:SASL_PLAINTEXT,INTERNAL:PLAINTEXT,CONTROLLER:PLAINTEXT',
		'controller.listener.names': 'CONTROLLER',
		'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
		'share.coordinator.state.topic.num.partitions': 1,
		'share.coordinator.state.topic.replication.factor': replicas,
		'share.coordinator.state.topic.min.isr': Math.min(2, replicas),
		// A killed broker that comes back is let in only when its own old session is over.
		'broker.session.timeout.ms': 4_000,
		'broker.heartbeat.interval.ms': 1_000,
	};
}

function withZookeeper({ index, alias, id }: BrokerPlan, zookeeper: string) {
	const host = brokerHost(index, alias, id);
	return {
		'broker.id': id,
		'zookeeper.connect': zookeeper,
		// A killed broker that comes back is let in only when its own old session is over.
		'zookeeper.session.timeout.ms': 4_000,
		listeners: `CLIENT://${host}:${ports.client},INTERNAL://${host}:${ports.internal}`,
		'listener.security.protocol.map': 'CLIENT:SASL_PLAINTEXT,INTERNAL:PLAINTEXT',
		'authorizer.class.name': 'kafka.security.authorizer.AclAuthorizer',
	};
}

function common({ index, alias, ids, id, logDir, passwords }: BrokerPlan) {
	const host = brokerHost(index, alias, id);
	const replicas = Math.min(3, ids.length);
	const users = labUsers.map((user) => `user_${user}="${passwords[user]}"`).join(' ');
	return {
		'advertised.listeners': `CLIENT://${host}:${ports.client},INTERNAL://${host}:${ports.internal}`,
		'inter.broker.listener.name': 'INTERNAL',
		'log.dirs': logDir,
		'sasl.enabled.mechanisms': 'SCRAM-SHA-256,PLAIN',
		'listener.name.client.scram-sha-256.sasl.jaas.config': `${scram} required;`,
		'listener.name.client.plain.sasl.jaas.config': `${plain} required ${users};`,
		'allow.everyone.if.no.acl.found': false,
		'super.users': 'User:admin;User:ANONYMOUS',
		'auto.create.topics.enable': false,
		'default.replication.factor': replicas,
		'offsets.topic.num.partitions': 3,
		'offsets.topic.replication.factor': replicas,
		'transaction.state.log.num.partitions': 3,
		'transaction.state.log.replication.factor': replicas,
		'transaction.state.log.min.isr': Math.min(2, replicas),
		'min.insync.replicas': Math.min(2, replicas),
		'group.initial.rebalance.delay.ms': 0,
		'controlled.shutdown.enable': false,
		'log.segment.bytes': 64 * 1024 * 1024,
		'log.cleaner.dedupe.buffer.size': 4 * 1024 * 1024,
		'num.network.threads': 2,
		'num.io.threads': 4,
	};
}

/** zoo.cfg of a side's one node. */
export const zookeeperConfig = (dataDir: string, { host, port }: { host: string; port: number }): string =>
	properties({
		tickTime: 1_000,
		dataDir,
		clientPort: port,
		clientPortAddress: host,
		maxClientCnxns: 0,
		'admin.enableServer': false,
	});

/**
 * Arguments of `kafka-storage format`, one a line: the tool reads them from a file named `@file`, so that the passwords
 * of the SCRAM users are never on a command line, which every user of the machine can see.
 */
export function formatArguments(
	clusterId: string,
	serverProperties: string,
	passwords: Readonly<Record<LabUser, string>>,
): string {
	const users = labUsers.flatMap((user) => ['--add-scram', `SCRAM-SHA-256=[name=${user},password=${passwords[user]}]`]);
	return `${['format', `--cluster-id=${clusterId}`, '-c', serverProperties, ...users].join('\n')}\n`;
}

/** Java reads such files as Latin-1. */
const escaped = (value: string): string =>
	value
		.replaceAll('\\', '\\\\')
		.replace(/[^\x20-\x7e]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** Java's properties format; only a backslash and what is not ASCII need escaping in the values here. */
export function properties(entries: Readonly<Record<string, string | number | boolean>>): string {
	return `${Object.entries(entries)
		.map(([key, value]) => `${key}=${escaped(String(value))}`)
		.join('\n')}\n`;
}

export interface JavaProgram {
	jars: string;
	/** log4j2 configuration file. */
	log4j: string;
	heapMb: number;
	main: string;
	args: readonly string[];
}

/** Arguments for `java`. Start-up over peak speed: the first compiler tier and the plainest collector take least of a small machine. */
export function jvm({ jars, log4j, heapMb, main, args }: JavaProgram): string[] {
	const flags = [
		`-Xmx${heapMb}m`,
		'-XX:+UseSerialGC',
		'-XX:TieredStopAtLevel=1',
		'-Xshare:auto',
		'-XX:-UsePerfData',
		'-Djava.awt.headless=true',
	];
	// The JVM itself expands `dir/*`; no shell is between us and it.
	return [...flags, ...logging(log4j), '-cp', `${jars}/*`, main, ...args];
}

/** Kafka 3 logs by the old Log4j, which finds its file by another name and wants a URL. */
const logging = (file: string): string[] =>
	file.endsWith('log4j.properties') ? [`-Dlog4j.configuration=file:${file}`] : [`-Dlog4j2.configurationFile=${file}`];

export const mains = {
	zookeeper: 'org.apache.zookeeper.server.quorum.QuorumPeerMain',
	storage: 'kafka.tools.StorageTool',
	broker: 'kafka.Kafka',
	connect: 'org.apache.kafka.connect.cli.ConnectDistributed',
} as const;

export const log4jConfig = `Configuration:
  status: WARN
  Appenders:
    Console:
      name: out
      target: SYSTEM_OUT
      PatternLayout:
        pattern: "%d{yyyy-MM-dd'T'HH:mm:ss.SSS'Z'}{UTC} %-5p %c{1}: %m%n"
  Loggers:
    Root:
      level: INFO
      AppenderRef:
        ref: out
    Logger:
      - name: org.reflections
        level: ERROR
      - name: org.apache.kafka.clients
        level: WARN
`;

/** The same for Kafka 3. */
export const oldLog4jConfig = `log4j.rootLogger=INFO, out
log4j.appender.out=org.apache.log4j.ConsoleAppender
log4j.appender.out.layout=org.apache.log4j.EnhancedPatternLayout
log4j.appender.out.layout.ConversionPattern=%d{yyyy-MM-dd'T'HH:mm:ss.SSS'Z'}{UTC} %-5p %c{1}: %m%n
log4j.logger.org.reflections=ERROR
log4j.logger.org.apache.kafka.clients=WARN
`;
