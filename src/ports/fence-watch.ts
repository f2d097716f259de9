import type { Item } from '../domain/item.ts';
import type { AclBinding } from './acls.ts';

/** A transaction that is neither committed nor aborted, as its coordinator knows it. */
export interface OpenTransaction {
	transactionalId: string;
	producerId: bigint;
	/** Kafka's word: Ongoing, PrepareCommit, PrepareAbort. */
	state: string;
	/** Milliseconds since the epoch. */
	startedAt: bigint;
	/** Milliseconds after which the coordinator aborts it. */
	timeoutMs: number;
	/** Topics it has partitions of. */
	topics: string[];
}

/** What the brokers of a cluster say that a fence is made of, one by one. */
export interface FenceWatch {
	/** The denials each broker goes by, by broker id: ACLs reach every broker in its own time (DescribeAcls v2). */
	denials(): Promise<Map<number, Item<AclBinding[]>>>;
	/**
	 * Open transactions of all coordinators (ListTransactions, DescribeTransactions v0): only those whose transactional id kdr may
	 * DESCRIBE, so that none found proves nothing.
	 */
	transactions(): Promise<OpenTransaction[]>;
}
