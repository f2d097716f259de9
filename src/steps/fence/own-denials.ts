import type { LinkConfig } from '../../domain/config/link.ts';
import { uses } from '../../observe/fence-program.ts';
import type { AclBinding } from '../../ports/acls.ts';
import { denials, shared, transactionDenials } from './access.ts';

interface There {
	/** Topics of the link. */
	scope: readonly string[];
	/** Whom ACLs allow something, with `allBut`. */
	principals: readonly string[];
	/** All ACLs of the cluster. */
	bindings: readonly AclBinding[];
}

/** Denials that kdr made, by their shape alone: the journal that knows of them may be the one of a dead cluster. */
export function ownDenials({ scope, principals, bindings }: There, link: LinkConfig): AclBinding[] {
	if (!uses(link, 'acl')) return [];
	const { allBut = [] } = link.fence;
	const there = bindings.filter(({ permission, principal }) => permission === 'deny' && !allBut.includes(principal));
	// Whoever was fenced then may be allowed nothing any more.
	const who = link.fence.principals ?? [...new Set([...principals, ...there.map(({ principal }) => principal)])];
	const ours = [
		...denials(scope, who, 'write'),
		...denials(scope, who, 'read'),
		...transactionDenials(link.fence, who, bindings),
	];
	return shared(ours, there);
}
