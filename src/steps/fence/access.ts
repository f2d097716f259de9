import { blockUnless, type Check, warnUnless } from '../../domain/check.ts';
import type { FenceConfig } from '../../domain/config/link.ts';
import { bindingKey, bindingSchema } from '../../domain/fence/binding.ts';
import { kafkaLine } from '../../domain/runbook/shell.ts';
import { count, list } from '../../domain/text.ts';
import type { AclBinding } from '../../ports/acls.ts';
import type { Topic } from '../../ports/cluster.ts';

/** What the fence, the eviction and the opening share: denials for application principals on the topics of a link. */

/** `role` tells a fence (WRITE) from an eviction (READ). */
export type Denied = 'write' | 'read';

export { bindingSchema };

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

/**
 * The same for transactional ids: those that begin as kdr.yaml says, else just those that ACLs allow the principal. MirrorMaker 2
 * copies no ACLs on them, so any pattern will do.
 */
export function transactionDenials(
	{ transactionalIds }: FenceConfig,
	principals: readonly string[],
	bindings: readonly AclBinding[],
): AclBinding[] {
	const deny = { resourceType: 'transactional-id', host: '*', operation: 'write', permission: 'deny' } as const;
	const named = transactionalIds?.flatMap((resourceName) =>
		principals.map((principal) => ({ ...deny, resourceName, patternType: 'prefixed' as const, principal })),
	);
	return (
		named ??
		bindings
			.filter(({ resourceType, permission, operation, principal }) => {
				const writes = permission === 'allow' && (operation === 'write' || operation === 'all');
				return resourceType === 'transactional-id' && writes && principals.includes(principal);
			})
			.map(({ resourceName, patternType, principal }) => ({ ...deny, resourceName, patternType, principal }))
	);
}

export function missing(wanted: readonly AclBinding[], there: readonly AclBinding[]): AclBinding[] {
	const known = new Set(there.map(bindingKey));
	return wanted.filter((binding) => !known.has(bindingKey(binding)));
}

export function shared(wanted: readonly AclBinding[], there: readonly AclBinding[]): AclBinding[] {
	const known = new Set(there.map(bindingKey));
	return wanted.filter((binding) => known.has(bindingKey(binding)));
}

/** Topics out of scope whose names begin like one in scope: a PREFIXED denial hits them too. */
export function collateral(all: readonly Topic[], scope: readonly string[]): Check {
	const inScope = new Set(scope);
	const hit = all
		.map(({ name }) => name)
		.filter((name) => !inScope.has(name) && scope.some((topic) => name.startsWith(topic)));
	return warnUnless(hit.length === 0, {
		code: 'fence-collateral',
		what: 'topics outside the link that the denial also hits',
		observed: hit.length === 0 ? 'none' : list(hit),
		hint: 'their names begin with the name of a topic of the link',
	});
}

export function inPlace(code: string, what: string, absent: readonly AclBinding[], total: number): Check {
	return blockUnless(absent.length === 0, {
		code,
		what,
		observed:
			absent.length === 0
				? `${count(total, 'denial')} in place`
				: `${count(absent.length, 'denial')} of ${total} not there yet`,
		wanted: 'all in place',
	});
}

const vanilla = { write: 'Write', read: 'Read' } as const;
const flags = { topic: '--topic', 'transactional-id': '--transactional-id' } as const;

/** Undone: none of the denials is left. */
export function lifted(what: string, lift: readonly AclBinding[], there: readonly AclBinding[]): Check {
	const left = shared(lift, there);
	return blockUnless(left.length === 0, {
		code: 'denials-lifted',
		what,
		observed: left.length === 0 ? `${count(lift.length, 'denial')} lifted` : `${count(left.length, 'denial')} left`,
		wanted: 'all lifted',
	});
}

/** One command per principal, operation and type of resource. */
export function aclCommand(cluster: string, bindings: readonly AclBinding[], verb: 'add' | 'remove'): string[] {
	const alike = Map.groupBy(bindings, ({ principal, operation, patternType, resourceType }) =>
		JSON.stringify([principal, operation, patternType, resourceType]),
	);
	return [...alike.values()].flatMap((of) => {
		const [first] = of;
		if (!first) return [];
		const flag = flags[first.resourceType as keyof typeof flags];
		const names = of.flatMap(({ resourceName }) => [flag, resourceName]);
		const denial = ['--deny-principal', first.principal, '--operation', vanilla[first.operation as Denied]];
		const how = verb === 'remove' ? ['--remove', '--force'] : ['--add'];
		return [
			kafkaLine('kafka-acls.sh', cluster, [...how, ...denial, '--resource-pattern-type', first.patternType, ...names]),
		];
	});
}

/** What of a fence that was set is gone; null: all is there. `by`: all ACLs of that cluster, which say who could have removed it. */
export function removed(
	what: string,
	absent: readonly AclBinding[],
	total: number,
	by: readonly AclBinding[],
): Check | null {
	if (absent.length === 0) return null;
	const able = new Set(
		by
			.filter(({ resourceType, permission, operation }) => {
				const alters = operation === 'alter' || operation === 'all';
				return resourceType === 'cluster' && permission === 'allow' && alters;
			})
			.map(({ principal }) => principal),
	);
	return {
		code: 'KDR_FENCE_REMOVED',
		status: 'block',
		what,
		observed: `${count(absent.length, 'denial')} of ${total} removed by somebody else; super users${able.size > 0 ? ` and ${list([...able])}` : ''} can do that`,
		wanted: 'all in place',
	};
}
