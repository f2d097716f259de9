import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Report } from '../../src/domain/report/report.ts';
import type { LedgerResult } from '../../src/lab/ledger/compute.ts';
import { KdrProcess } from '../support/kdr.ts';
import { expectClaimsHold, standbyKnowsGroups, trafficArrives } from '../support/truth.ts';

/** A frozen broker accepts connections and never answers: every wait must be one of ours. */
describe('a failover from a frozen cluster', () => {
	const kdr = new KdrProcess('freeze');
	beforeAll(() => kdr.up());
	afterAll(() => kdr.down());

	it('skips nothing, its claims cover the truth, and lag still answers from what the standby knows', async () => {
		await kdr.inLab('traffic', '--detach');
		await standbyKnowsGroups(kdr, 'west');
		await kdr.inLab('freeze', 'east');
		const lag = await kdr.ok<{ fromAnswers: boolean; behind: { kind: string } }>('lag');
		expect(lag).toMatchObject({ fromAnswers: false, behind: { kind: 'unknown' } });
		const { report } = await kdr.ok<{ report: Report }>('failover', '--to', 'west', '--confirm', 'west', '--accept-loss', '1h');
		expect(report.result).toBe('done');
		await trafficArrives(kdr, 'west');
		await kdr.inLab('traffic', '--stop');
		const truth = await kdr.inLab<LedgerResult>('ledger', '--allow-loss');
		expect(truth.totals).toMatchObject({ skipped: 0, leftBehind: 0 });
		expectClaimsHold(truth, report);
	});
});
