import { z } from 'zod';
import type { Check } from '../domain/check.ts';
import type { AclBinding } from '../ports/acls.ts';
import type { Topic } from '../ports/cluster.ts';
import { count, list } from './estate.ts';

/** What the fence, the eviction and the opening share: denials for application principals on the topics of a link. */

/** `role` tells a fence (WRITE) from an eviction (READ). */
export type Denied = 'write' | 'read';

const operations = [
	'all',
	'read',
	'write',
	'create',
	'delete',
	'alter',
	'describe',
	'cluster-action',
	'describe-configs',
	'alter-configs',
	'idempotent-write',
] as const;

export const bindingSchema = z.object({
	resourceType: z.enum(['topic', 'group', 'cluster', 'transactional-id']),
	resourceName: z.string(),
	patternType: z.enum(['literal', 'prefixed']),
	principal: z.string(),
	host: z.string(),
	operation: z.enum(operations),
	permission: z.enum(['allow', 'deny']),
});

/**
 * PREFIXED, because MirrorMaker 2 copies LITERAL denials to the other side (MirrorSourceConnector.syncTopicAcls) and
 * there, under IdentityReplicationPolicy, they would shut out the very clients that were moved.
 */
export function denials(topics: readonly string[], principals: readonly string[], operation: Denied): AclBinding[] {
	return topics.flatMap((topic) =>
		principals.map((principal) => ({
			resourceType: 'topic' as const,
			resourceName: topic,
			patternType: 'prefixed' as const,
			principal,
			host: '*',
			operation,
			permission: 'deny' as const,
		})),
	);
}

const text = (b: AclBinding): string =>
	[b.resourceType, b.resourceName, b.patternType, b.principal, b.host, b.operation, b.permission].join('\u0000');

export function missing(wanted: readonly AclBinding[], there: readonly AclBinding[]): AclBinding[] {
	const known = new Set(there.map(text));
	return wanted.filter((binding) => !known.has(text(binding)));
}

export function shared(wanted: readonly AclBinding[], there: readonly AclBinding[]): AclBinding[] {
	const known = new Set(there.map(text));
	return wanted.filter((binding) => known.has(text(binding)));
}

/** Topics out of scope whose names begin like one in scope: a PREFIXED denial hits them too. */
export function collateral(all: readonly Topic[], scope: readonly string[]): Check {
	const inScope = new Set(scope);
	const hit = all.map(({ name }) => name).filter((name) => !inScope.has(name) && scope.some((topic) => name.startsWith(topic)));
	return {
		code: 'fence-collateral',
		status: hit.length === 0 ? 'pass' : 'warn',
		what: 'topics outside the link that the denial also hits',
		observed: hit.length === 0 ? 'none' : list(hit),
		hint: 'their names begin with the name of a topic of the link',
	};
}

export function inPlace(code: string, what: string, absent: readonly AclBinding[], total: number): Check {
	return {
		code,
		status: absent.length === 0 ? 'pass' : 'block',
		what,
		observed: absent.length === 0 ? `${count(total, 'denial')} in place` : `${count(absent.length, 'denial')} of ${total} not there yet`,
		wanted: 'all in place',
	};
}

const vanilla = { write: 'Write', read: 'Read' } as const;

export function aclCommand(cluster: string, bindings: readonly AclBinding[], verb: 'add' | 'remove'): string[] {
	return bindings.map(
		({ resourceName, principal, operation }) =>
			`kafka-acls.sh --bootstrap-server $${cluster.toUpperCase()} --${verb}${verb === 'remove' ? ' --force' : ''} --deny-principal ${principal} --operation ${vanilla[operation as Denied]} --topic ${resourceName} --resource-pattern-type prefixed`,
	);
}
