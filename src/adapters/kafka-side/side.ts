import type { ClusterConfig, SecretRef } from '../../domain/config/link.ts';
import type { Side } from '../../ports/world.ts';
import { TopicJournal } from '../journal-topic/journal.ts';
import { createKafkajs } from '../kafkajs/index.ts';
import { createPlatformatic } from '../platformatic/index.ts';
import type { Traffic } from '../platformatic/wire.ts';

export interface KafkaSideOptions {
	/** Deadline of every call, connecting included, ms; default 5,000. */
	timeoutMs?: number;
	/** Sees every request of what is not ACLs. */
	traffic?: Traffic;
}

/** The Kafka half of a side. */
export type KafkaSide = Omit<Side, 'mirror' | 'canary'> & { close(): Promise<void> };

/** Everything kdr does with one Kafka cluster. Connects (and loads the client libraries) on first use; `close` ends all connections. */
export function createKafkaSide(
	config: ClusterConfig,
	secret: (ref: SecretRef) => Promise<string>,
	options: KafkaSideOptions = {},
): KafkaSide {
	const timeoutMs = options.timeoutMs ?? 5_000;
	const platformatic = createPlatformatic(config, secret, { timeoutMs, traffic: options.traffic });
	const kafkajs = createKafkajs(config, secret, { timeoutMs });
	const { cluster, records, writer, groups, watch, quotas, permissions } = platformatic;
	return {
		alias: config.alias,
		cluster,
		records,
		writer,
		groups,
		acls: kafkajs.acls,
		watch,
		quotas,
		permissions,
		journal: new TopicJournal({ cluster, records, lock: platformatic.lock, prepareLock: platformatic.prepareLock }),
		close: async () => {
			await Promise.all([platformatic.close(), kafkajs.close()]);
		},
	};
}
