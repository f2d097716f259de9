import type { LinkConfig } from '../domain/config/link.ts';
import type { Operation } from '../ports/acls.ts';

/** What a step needs to be allowed to write. */
export interface Grant {
	side: 'from' | 'to';
	/** `memory`: what MirrorMaker 2 keeps there of positions; `to-be-made`: topics of the link, where CREATE on the cluster will do too. */
	on: 'cluster' | 'topics' | 'to-be-made' | 'memory' | 'groups' | { topic: string };
	operation: Operation;
	/** Needed only to undo the step. */
	undo?: true;
}

/** What the drivers of the link need to set a fence and to lift it. */
export const fenceGrants = (side: Grant['side'], { fence }: LinkConfig): Grant[] => [
	...(fence.driver.includes('acl') ? [{ side, on: 'cluster', operation: 'alter' } as const] : []),
	...(fence.driver.includes('quota') ? [{ side, on: 'cluster', operation: 'alter-configs' } as const] : []),
];

/** OffsetCommit asks READ of the group and of each topic; OffsetDelete DELETE of the group and READ of each topic. */
export const offsetGrants = (side: Grant['side']): Grant[] => [
	{ side, on: 'groups', operation: 'read' },
	{ side, on: 'topics', operation: 'read' },
];
