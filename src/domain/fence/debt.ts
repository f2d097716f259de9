import type { Role } from '../run/events.ts';
import { roleOf } from '../run/roles.ts';
import type { RunState, StepState } from '../run/state.ts';

/** A fence that could not be set because the cluster did not answer. While it is owed, clients may be active there unseen. */
export interface FenceDebt {
	/** The cluster to be fenced. */
	cluster: string;
	/** The cluster its clients were moved to. */
	active: string;
	/** The run that left it. */
	run: string;
	/** When that was, ms since the epoch. */
	since: number;
	/** Who must still be fenced. */
	owes: ('writers' | 'readers')[];
}

const owing: Partial<Record<Role, FenceDebt['owes'][number]>> = {
	'fences-writers': 'writers',
	'fences-readers': 'readers',
};

/**
 * Fences owed after these runs of one link, oldest run first. A debt begins when a move goes past its point of no return
 * without its fence, is paid by a later fence on that cluster, and ends when clients are moved back to it, or the move is undone.
 */
export function fenceDebts(runs: readonly RunState[]): FenceDebt[] {
	const debts = new Map<string, FenceDebt>();
	/** What earlier runs fenced and nobody has opened: `east writers`. */
	const up = new Set<string>();
	for (const run of runs) {
		const { move } = run;
		for (const step of run.steps) {
			const role = roleOf(step.step);
			const owed = role && owing[role];
			noteFence(up, move, step);
			if (owed && step.outcome === 'skipped' && passed(run) && !up.has(`${move.from} ${owed}`)) {
				const debt = debts.get(move.from) ?? {
					cluster: move.from,
					active: move.to,
					run: run.run,
					since: run.startedAt,
					owes: [],
				};
				debts.set(move.from, { ...debt, owes: [...new Set([...debt.owes, owed])] });
			} else if (owed && isDone(step)) pay(debts, move.from, owed);
			if (broughtBack(step, debts.get(move.from))) debts.delete(move.from);
			if (role === 'opens-target' && isDone(step)) debts.delete(move.to);
		}
	}
	return [...debts.values()];
}

/** Keeps in `up` whom earlier runs keep off which cluster. */
function noteFence(up: Set<string>, { from, to }: RunState['move'], state: StepState): void {
	const role = roleOf(state.step);
	const owed = role && owing[role];
	if (owed && isDone(state)) up.add(`${from} ${owed}`);
	if (state.intents.length === 0) return;
	const opened = role === 'opens-target' ? [to] : role === 'lifts-fences' ? [from, to] : [];
	const undone = owed && state.step.undoOf !== undefined ? [from] : [];
	for (const cluster of [...opened, ...undone])
		for (const who of ['writers', 'readers']) up.delete(`${cluster} ${who}`);
}

/** Set now, or already in force; a step that undoes an earlier one pays nothing. */
const isDone = ({ step, status, outcome }: StepState): boolean =>
	step.undoOf === undefined && status === 'done' && (outcome === 'applied' || outcome === 'already');

/** The record that sent the clients away points to the cluster again. */
const broughtBack = ({ step, status, outcome }: StepState, debt: FenceDebt | undefined): boolean =>
	debt !== undefined &&
	roleOf(step) === 'moves-clients' &&
	step.undoOf?.run === debt.run &&
	status === 'done' &&
	outcome !== 'skipped';

/** A run that stopped before its point of no return moved nobody: it owes nothing yet. */
const passed = ({ steps }: RunState): boolean =>
	steps.some(({ step, status }) => step.pointOfNoReturn && status !== 'pending');

function pay(debts: Map<string, FenceDebt>, cluster: string, owed: FenceDebt['owes'][number]): void {
	const debt = debts.get(cluster);
	if (!debt) return;
	const owes = debt.owes.filter((one) => one !== owed);
	if (owes.length === 0) debts.delete(cluster);
	else debts.set(cluster, { ...debt, owes });
}
