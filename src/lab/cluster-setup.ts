import kafkajs, { type Admin, type Kafka, type SASLOptions } from 'kafkajs';
import type { AclBinding } from '../ports/acls.ts';
import type { LabAlias, LabState, LabTopic, LabUser } from './estate.ts';
import { estateOf } from './estates/index.ts';
import { aclBindings, permissionsFor } from './permissions.ts';
import { readSecret } from './state.ts';

// kafkajs is CommonJS: these are not named exports of it.
const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, logLevel, ResourcePatternTypes } = kafkajs;

/** A plain client of one side; for setting the lab up, and for looking at it in tests. */
export async function labKafka(
	state: LabState,
	alias: LabAlias,
	user: LabUser,
	mechanism: 'scram-sha-256' | 'plain' = 'scram-sha-256',
): Promise<Kafka> {
	return new kafkajs.Kafka({
		clientId: `kdr-lab-${user}`,
		brokers: state.sides[alias].brokers.map(({ host, port }) => `${host}:${port}`),
		sasl: saslOf(mechanism, user, await readSecret(state.dir, user)),
		logLevel: logLevel.NOTHING,
		connectionTimeout: 2_000,
		requestTimeout: 10_000,
		retry: { retries: 2, initialRetryTime: 100 },
	});
}

/** kafkajs types the login by its mechanism. */
const saslOf = (mechanism: 'scram-sha-256' | 'plain', username: string, password: string): SASLOptions =>
	mechanism === 'plain' ? { mechanism, username, password } : { mechanism, username, password };

/** Runs `work` with an administrator's connection and closes it. */
export async function asAdmin<T>(state: LabState, alias: LabAlias, work: (admin: Admin) => Promise<T>): Promise<T> {
	return await withAdmin(await labKafka(state, alias, 'admin'), work);
}

/** The same by a login that brokers know from their configuration: users of SCRAM may not exist yet. */
export async function plainAdmin<T>(state: LabState, alias: LabAlias, work: (admin: Admin) => Promise<T>): Promise<T> {
	return await withAdmin(await labKafka(state, alias, 'admin', 'plain'), work);
}

async function withAdmin<T>(kafka: Kafka, work: (admin: Admin) => Promise<T>): Promise<T> {
	const admin = kafka.admin();
	try {
		await admin.connect();
		return await work(admin);
	} finally {
		await admin.disconnect();
	}
}

/** True when all brokers of the side have registered. */
export async function allBrokersAnswer(state: LabState, alias: LabAlias): Promise<boolean> {
	const { brokers } = await plainAdmin(state, alias, (admin) => admin.describeCluster());
	return brokers.length === state.sides[alias].brokers.length;
}

export async function createPermissions(state: LabState, alias: LabAlias): Promise<void> {
	await asAdmin(state, alias, (admin) =>
		admin.createAcls({ acl: aclBindings(permissionsFor(estateOf(state))).map(kafkajsAcl) }),
	);
}

const resourceTypes = {
	topic: AclResourceTypes.TOPIC,
	group: AclResourceTypes.GROUP,
	cluster: AclResourceTypes.CLUSTER,
	'transactional-id': AclResourceTypes.TRANSACTIONAL_ID,
};

function kafkajsAcl({ resourceType, resourceName, patternType, principal, host, operation, permission }: AclBinding) {
	const name = operation.toUpperCase().replaceAll('-', '_') as keyof typeof AclOperationTypes;
	return {
		resourceType: resourceTypes[resourceType],
		resourceName,
		resourcePatternType: patternType === 'literal' ? ResourcePatternTypes.LITERAL : ResourcePatternTypes.PREFIXED,
		principal,
		host,
		operation: AclOperationTypes[name],
		permissionType: permission === 'allow' ? AclPermissionTypes.ALLOW : AclPermissionTypes.DENY,
	};
}

/** On east all topics of the link; on west those that are to have settings of their own there. */
export async function createTopics(state: LabState, alias: LabAlias): Promise<void> {
	const { topics, standbyTopics } = estateOf(state);
	await makeTopics(state, alias, alias === 'east' ? topics : standbyTopics);
}

export async function makeTopics(state: LabState, alias: LabAlias, wanted: readonly LabTopic[]): Promise<void> {
	if (wanted.length === 0) return;
	const topics = wanted.map(({ name, partitions, config }) => ({
		topic: name,
		numPartitions: partitions,
		replicationFactor: Math.min(3, state.sides[alias].brokers.length),
		configEntries: Object.entries(config).map(([key, value]) => ({ name: key, value })),
	}));
	// The controller answers before every broker knows; whoever needs a topic waits for it, so waiting here would only fail early.
	await asAdmin(state, alias, (admin) => admin.createTopics({ topics, waitForLeaders: false }));
}

/** Names of topics that do not exist on the side yet, or not with all partitions led. */
export async function topicsMissing(state: LabState, alias: LabAlias): Promise<string[]> {
	const wanted = estateOf(state).topics;
	return await asAdmin(state, alias, async (admin) => {
		const there = new Set(await admin.listTopics());
		const known = wanted.filter(({ name }) => there.has(name));
		const { topics } =
			known.length > 0 ? await admin.fetchTopicMetadata({ topics: known.map(({ name }) => name) }) : { topics: [] };
		const led = new Map(
			topics.map(({ name, partitions }) => [name, partitions.filter(({ leader }) => leader >= 0).length]),
		);
		return wanted.filter(({ name, partitions }) => led.get(name) !== partitions).map(({ name }) => name);
	});
}
