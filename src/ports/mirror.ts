import type { PartitionMap, TopicPartition } from '../domain/kafka/partition.ts';

/** A connector as its Connect cluster describes it. */
export interface Connector {
	name: string;
	/** RUNNING, PAUSED, STOPPED, FAILED, UNASSIGNED, RESTARTING, or `unknown` when Connect has no status yet. */
	state: string;
	tasks: { id: number; state: string; trace?: string }[];
	/** The connector's configuration; secrets in it are never shown. */
	config: Record<string, string>;
}

/** `key`: empty for the configuration as a whole. */
export interface ConfigFault {
	key: string;
	text: string;
}

/** MirrorMaker 2 into one Kafka cluster, on the Connect cluster beside it, or beside another one. */
export interface Mirror {
	/** Alias of the Kafka cluster it writes to. */
	readonly alias: string;
	/** Alias of the Kafka cluster beside its Connect cluster: the same one, unless its own Connect is gone. */
	readonly beside: string;
	/** `kafka_cluster_id` of the Connect cluster; must equal the id of the Kafka cluster beside it. */
	kafkaClusterId(): Promise<string>;
	/** Of the worker that answers, and so of its MirrorMaker 2. */
	version(): Promise<string>;
	/** What the workers find wrong with a configuration, its placeholders resolved by theirs; nothing is created. */
	validate(config: Record<string, string>): Promise<ConfigFault[]>;
	/** All connectors, those of others than MirrorMaker 2 too, by name. */
	connectors(): Promise<Connector[]>;
	/**
	 * Offset of the last mirrored record per source partition (the Connect position, KIP-875): all that were written before the
	 * call.
	 */
	positions(connector: string): Promise<PartitionMap<bigint>>;
	/** PUT stop: accepted long before the tasks are gone; look at `connectors()`. Safe to repeat. */
	stop(connector: string): Promise<void>;
	resume(connector: string): Promise<void>;
	/**
	 * Creates the connector STOPPED (KIP-980), or replaces the configuration of an existing one that must be STOPPED. On workers beside
	 * another cluster it is given a producer of its own, to the cluster it writes to.
	 */
	prepare(connector: string, config: Record<string, string>): Promise<void>;
	/**
	 * Sets positions of a STOPPED connector (PATCH offsets): the task resumes at position + 1. Returns once they read back. `source`: what the
	 * connector calls the cluster it reads (`source.cluster.alias`); positions under another name are found by nobody.
	 */
	seed(connector: string, source: string, positions: PartitionMap<bigint>): Promise<void>;
	/**
	 * Deletes positions of a STOPPED connector, all of them (DELETE offsets) or only those (PATCH offsets): there it begins at the start of its
	 * source again. Returns once none of them reads back.
	 */
	forget(connector: string, only?: { source: string; partitions: readonly TopicPartition[] }): Promise<void>;
	remove(connector: string): Promise<void>;
}
