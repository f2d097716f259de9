import type { Item } from '../domain/item.ts';
import type { PartitionMap } from '../domain/kafka/partition.ts';

export interface Group {
	id: string;
	/** Group type as ListGroups v5 names it; old DescribeGroups calls live `consumer` groups Dead, so it is never used for state. */
	type: 'classic' | 'consumer' | 'share' | 'streams' | 'unknown';
	/** Protocol type as the broker names it: `consumer`, `connect`, `sr` …; empty for groups that only hold commits. Absent: not known. */
	protocol?: string;
	/** State as the broker names it: Empty, Stable, PreparingRebalance, CompletingRebalance, Assigning, Reconciling, Dead… */
	state: string;
}

export interface Member {
	memberId: string;
	instanceId: string | null;
	clientId: string;
	host: string;
	/** Topics it subscribes to or is assigned; null: the broker does not say, as while a classic group rebalances. */
	topics: string[] | null;
}

export interface CommittedOffset {
	offset: bigint;
	/** Free text beside the offset (≤ 4,096 bytes); some applications keep their own data there. */
	metadata: string;
}

/** Consumer groups and their committed offsets on one cluster. */
export interface GroupOffsets {
	/** Every group of every type, with its true state. */
	list(): Promise<Group[]>;
	/** Members of each named group; empty where it has none or does not exist. */
	members(groups: readonly Group[]): Promise<Map<string, Item<Member[]>>>;
	/** All committed offsets of many groups: batched per coordinator (OffsetFetch v8+). Groups unknown to the broker give an empty map. */
	committed(groups: readonly string[]): Promise<Map<string, Item<PartitionMap<CommittedOffset>>>>;
	/**
	 * Sets offsets as an administrator: a simple OffsetCommit (generation -1, no member), which the broker refuses
	 * with UNKNOWN_MEMBER_ID while the group has members (→ KDR_GROUP_ACTIVE per partition). Not atomic: read back.
	 */
	commit(group: string, offsets: PartitionMap<CommittedOffset>): Promise<PartitionMap<Item<null>>>;
	/** Deletes committed offsets (OffsetDelete), to restore "had none". */
	forget(group: string, partitions: PartitionMap<null>): Promise<PartitionMap<Item<null>>>;
	/** Removes all members (LeaveGroup as administrator); they come back unless an ACL denies them. */
	evict(group: string, reason: string): Promise<void>;
}
