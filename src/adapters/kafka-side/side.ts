import type { ClusterConfig, SecretRef } from '../../domain/config/link.ts';
import type { Side } from '../../ports/world.ts';
import { TopicJournal } from '../journal-topic/journal.ts';
import { createKafkajs } from '../kafkajs/index.ts';
import { createPlatformatic } from '../platformatic/index.ts';

export interface KafkaSideOptions {
	/** Deadline of every call, connecting included, ms; default 5,000. */
	timeoutMs?: number;
}

/** The Kafka half of a side. */
export type KafkaSide = Omit<Side, 'mirror'> & { close(): Promise<void> };

/** Everything kdr does with one Kafka cluster. Connects (and loads the client libraries) on first use; `close` ends all connections. */
export function createKafkaSide(
	config: ClusterConfig,
	secret: (ref: SecretRef) => Promise<string>,
	options: KafkaSideOptions = {},
): KafkaSide {
	const timeoutMs = options.timeoutMs ?? 5_000;
	const platformatic = createPlatformatic(config, secret, { timeoutMs });
	const kafkajs = createKafkajs(config, secret, { timeoutMs });
	const { cluster, records, writer, groups } = platformatic;
	return {
		alias: config.alias,
		cluster,
		records,
		writer,
		groups,
		acls: kafkajs.acls,
		journal: new TopicJournal({ cluster, records, lock: (id) => kafkajs.lock(id) }),
		close: async () => {
			await Promise.all([platformatic.close(), kafkajs.close()]);
		},
	};
}
