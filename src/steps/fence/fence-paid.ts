import { z } from 'zod';
import { type FenceDebt, fenceDebts } from '../../domain/fence/debt.ts';
import { linkRuns } from '../../observe/runs.ts';
import { listAcls, readJournal, sidesToAsk } from '../by-hand.ts';
import { paidCheck } from '../fences-paid.ts';
import { gateKind } from '../kind.ts';

const params = z.object({});

interface Facts {
	debts: FenceDebt[];
	missing: { alias: string; why: string }[];
}

/** Before a mirror may move: every fence that could not be set when its cluster was dead is set now. */
export const fencePaid = gateKind<z.infer<typeof params>, Facts>({
	type: 'gate',
	kind: 'fence-paid',
	purpose: 'check that no fence is owed',
	report: { phase: 'checks' },
	params,
	async observe(_params, io, { link }) {
		const { runs, missing } = await linkRuns(io.world, link);
		return { debts: fenceDebts(runs), missing };
	},
	check: ({ debts, missing }) => [paidCheck(debts, missing)],
	summary: ({ debts }) => ({
		what: 'fences of earlier moves',
		now: debts.length === 0 ? 'paid' : 'owed',
		after: 'paid',
		undo: '-',
	}),
	byHand: (_params, ctx) => ({
		commands: sidesToAsk(ctx).flatMap((alias) => [readJournal(alias), listAcls(alias)]),
		see: 'every fence that a journal says is owed is set: the ACLs deny WRITE and READ on its topics',
	}),
	waitMs: () => 0,
});
