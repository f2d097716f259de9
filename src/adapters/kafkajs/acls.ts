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
		if (bindings.length === 0) return;
		await this.#write('create ACLs', (admin) => admin.createAcls({ acl: bindings.map(entryOf) }));
	}

	/** Each binding is its own exact filter, so that nothing else can match. */
	async remove(bindings: readonly AclBinding[]): Promise<void> {
		if (bindings.length === 0) return;
		const filters: AclFilter[] = bindings.map(entryOf);
		await this.#write('remove ACLs', (admin) => admin.deleteAcls({ filters }));
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
