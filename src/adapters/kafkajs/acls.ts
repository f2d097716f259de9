import type { AclEntry, AclFilter } from 'kafkajs';
import type { AclBinding, Acls } from '../../ports/acls.ts';
import { any, bindingsOf, operations, patternTypes, permissions, resourceTypes } from '../kafka-side/acl-codes.ts';
import { outcomeUnknown } from '../kafka-side/broker-errors.ts';
import type { KafkajsClient } from './client.ts';

export class KafkajsAcls implements Acls {
	readonly #client: KafkajsClient;

	constructor(client: KafkajsClient) {
		this.#client = client;
	}

	async list(): Promise<AclBinding[]> {
		const answer = await this.#client.withAdmin('list ACLs', (admin) =>
			admin.describeAcls({ resourceType: any, resourcePatternType: any, operation: any, permissionType: any }),
		);
		return bindingsOf(answer.resources);
	}

	async create(bindings: readonly AclBinding[]): Promise<void> {
		for (const batch of batchesOf(bindings))
			await this.#write('create ACLs', (admin) => admin.createAcls({ acl: batch.map(entryOf) }));
	}

	/** Each binding is its own exact filter, so that nothing else can match. */
	async remove(bindings: readonly AclBinding[]): Promise<void> {
		for (const batch of batchesOf(bindings)) {
			const filters: AclFilter[] = batch.map(entryOf);
			await this.#write('remove ACLs', (admin) => admin.deleteAcls({ filters }));
		}
	}

	async #write(doing: string, use: Parameters<KafkajsClient['withAdmin']>[1]): Promise<void> {
		// Connecting first: a failure there means that nothing was written.
		await this.#client.withAdmin(doing, async () => {});
		try {
			await this.#client.withAdmin(doing, use);
		} catch (thrown) {
			const code = (thrown as { code?: string }).code;
			if (code === 'KDR_TIMEOUT' || code === 'KDR_CLUSTER_UNREACHABLE')
				throw outcomeUnknown(this.#client.where, doing, thrown);
			throw thrown;
		}
	}
}

/** Brokers take 10,000 changes in one request (KRaft); smaller ones also finish within the deadline. */
const mostAtOnce = 2_000;

function* batchesOf(bindings: readonly AclBinding[]): Iterable<AclBinding[]> {
	for (let at = 0; at < bindings.length; at += mostAtOnce) yield bindings.slice(at, at + mostAtOnce);
}

// kafkajs' enums have the values of the wire.
const entryOf = (binding: AclBinding): AclEntry => ({
	resourceType: resourceTypes[binding.resourceType],
	resourceName: binding.resourceName,
	resourcePatternType: patternTypes[binding.patternType],
	principal: binding.principal,
	host: binding.host,
	operation: operations[binding.operation],
	permissionType: permissions[binding.permission],
});
