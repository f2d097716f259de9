import { z } from 'zod';

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

/** One ACL binding, in Kafka's own words (AclBinding), as a step's change keeps it. */
export const bindingSchema = z.object({
	resourceType: z.enum(['topic', 'group', 'cluster', 'transactional-id']),
	resourceName: z.string(),
	patternType: z.enum(['literal', 'prefixed']),
	principal: z.string(),
	host: z.string(),
	operation: z.enum(operations),
	permission: z.enum(['allow', 'deny']),
});

/** `principal`: e.g. `User:app`. */
export type AclBinding = z.infer<typeof bindingSchema>;

/** Text that is equal for equal bindings; no part of one can hold NUL. */
export const bindingKey = (b: AclBinding): string =>
	[b.resourceType, b.resourceName, b.patternType, b.principal, b.host, b.operation, b.permission].join('\u0000');

/** Text that is equal for a binding and its copies under either pattern. */
const anyPattern = (binding: AclBinding): string => bindingKey({ ...binding, patternType: 'literal' });

/** What of `made` is there, and what is there besides that says the same: copies that something else carried over. */
export function tracesOf(
	made: readonly AclBinding[],
	madeAnywhere: readonly AclBinding[],
	there: readonly AclBinding[],
): { made: AclBinding[]; copies: AclBinding[] } {
	const mine = new Set(made.map(bindingKey));
	const alike = new Set(madeAnywhere.map(anyPattern));
	const denials = there.filter(({ permission }) => permission === 'deny');
	return {
		made: denials.filter((binding) => mine.has(bindingKey(binding))),
		copies: denials.filter((binding) => !mine.has(bindingKey(binding)) && alike.has(anyPattern(binding))),
	};
}
