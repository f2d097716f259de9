import type { PartitionMap } from '../../domain/kafka/partition.ts';
import type { ActorFile } from './events.ts';

/** All that the ledger judges by: what the clients wrote down, and what is on both clusters. */
export interface History {
	/** Alias of the side the clients belong on at the end. */
	active: string;
	sides: readonly SideDump[];
	/** Topics whose older records may be gone where a newer one of the same key is there. */
	compacted: ReadonlySet<string>;
	files: Iterable<ActorFile>;
}

export interface SideDump {
	alias: string;
	/** Id of the cluster, as clients of it see it. */
	cluster: string;
	logs: PartitionMap<LogDump>;
	/** Last commit per group, as the cluster keeps it. */
	committed: ReadonlyMap<string, PartitionMap<bigint>>;
}

/** The whole of one partition's log, control records left out. */
export interface LogDump {
	logStart: bigint;
	records: readonly LogRecord[];
}

export interface LogRecord {
	offset: bigint;
	/** Null: not one of the traffic's, or damaged. */
	id: string | null;
	damaged: boolean;
	key: string | null;
	/** What a read_committed reader makes of it; `open` while its transaction has not ended. */
	state: 'visible' | 'aborted' | 'open';
}
