import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Report } from '../../src/domain/report/report.ts';
import type { LedgerResult } from '../../src/lab/ledger/compute.ts';
import { KdrProcess } from '../support/kdr.ts';
import { SecondLink } from '../support/second-link.ts';
import { expectClaimsHold, standbyKnowsGroups, trafficArrives } from '../support/truth.ts';

/** Two moves at once want a machine of their own: `npm run test:soak` has them. */
const linksTogether = process.env.SOAK_LINKS === '1';

/** One story on one lab: there, home again, and away from a cluster that was killed, all under live traffic. */
describe('moves under live traffic', () => {
	const kdr = new KdrProcess('moves');
	beforeAll(() => kdr.up());
	afterAll(() => kdr.down());

	let before: LedgerResult | undefined;
	const traffic = () => kdr.inLab('traffic', '--detach');
	const move = (verb: string, to: string, ...args: string[]) =>
		kdr.ok<{ report: Report }>(verb, '--to', to, '--confirm', to, ...args);
	const ledger = async (side: string, ...args: string[]): Promise<LedgerResult> => {
		await trafficArrives(kdr, side);
		await kdr.inLab('traffic', '--stop');
		return kdr.inLab<LedgerResult>('ledger', ...args);
	};

	it('a switchover loses and skips nothing, repeats nothing beyond its bound, moves every client, and so does the way back', async () => {
		// Its clients are on west: it is left alone, or goes to east in the same moment as the second move.
		const other = await SecondLink.add(kdr, 'west');
		const go = (to: string, link: string) => move('switchover', to, '--config', other.config, '--link', link);
		for (const to of ['west', 'east']) {
			await traffic();
			const [{ report }, second] = await Promise.all([
				go(to, 'orders'),
				to === 'east' && linksTogether ? go(to, 'invoices') : null,
			]);
			expect(report.loss).toMatchObject({ records: '0' });
			if (to === 'west') await notTakenBackFrom('west', report.run, '--config', other.config);
			const truth = await ledger(to);
			expect(truth.totals).toMatchObject({ lost: 0, orphans: 0, skipped: 0, phantoms: 0, leftBehind: 0 });
			expectClaimsHold(truth, report, before);
			before = truth;
			if (!second) await other.expectStays();
			else {
				expect(second.report.loss).toMatchObject({ records: '0' });
				const { runs } = await kdr.ok<{ runs: { run: string; result: string }[] }>(
					'runs',
					'list',
					'--config',
					other.config,
				);
				for (const { run } of [report, second.report])
					expect(runs).toContainEqual(expect.objectContaining({ run, result: 'done' }));
				await other.expectMoved();
			}
		}
		await other.remove();
	});

	/** Once clients are active there, a run past its point of no return is not undone, whoever confirms it. */
	async function notTakenBackFrom(side: string, run: string, ...args: string[]): Promise<void> {
		await trafficArrives(kdr, side);
		const undo = await kdr.json('runs', 'undo', run, '--confirm', run, ...args);
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
