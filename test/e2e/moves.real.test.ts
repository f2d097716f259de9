import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Report } from '../../src/domain/report/report.ts';
import type { LedgerResult } from '../../src/lab/ledger/compute.ts';
import { KdrProcess } from '../support/kdr.ts';
import { expectClaimsHold, standbyKnowsGroups, trafficArrives } from '../support/truth.ts';

/** One story on one lab: there, home again, and away from a cluster that was killed, all under live traffic. */
describe('moves under live traffic', () => {
	const kdr = new KdrProcess('moves');
	beforeAll(() => kdr.up());
	afterAll(() => kdr.down());

	let before: LedgerResult | undefined;
	const traffic = () => kdr.inLab('traffic', '--detach');
	const move = (verb: string, to: string, ...args: string[]) => kdr.ok<{ report: Report }>(verb, '--to', to, '--confirm', to, ...args);
	const ledger = async (side: string, ...args: string[]): Promise<LedgerResult> => {
		await trafficArrives(kdr, side);
		await kdr.inLab('traffic', '--stop');
		return kdr.inLab<LedgerResult>('ledger', ...args);
	};

	it('a switchover loses and skips nothing, repeats nothing beyond its bound, leaves nobody behind, and so does the way home', async () => {
		for (const to of ['west', 'east']) {
			await traffic();
			const { report } = await move('switchover', to);
			expect(report.loss).toMatchObject({ records: '0' });
			if (to === 'west') await notTakenBackFrom('west', report.run);
			const truth = await ledger(to);
			expect(truth.totals).toMatchObject({ lost: 0, orphans: 0, skipped: 0, phantoms: 0, leftBehind: 0 });
			expectClaimsHold(truth, report, before);
			before = truth;
		}
	});

	/** Once clients are at work there, a run past its point of no return is not taken back, whoever confirms it. */
	async function notTakenBackFrom(side: string, run: string): Promise<void> {
		await trafficArrives(kdr, side);
		const undo = await kdr.json('runs', 'undo', run, '--confirm', run);
		expect(undo).toMatchObject({ exit: 3, error: { code: 'KDR_GROUP_ACTIVE' } });
		expect(undo.error?.message).toContain(`groups with members on ${side}`);
		expect(await kdr.ok('dns', 'show')).toMatchObject({ side });
	}

	it('a failover from a killed cluster skips nothing, and its claims cover the truth', async () => {
		await traffic();
		await standbyKnowsGroups(kdr, 'west');
		await kdr.inLab('kill', 'east');
		const { report } = await move('failover', 'west', '--accept-loss', '1h');
		const truth = await ledger('west', '--allow-loss');
		expect(truth.totals).toMatchObject({ skipped: 0, leftBehind: 0 });
		expectClaimsHold(truth, report, before);
	});
});
