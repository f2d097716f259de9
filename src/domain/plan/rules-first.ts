import type { LinkConfig } from '../config/link.ts';
import type { Move, Role, RunStep } from '../run/events.ts';
import { roleOf, stepWithRole } from '../run/roles.ts';

interface Planned {
	mode: Move['mode'];
	steps: readonly RunStep[];
	kinds: ReadonlyMap<string, { role?: Role }>;
	rules: LinkConfig['rules'];
	/** Whoever starts the run asks for a second person. */
	secondPerson: boolean;
}

/**
 * Pure: the steps with the rules of the link before all of them, and the second person if the rules or the operator ask for one. A runbook's own
 * step of that kind gives its parameters and comes first too, without its condition: no order and no `when` gets round a rule.
 */
export function rulesFirst({ mode, steps, kinds, rules, secondPerson }: Planned): RunStep[] {
	const movesClients = mode !== 'change' || steps.some((step) => roleOf(step) === 'moves-clients');
	const asksApproval = secondPerson || (movesClients && rules?.approval === 'second-person');
	const first: Role[] = [
		...(mode === 'change' ? [] : ['keeps-rules' as const]),
		...(asksApproval ? ['second-approval' as const] : []),
	];
	const isFirst = (step: RunStep): boolean => first.some((role) => role === roleOf(step));
	return [
		...first.flatMap((role) =>
			stepWithRole(kinds, role).map((step) => ({
				...step,
				params: steps.find((own) => roleOf(own) === role)?.params ?? step.params,
			})),
		),
		...steps.filter((step) => !isFirst(step)),
	];
}
