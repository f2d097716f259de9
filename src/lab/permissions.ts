import type { AclBinding } from '../ports/acls.ts';
import { type LabTopic, type LabUser, labTopics } from './estate.ts';

type Resource = Pick<AclBinding, 'resourceType' | 'resourceName' | 'patternType'>;
type Operation = AclBinding['operation'];

export interface Permission extends Resource {
	user: Exclude<LabUser, 'admin'>;
	operations: readonly Operation[];
	/** What would not work without it. */
	why: string;
}

const topic = (name: string): Resource => ({ resourceType: 'topic', resourceName: name, patternType: 'literal' });
const topicsNamed = (prefix: string): Resource => ({
	resourceType: 'topic',
	resourceName: prefix,
	patternType: 'prefixed',
});
const group = (name: string): Resource => ({ resourceType: 'group', resourceName: name, patternType: 'literal' });
const groupsNamed = (prefix: string): Resource => ({
	resourceType: 'group',
	resourceName: prefix,
	patternType: 'prefixed',
});
const transactionsNamed = (prefix: string): Resource => ({
	resourceType: 'transactional-id',
	resourceName: prefix,
	patternType: 'prefixed',
});
const cluster: Resource = { resourceType: 'cluster', resourceName: 'kafka-cluster', patternType: 'literal' };

/** READ, WRITE, DELETE and ALTER imply DESCRIBE; ALTER_CONFIGS implies DESCRIBE_CONFIGS (Kafka's AclOperation). */
const kdr = (dataTopics: readonly string[]): Permission[] => [
	{ user: 'kdr', ...cluster, operations: ['describe', 'alter'], why: 'see and set the ACLs of the fence' },
	{ user: 'kdr', ...cluster, operations: ['describe-configs'], why: 'know how long offsets are kept' },
	{
		user: 'kdr',
		...topic('*'),
		operations: ['read', 'describe-configs'],
		why: 'read records, positions and producers; commit offsets of groups',
	},
	{ user: 'kdr', ...topic('kdr-journal.internal'), operations: ['create', 'write'], why: 'keep the journal' },
	{ user: 'kdr', ...transactionsNamed('kdr-'), operations: ['write'], why: 'lock a link and write its journal' },
	{
		user: 'kdr',
		resourceType: 'transactional-id',
		resourceName: '*',
		patternType: 'literal',
		operations: ['describe'],
		why: 'name who holds a transaction open',
	},
	...dataTopics.map((name) => ({
		user: 'kdr' as const,
		...topic(name),
		operations: ['write' as const],
		why: 'replay salvaged records; only kdr salvage replay needs it',
	})),
	...dataTopics.map((name) => ({
		user: 'kdr' as const,
		...topic(name),
		operations: ['create' as const, 'delete' as const],
		why: 'create the topic again; only kdr rebuild needs it',
	})),
	...[topicsNamed('mm2-offset-syncs.'), topic('east.checkpoints.internal'), topic('west.checkpoints.internal')].map(
		(resource) => ({
			user: 'kdr' as const,
			...resource,
			operations: ['delete' as const],
			why: 'reset the mirror; only kdr rebuild needs it',
		}),
	),
	{
		user: 'kdr',
		...group('*'),
		operations: ['read', 'delete'],
		why: 'read, set and delete offsets of groups; evict members',
	},
];

const forEach = (names: readonly string[], make: (name: string) => Permission): Permission[] => names.map(make);

/** The same on both clusters, so that each can be the source and the target. */
const mm2 = (dataTopics: readonly string[]): Permission[] => [
	...forEach(dataTopics, (name) => ({
		user: 'mm2',
		...topic(name),
		operations: ['read', 'write', 'create', 'alter', 'alter-configs'],
		why: 'mirror its records, partitions and settings',
	})),
	{
		user: 'mm2',
		...topicsNamed('mm2-offset-syncs.'),
		operations: ['create', 'read', 'write', 'describe-configs'],
		why: 'pairs of offsets',
	},
	...forEach(['east.checkpoints.internal', 'west.checkpoints.internal'], (name) => ({
		user: 'mm2',
		...topic(name),
		operations: ['create', 'read', 'write', 'describe-configs'],
		why: 'checkpoints of groups',
	})),
	...forEach(['heartbeats', 'east.heartbeats', 'west.heartbeats'], (name) => ({
		user: 'mm2',
		...topic(name),
		operations: ['create', 'read', 'write', 'alter', 'alter-configs'],
		why: 'heartbeats, here and mirrored',
	})),
	{
		user: 'mm2',
		...topicsNamed('connect-'),
		operations: ['create', 'read', 'write', 'describe-configs'],
		why: "Connect's own topics",
	},
	{ user: 'mm2', ...groupsNamed('connect-'), operations: ['read'], why: 'the group of the Connect workers' },
	{ user: 'mm2', ...group('*'), operations: ['read'], why: 'translate and sync the offsets of all groups' },
	{ user: 'mm2', ...cluster, operations: ['describe'], why: 'list groups' },
];

/** Groups of the traffic; anything else an application of the lab calls its own starts with `app-`. */
const appGroups = ['billing', 'search', 'slow', 'txread', 'compact', 'java-classic', 'java-kip848'];

const app = (dataTopics: readonly string[]): Permission[] => [
	...forEach(dataTopics, (name) => ({
		user: 'app',
		...topic(name),
		operations: ['read', 'write'],
		why: 'produce and consume',
	})),
	...forEach(appGroups, (name) => ({
		user: 'app',
		...group(name),
		operations: ['read'],
		why: 'consume as this group',
	})),
	{ user: 'app', ...groupsNamed('app-'), operations: ['read'], why: 'consume as a group of its own' },
	{ user: 'app', ...transactionsNamed('app-'), operations: ['write'], why: 'produce in transactions' },
];

/** What every user but `admin` (a super user) may do in an estate, the same on both clusters. */
export function permissionsFor(estate: {
	topics: readonly LabTopic[];
	permissions: readonly Permission[];
}): Permission[] {
	const topics = estate.topics.map(({ name }) => name);
	return [...kdr(topics), ...mm2(topics), ...app(topics), ...estate.permissions];
}

/** Those of `home`; docs/permissions.md explains them. */
export const labPermissions: readonly Permission[] = permissionsFor({ topics: labTopics, permissions: [] });

export function aclBindings(permissions: readonly Permission[] = labPermissions): AclBinding[] {
	return permissions.flatMap(({ user, operations, why: _, ...resource }) =>
		operations.map((operation) => ({
			...resource,
			principal: `User:${user}`,
			host: '*',
			operation,
			permission: 'allow' as const,
		})),
	);
}
