import type { AclBinding } from '../../ports/acls.ts';

/** Kafka's wire codes: ResourceType, PatternType, AclOperation, AclPermissionType. */
export const resourceTypes = { topic: 2, group: 3, cluster: 4, 'transactional-id': 5 } as const;
export const patternTypes = { literal: 3, prefixed: 4 } as const;
export const permissions = { deny: 2, allow: 3 } as const;
export const operations = {
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
/** Matches every resource type, pattern, operation or permission in a filter. */
export const any = 1;

interface Described {
	resourceType: number;
	resourceName: string;
	resourcePatternType: number;
	acls: readonly { principal: string; host: string; operation: number; permissionType: number }[];
}

/** Bindings as brokers describe them; those of resource types kdr has no word for (delegation tokens, users) are left out. */
export const bindingsOf = (resources: readonly Described[]): AclBinding[] =>
	resources.flatMap(({ resourceType, resourceName, resourcePatternType, acls }) =>
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

const nameOf = <T extends Record<string, number>>(codes: T, code: number): keyof T | undefined =>
	(Object.keys(codes) as (keyof T)[]).find((name) => codes[name] === code);

const isKnown = (binding: { [K in keyof AclBinding]: AclBinding[K] | undefined }): binding is AclBinding =>
	Object.values(binding).every((value) => value !== undefined);
