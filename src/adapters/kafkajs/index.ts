import type { ClusterConfig, SecretRef } from '../../domain/config/link.ts';
import type { Acls } from '../../ports/acls.ts';
import { KafkajsAcls } from './acls.ts';
import { KafkajsClient, type KafkajsOptions } from './client.ts';

/** What kafkajs serves: ACLs. */
export function createKafkajs(
	config: ClusterConfig,
	secret: (ref: SecretRef) => Promise<string>,
	options: KafkajsOptions,
): { acls: Acls; close(): Promise<void> } {
	const client = new KafkajsClient(config, secret, options);
	return {
		acls: new KafkajsAcls(client),
		close: () => client.close(),
	};
}
