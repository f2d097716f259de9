import type { AclEntry, AclFilter } from 'kafkajs';
import type { AclBinding, Acls } from '../../ports/acls.ts';
import { outcomeUnknown } from '../kafka-side/broker-errors.ts';
import type { KafkajsClient } from './client.ts';

// Kafka's wire codes (ResourceType, PatternType, AclOperation, AclPermissionType); kafkajs' enums have the same values.
const resourceTypes = { topic: 2, group: 3, cluster: 4, 'transactional-id': 5 } as const;
const patternTypes = { literal: 3, prefixed: 4 } as const;
const permissions = { deny: 2, allow: 3 } as const;
const operations = {
	all: 2,
	read: 3,
	write: 4,
	create: 5,
	delete: 6,
	alter: 7,
	describe: 8,
	'cluster-action': 9,
	'describe-configs': 10,
	'alter-configs': 11,
	'idempotent-write': 12,
} as const;
const any = 1;

export class KafkajsAcls implements Acls {
	readonly #client: KafkajsClient;

	constructor(client: KafkajsClient) {
		this.#client = client;
	}

	/** Bindings of resource types kdr has no word for (delegation tokens, users) are left out. */
	async list(): Promise<AclBinding[]> {
		const answer = await this.#client.withAdmin('list ACLs', (admin) =>
			admin.describeAcls({ resourceType: any, resourcePatternType: any, operation: any, permissionType: any }),
		);
		return answer.resources.flatMap(({ resourceType, resourceName, resourcePatternType, acls }) =>
			acls.flatMap(({ principal, host, operation, permissionType }) => {
				const binding = {
					resourceType: nameOf(resourceTypes, resourceType),
					resourceName,
					patternType: nameOf(patternTypes, resourcePatternType),
					principal,
					host,
					operation: nameOf(operations, operation),
					permission: nameOf(permissions, permissionType),
				};
				return isKnown(binding) ? [binding] : [];
			}),
		);
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
			if (code === 'KDR_TIMEOUT' || code === 'KDR_CLUSTER_UNREACHABLE') throw outcomeUnknown(this.#client.where, doing, thrown);
			throw thrown;
		}
	}
}

const nameOf = <T extends Record<string, number>>(codes: T, code: number): keyof T | undefined =>
	(Object.keys(codes) as (keyof T)[]).find((name) => codes[name] === code);

const isKnown = (binding: { [K in keyof AclBinding]: AclBinding[K] | undefined }): binding is AclBinding =>
	Object.values(binding).every((value) => value !== undefined);

const entryOf = (binding: AclBinding): AclEntry => ({
	resourceType: resourceTypes[binding.resourceType],
	resourceName: binding.resourceName,
	resourcePatternType: patternTypes[binding.patternType],
	principal: binding.principal,
	host: binding.host,
	operation: operations[binding.operation],
	permissionType: permissions[binding.permission],
});
