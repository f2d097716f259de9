import { KdrError } from '../../domain/errors/kdr-error.ts';
import { bad, good, type Item } from '../../domain/item.ts';
import { PartitionMap } from '../../domain/kafka/partition.ts';
import type { CommittedOffset, Group, GroupOffsets, Member } from '../../ports/group-offsets.ts';
import { Coordinators } from './coordinators.ts';
import { type BrokerAnswer, fanOutByBroker, slices } from './fan-out-by-broker.ts';
import { membersOf } from './group-members.ts';
import { GroupWriter } from './group-writer.ts';
import type { Endpoint, Wire } from './wire.ts';

/** Groups per OffsetFetch request: answers stay within a few MB. */
const groupsPerFetch = 200;
const groupIdNotFound = 69;
const listGroupsKey = 16;

export class PlatformaticGroupOffsets implements GroupOffsets {
	readonly #wire: Wire;
	readonly #coordinators: Coordinators;
	readonly #writer: GroupWriter;
	/** Whether a broker tells the types of groups, by its address. */
	readonly #typed = new Map<string, boolean>();

	constructor(wire: Wire) {
		this.#wire = wire;
		this.#coordinators = new Coordinators(wire);
		this.#writer = new GroupWriter(wire, this.#coordinators);
	}

	/** Asks every broker, because each knows only the groups it coordinates; one that does not answer fails the call. */
	async list(): Promise<Group[]> {
		const { metadata } = await this.#wire.requests();
		const { brokers } = await this.#wire.askAny(metadata, [[], false, false], 'list groups');
		const keys = brokers.map(({ host, port }) => `${host}:${port}`);
		const places = new Map<string, Endpoint>(brokers.map(({ host, port }) => [`${host}:${port}`, { host, port }]));
		const lists = await fanOutByBroker<Group[]>(this.#wire, keys, {
			doing: 'list groups',
			locate: async () => places,
			ask: async (to, share, deadline) =>
				new Map(await Promise.all(share.map(async (key) => [key, await this.#listOn(to, deadline)] as const))),
		});
		const groups = new Map<string, Group>();
		for (const item of lists.values()) {
			if (!item.ok) throw item.error;
			for (const group of item.value) groups.set(group.id, group);
		}
		return [...groups.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
	}

	async #listOn(to: Endpoint, deadline: number): Promise<BrokerAnswer<Group[]>> {
		const { listGroups, listGroupsUntyped } = await this.#wire.requests();
		const typed = await this.#tellsTypes(to, deadline);
		// No types named means all of them.
		const answer = await this.#wire.ask(to, typed ? listGroups : listGroupsUntyped, [[], []], 'list groups', deadline);
		if (answer.errorCode !== 0) return { code: answer.errorCode };
		const groups = answer.groups.map(({ groupId, groupState, groupType, protocolType }) => ({
			id: groupId,
			// Brokers before ListGroups v5 know classic groups only.
			type: typed ? groupTypeOf(groupType ?? '') : ('classic' as const),
			protocol: protocolType,
			state: groupState,
		}));
		return { value: groups };
	}

	async #tellsTypes(to: Endpoint, deadline: number): Promise<boolean> {
		const broker = `${to.host}:${to.port}`;
		const known = this.#typed.get(broker);
		if (known !== undefined) return known;
		const { apiVersions } = await this.#wire.requests();
		const versions = await this.#wire.ask(to, apiVersions, ['kdr', '1'], 'ask for protocol versions', deadline);
		const typed = versions.apiKeys.some(({ apiKey, maxVersion }) => apiKey === listGroupsKey && maxVersion >= 5);
		this.#typed.set(broker, typed);
		return typed;
	}

	async members(groups: readonly Group[]): Promise<Map<string, Item<Member[]>>> {
		const modern = groups.filter(({ type }) => type === 'consumer').map(({ id }) => id);
		const classic = groups.filter(({ type }) => type === 'classic' || type === 'unknown').map(({ id }) => id);
		const found = new Map<string, Item<Member[]>>();
		for (const { id, type, state } of groups) {
			if (type !== 'share' && type !== 'streams') continue;
			const error = new KdrError(
				'KDR_KAFKA_ERROR',
				`${this.#wire.where.alias}: members of ${type} group ${id} cannot be read`,
			);
			found.set(id, state === 'Empty' ? good([]) : bad(error));
		}
		const parts = await Promise.all([
			membersOf(this.#wire, this.#coordinators, modern, 'consumer'),
			membersOf(this.#wire, this.#coordinators, classic, 'classic'),
		]);
		for (const part of parts) for (const [id, item] of part) found.set(id, item);
		return found;
	}

	async committed(groups: readonly string[]): Promise<Map<string, Item<PartitionMap<CommittedOffset>>>> {
		return fanOutByBroker<PartitionMap<CommittedOffset>>(this.#wire, groups, {
			doing: 'read committed offsets',
			locate: (keys, fresh, deadline) => this.#coordinators.locate(keys, fresh, deadline),
			ask: async (to, keys, deadline) => {
				const shares = await Promise.all(
					slices(keys, groupsPerFetch).map((share) => this.#fetchOn(to, share, deadline)),
				);
				return new Map(shares.flatMap((answers) => [...answers]));
			},
		});
	}

	async #fetchOn(
		to: Endpoint,
		groups: readonly string[],
		deadline: number,
	): Promise<Map<string, BrokerAnswer<PartitionMap<CommittedOffset>>>> {
		const { offsetFetch } = await this.#wire.requests();
		// Topics null: all of them. requireStable: an offset inside an open transaction is not the group's commit yet.
		const asked = groups.map((groupId) => ({ groupId, memberEpoch: -1, topics: null }));
		const answer = await this.#wire.ask(to, offsetFetch, [asked, true], 'read committed offsets', deadline);
		return new Map(answer.groups.map((group) => [group.groupId, committedOf(group)] as const));
	}

	commit(group: string, offsets: PartitionMap<CommittedOffset>): Promise<PartitionMap<Item<null>>> {
		return this.#writer.commit(group, offsets);
	}

	forget(group: string, partitions: PartitionMap<null>): Promise<PartitionMap<Item<null>>> {
		return this.#writer.forget(group, partitions);
	}

	evict(group: string, reason: string): Promise<void> {
		return this.#writer.evict(group, reason);
	}
}

/** As ListGroups v5 names types; older brokers name none. */
function groupTypeOf(text: string): Group['type'] {
	const lower = text.toLowerCase();
	for (const type of ['classic', 'consumer', 'share', 'streams'] as const) if (lower === type) return type;
	return 'unknown';
}

interface FetchedGroup {
	errorCode: number;
	topics: {
		name: string;
		partitions: {
			partitionIndex: number;
			committedOffset: bigint;
			metadata?: string | null | undefined;
			errorCode: number;
		}[];
	}[];
}

function committedOf({ errorCode, topics }: FetchedGroup): BrokerAnswer<PartitionMap<CommittedOffset>> {
	const offsets = new PartitionMap<CommittedOffset>();
	if (errorCode !== 0 && errorCode !== groupIdNotFound) return { code: errorCode };
	for (const { name, partitions } of topics) {
		for (const { partitionIndex, committedOffset, metadata, errorCode } of partitions) {
			// One unreadable partition makes the group's picture incomplete: say so instead of showing part of it.
			if (errorCode !== 0) return { code: errorCode };
			if (committedOffset >= 0n)
				offsets.set({ topic: name, partition: partitionIndex }, { offset: committedOffset, metadata: metadata ?? '' });
		}
	}
	return { value: offsets };
}
