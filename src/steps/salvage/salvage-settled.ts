import { z } from 'zod';
import type { Check } from '../../domain/check.ts';
import { type SalvageView, salvageTotals } from '../../domain/salvage/view.ts';
import { count } from '../../domain/text.ts';
import { observeSalvage } from '../../observe/salvage.ts';
import { logEnds, readJournal } from '../by-hand.ts';
import { gateKind } from '../kind.ts';

const params = z.object({});

/** Before failback: the tail is replayed, or discarded with a reason. */
export const salvageSettled = gateKind<z.infer<typeof params>, SalvageView>({
	type: 'gate',
	kind: 'salvage-settled',
	purpose: 'check that the tail is settled',
	report: { phase: 'salvage' },
	params,
	observe: (_params, io, { link }) => observeSalvage(io.world, link),
	check(view, _params, { consent }): Check[] {
		const { fates, quarantined, open } = salvageTotals(view.rows);
		const parked = quarantined.free + quarantined.conflict;
		const reason = consent['discard-tail'];
		const settled = open === 0 && view.unknown.length === 0;
		const observed = [
			...(open > 0 ? [`${count(open, 'record')} only on ${view.returned}`] : []),
			...(view.unknown.length > 0 ? [`unknown in ${count(view.unknown.length, 'partition')}`] : []),
		].join(', ');
		return [
			{
				code: 'KDR_TAIL_OPEN',
				status: settled ? 'pass' : reason === undefined ? 'block' : 'warn',
				what: 'tail of the last move',
				observed: settled
					? `none open; ${count(fates.replayed, 'record')} replayed, ${fates.superseded} older than what is there${parked > 0 ? `, ${parked.toLocaleString('en-US')} in quarantine` : ''}`
					: observed,
				wanted: settled || reason === undefined ? 'none open' : `discarded: ${reason}`,
				hint: 'kdr salvage plan, kdr salvage replay; or --discard-tail REASON',
			},
		];
	},
	summary(view) {
		const { records } = salvageTotals(view.rows);
		return {
			what: `${count(records, 'record')} in the tail`,
			now: records === 0 ? 'none' : `only on ${view.returned}`,
			after: 'settled',
			undo: '-',
		};
	},
	byHand: (_params, { link, move }) => ({
		commands: [readJournal(move.from), logEnds(move.to, link), logEnds(move.from, link)],
		see: `the returned cluster holds no record past the cut in the journal that the other side lacks; only kdr salvage plan compares them one by one`,
	}),
	waitMs: () => 0,
});
