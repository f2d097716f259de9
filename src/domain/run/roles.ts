import type { Role, RunStep } from './events.ts';

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
