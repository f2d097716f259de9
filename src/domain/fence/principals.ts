import type { FenceConfig } from '../config/link.ts';
import type { AclBinding } from './binding.ts';

/** Whom a fence stops on these topics. */
export interface FencedPrincipals {
	principals: string[];
	/** With `allBut`: everybody is allowed by an ACL, and everybody cannot be listed one by one. */
	everybody: boolean;
}

/** Pure. By name; or, with `allBut`, all whom an ACL allows to read or write one of the topics, but the exempt and kdr itself. */
export function fencedPrincipals(
	{ principals, allBut = [] }: FenceConfig,
	topics: readonly string[],
	bindings: readonly AclBinding[],
): FencedPrincipals {
	if (principals) return { principals, everybody: false };
	const allowed = bindings.filter(
		({ permission, operation, ...on }) =>
			permission === 'allow' && ['all', 'read', 'write'].includes(operation) && topics.some((topic) => isOn(on, topic)),
	);
	const found = [...new Set(allowed.map(({ principal }) => principal))]
		.filter((principal) => !allBut.includes(principal))
		.sort();
	return { principals: found.filter((principal) => principal !== 'User:*'), everybody: found.includes('User:*') };
}

type On = Pick<AclBinding, 'resourceType' | 'resourceName' | 'patternType'>;

/** Whether a binding is about the topic, as the broker matches it. */
function isOn({ resourceType, resourceName, patternType }: On, topic: string): boolean {
	if (resourceType !== 'topic') return false;
	return patternType === 'prefixed' ? topic.startsWith(resourceName) : resourceName === topic || resourceName === '*';
}

/**
 * Pure. Topics that no ACL is about: whoever uses them does so as a super user, or because the broker has
 * `allow.everyone.if.no.acl.found`. The first ACL on such a topic shuts out everybody it does not allow.
 */
export const withoutAcl = (topics: readonly string[], bindings: readonly AclBinding[]): string[] =>
	topics.filter((topic) => !bindings.some((binding) => isOn(binding, topic)));
