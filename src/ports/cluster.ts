export interface Broker {
	id: number;
	host: string;
	port: number;
}

export interface ClusterIdentity {
	/** KRaft cluster id. */
	clusterId: string;
	brokers: Broker[];
}

export interface Topic {
	name: string;
	/** Topic id (UUID text); changes when a topic is deleted and created again (KIP-516). */
	id: string;
	partitions: number;
	replicationFactor: number;
}

export interface TopicSpec {
	name: string;
	partitions: number;
	replicationFactor: number;
	config: Record<string, string>;
}

/**
 * One Kafka cluster: who it is and what topics it has. Every call has a deadline of ours and throws
 * KDR_CLUSTER_UNREACHABLE (nobody answered), KDR_AUTH_FAILED, KDR_NOT_PERMITTED or KDR_KAFKA_ERROR.
 */
export interface Cluster {
	readonly alias: string;
	identity(): Promise<ClusterIdentity>;
	/** All topics the user may describe, internal ones included, sorted by name. */
	topics(): Promise<Topic[]>;
	/** Those of the topics that keep only the newest record per key (`cleanup.policy` with compact). */
	compacted(topics: readonly string[]): Promise<Set<string>>;
	/** Creates the topic unless it exists; true if this call created it. */
	ensureTopic(spec: TopicSpec): Promise<boolean>;
}
