import { KdrError } from '../../src/domain/errors/kdr-error.ts';
import { PartitionMap, type TopicPartition } from '../../src/domain/kafka/partition.ts';
import type { AclBinding } from '../../src/ports/acls.ts';
import type { TopicSpec } from '../../src/ports/cluster.ts';
import type { OpenTransaction } from '../../src/ports/fence-watch.ts';
import type { CommittedOffset, Group, Member } from '../../src/ports/group-offsets.ts';
import type { FakeClock } from './clock.ts';
import { FakeLog, type NewRecord } from './log.ts';

export interface FakeTopic {
	name: string;
	id: string;
	replicationFactor: number;
	config: Record<string, string>;
	logs: FakeLog[];
}

/** An application instance in a group: it leaves when its topics are denied to it and comes back when they are not. */
export interface FakeMember extends Omit<Member, 'topics'> {
	principal: string;
	topics: readonly string[];
}

export interface FakeGroup {
	id: string;
	type: Group['type'];
	/** Protocol type of its members; default: `consumer`. */
	protocol?: string;
	/** Its members are joining: the broker does not say what they read. */
	rebalancing?: true;
	/** Instances that run; those in `present` are members now. */
	running: FakeMember[];
	present: Set<string>;
	committed: PartitionMap<CommittedOffset>;
}

/** An open transaction of a fake producer. */
export interface FakeTransaction {
	produce(topic: string, partition: number, record: NewRecord): bigint;
	commit(): void;
	abort(): void;
}

/** The state of one Kafka cluster in memory, and what its clients can do with it. The ports over it are in side.ts. */
export class FakeKafka {
	readonly alias: string;
	clusterId: string;
	readonly clock: FakeClock;
	readonly topics = new Map<string, FakeTopic>();
	readonly groups = new Map<string, FakeGroup>();
	acls: AclBinding[] = [];
	/** `producer_byte_rate` by user. */
	readonly rates = new Map<string, number>();
	/** Transactions that are neither committed nor aborted. */
	readonly open = new Set<OpenTransaction>();
	/** Whose login kdr was given. */
	application: string | null = null;
	/** As `allow.everyone.if.no.acl.found`. */
	allowIfNoAcl = true;
	/** Brokers before ListGroups v5 name no type of a group. */
	namesGroupTypes = true;
	/** `offsets.retention.minutes`, ms. */
	offsetRetentionMs = 7 * 86_400_000;
	readonly superUsers = new Set(['User:admin', 'User:kdr', 'User:mm2']);
	#topicIds = 0;
	#producerIds = 0n;

	constructor(alias: string, clock: FakeClock) {
		this.alias = alias;
		this.clusterId = `${alias}-cluster-id`;
		this.clock = clock;
		clock.onAdvance(() => this.#live());
	}

	createTopic(
		name: string,
		partitions: number,
		options: Partial<TopicSpec> & { timestampType?: 'create' | 'log-append' } = {},
	): FakeTopic {
		const existing = this.topics.get(name);
		if (existing) return existing;
		const id = `00000000-0000-4000-8000-${String(++this.#topicIds).padStart(12, '0')}`;
		const logs = Array.from(
			{ length: partitions },
			(_, partition) => new FakeLog(name, partition, options.timestampType),
		);
		const topic = { name, id, replicationFactor: options.replicationFactor ?? 1, config: options.config ?? {}, logs };
		this.topics.set(name, topic);
		return topic;
	}

	/** With it go the offsets that groups committed on it (GroupCoordinator.onPartitionsDeleted). */
	deleteTopic(name: string): void {
		this.topics.delete(name);
		for (const { committed } of this.groups.values())
			for (const at of [...committed.keys()]) if (at.topic === name) committed.delete(at);
	}

	log({ topic, partition }: TopicPartition): FakeLog {
		const log = this.topics.get(topic)?.logs[partition];
		if (!log) throw new KdrError('KDR_TOPIC_MISSING', `${this.alias}: ${topic}-${partition} does not exist`);
		return log;
	}

	/** As StandardAuthorizer: super users, then any DENY, then any ALLOW, then `allowIfNoAcl` if nothing at all matches the name. */
	authorized(
		principal: string,
		operation: 'read' | 'write' | 'describe',
		type: 'topic' | 'group' | 'transactional-id',
		name: string,
	): boolean {
		if (this.superUsers.has(principal)) return true;
		const onName = this.acls.filter((acl) => acl.resourceType === type && matchesName(acl, name));
		const mine = onName.filter((acl) => acl.principal === principal || acl.principal === 'User:*');
		const says = (permission: AclBinding['permission'], operations: readonly string[]): boolean =>
			mine.some((acl) => acl.permission === permission && operations.includes(acl.operation));
		if (says('deny', ['all', operation])) return false;
		const implied = operation === 'describe' ? ['read', 'write', 'delete', 'alter'] : [];
		if (says('allow', ['all', operation, ...implied])) return true;
		return onName.length === 0 && this.allowIfNoAcl;
	}

	#demand(
		principal: string,
		operation: 'read' | 'write',
		name: string,
		type: 'topic' | 'transactional-id' = 'topic',
	): void {
		if (this.authorized(principal, operation, type, name)) return;
		const error = type === 'topic' ? 'TOPIC_AUTHORIZATION_FAILED' : 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED';
		throw new KdrError('KDR_NOT_PERMITTED', `${this.alias}: ${principal} may not ${operation} ${name}: ${error}`);
	}

