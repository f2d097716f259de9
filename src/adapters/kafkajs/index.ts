import type { ClusterConfig, SecretRef } from '../../domain/config/link.ts';
import type { Acls } from '../../ports/acls.ts';
import { KafkajsAcls } from './acls.ts';
import { KafkajsClient, type KafkajsOptions } from './client.ts';
import { LockedProducer } from './transactions.ts';

/** What kafkajs serves: ACLs, and transactional producers that double as locks. */
export function createKafkajs(
	config: ClusterConfig,
	secret: (ref: SecretRef) => Promise<string>,
	options: KafkajsOptions,
): { acls: Acls; lock(id: string): Promise<LockedProducer>; close(): Promise<void> } {
	const client = new KafkajsClient(config, secret, options);
	return {
		acls: new KafkajsAcls(client),
		lock: (id) => LockedProducer.take(client, id),
		close: () => client.close(),
	};
}
