import type { Item } from '../domain/item.ts';

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
	/** `host:port`s by which kdr.yaml names it. */
	readonly bootstrap: readonly string[];
	identity(): Promise<ClusterIdentity>;
	/** `host:port`s by which its brokers call themselves. Asked once: they keep them, and a silent cluster is not waited for again. */
	addresses(): Promise<string[]>;
	/** All topics the user may describe, internal ones included, sorted by name. */
	topics(): Promise<Topic[]>;
	/** Those of the topics that keep only the newest record per key (`cleanup.policy` with compact). */
	compacted(topics: readonly string[]): Promise<Set<string>>;
	/** Settings that were given to each topic itself, not inherited from its cluster. A topic that does not exist is left out. */
	settings(topics: readonly string[]): Promise<Map<string, Record<string, string>>>;
	/** How long brokers keep the offsets of a group without members (`offsets.retention.minutes`), ms. Needs DESCRIBE_CONFIGS on the cluster. */
	offsetRetentionMs(): Promise<number>;
	/** Creates the topic unless it exists; true if this call created it. */
	ensureTopic(spec: TopicSpec): Promise<boolean>;
	/**
	 * Deletes topics by their ids (DeleteTopics v6): one that was created again under the same name is another topic and stays. An id that
	 * is not there any more is no error. Per topic id.
	 */
	deleteTopics(ids: readonly string[]): Promise<Map<string, Item<null>>>;
}
