import type { RunStep } from './events.ts';

/** What steps of a kind are for, where more than the step itself must know it. A kind states its role, and a run's journal keeps it. */
export type Role =
	| 'fences-writers'
	| 'fences-readers'
	| 'lifts-fences'
	| 'opens-target'
	| 'moves-clients'
	| 'sets-offsets'
	| 'deletes-topics'
	| 'keeps-rules'
	| 'second-approval';

/** Roles of the kinds in journals that were written before steps kept their role. Nothing is added here. */
const formerRoles: Readonly<Record<string, Role>> = {
	'fence-writers': 'fences-writers',
	'evict-readers': 'fences-readers',
	'fence-lift': 'lifts-fences',
	'open-target': 'opens-target',
	'dns-flip': 'moves-clients',
	'offsets-commit': 'sets-offsets',
	'offsets-undo': 'sets-offsets',
	'topics-delete': 'deletes-topics',
	'safety-rules': 'keeps-rules',
	'second-person': 'second-approval',
};

export const roleOf = ({ role, kind }: Pick<RunStep, 'role' | 'kind'>): Role | undefined => role ?? formerRoles[kind];

/** A step of the one kind with that role, as its kind is without parameters. */
export function stepWithRole(kinds: ReadonlyMap<string, { role?: Role }>, role: Role): RunStep[] {
	return [...kinds].filter(([, kind]) => kind.role === role).map(([kind]) => ({ id: kind, kind, role, params: {} }));
}