	produce(principal: string, topic: string, partition: number, record: NewRecord): bigint {
		this.#demand(principal, 'write', topic);
		return this.log({ topic, partition }).append(record, this.clock.now());
	}

	transaction(principal: string, transactionalId = 'app-tx'): FakeTransaction {
		this.#demand(principal, 'write', transactionalId, 'transactional-id');
		const transaction: { state: 'open' | 'committed' | 'aborted' } = { state: 'open' };
		const touched = new Set<FakeLog>();
		const producerId = ++this.#producerIds;
		const listed = {
			transactionalId,
			producerId,
			state: 'Ongoing',
			startedAt: BigInt(this.clock.now()),
			timeoutMs: 60_000,
			topics: [] as string[],
		};
		this.open.add(listed);
		const end = (state: 'committed' | 'aborted'): void => {
			this.#demand(principal, 'write', transactionalId, 'transactional-id');
			transaction.state = state;
			this.open.delete(listed);
			for (const log of touched) log.mark(this.clock.now());
		};
		return {
			produce: (topic, partition, record) => {
				this.#demand(principal, 'write', topic);
				listed.topics.push(topic);
				const log = this.log({ topic, partition });
				touched.add(log);
				return log.append(record, this.clock.now(), transaction, producerId);
			},
			commit: () => end('committed'),
			abort: () => end('aborted'),
		};
	}

	/** What a consumer of the principal reads (committed). */
	fetch(principal: string, at: TopicPartition, from: bigint): ReturnType<FakeLog['read']> {
		this.#demand(principal, 'read', at.topic);
		const log = this.log(at);
		return log.read(from, log.edges().lastStable, 'committed');
	}

	group(id: string, type: Group['type'] = 'classic'): FakeGroup {
		const group = this.groups.get(id) ?? {
			id,
			type,
			running: [],
			present: new Set<string>(),
			committed: new PartitionMap<CommittedOffset>(),
		};
		this.groups.set(id, group);
		return group;
	}

	/** An application instance starts: it is a member at once if it may read its topics. */
	join(
		id: string,
		member: Partial<FakeMember> & { topics: readonly string[] },
		type: Group['type'] = 'classic',
	): FakeMember {
		const group = this.group(id, type);
		const memberId = member.memberId ?? `${id}-${group.running.length + 1}`;
		const whole = { memberId, instanceId: null, clientId: id, host: '/127.0.0.1', principal: 'User:app', ...member };
		group.running.push(whole);
		this.#live();
		return whole;
	}

	/** The instance ends. */
	leave(id: string, memberId: string): void {
		const group = this.group(id);
		group.running = group.running.filter((member) => member.memberId !== memberId);
		group.present.delete(memberId);
	}

	/** A member's own commit. */
	commitAs(id: string, at: TopicPartition, offset: bigint, metadata = ''): void {
		this.group(id).committed.set(at, { offset, metadata });
	}

	members(group: FakeGroup): FakeMember[] {
		return group.running.filter(({ memberId }) => group.present.has(memberId));
	}

	/** Members who lost READ leave; instances that run and may read come (back). */
	#live(): void {
		for (const group of this.groups.values()) {
			for (const { memberId, principal, topics } of group.running) {
				const may = topics.every((topic) => this.authorized(principal, 'read', 'topic', topic));
				if (may) group.present.add(memberId);
				else group.present.delete(memberId);
			}
		}
	}
}

const matchesName = (acl: AclBinding, name: string): boolean =>
	acl.patternType === 'prefixed'
		? name.startsWith(acl.resourceName)
		: acl.resourceName === name || acl.resourceName === '*';
