import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Report } from '../../src/domain/report/report.ts';
import type { LedgerResult } from '../../src/lab/ledger/compute.ts';
import type { TrafficStatus } from '../../src/lab/traffic/status.ts';
import { KdrProcess } from '../support/kdr.ts';
import { until } from '../support/until.ts';

interface Run {
	run: string;
	result: string;
	report: Report;
}

/** One story on one lab: there, home again, and away from a cluster that was killed, all under live traffic. */
describe('moves under live traffic', () => {
	const kdr = new KdrProcess('moves');
	beforeAll(() => kdr.up());
	afterAll(() => kdr.down());

	const traffic = () => kdr.inLab('traffic', '--detach');
	/** Arrival is the clients' own doing: they start again by name, at their own pace. */
	const arrived = (side: string) =>
		until(`all clients are on ${side}`, 90_000, async () => {
			const status = JSON.parse(await readFile(join(dirname(kdr.config), 'traffic', 'status.json'), 'utf8')) as TrafficStatus;
			return status.clients.every((client) => client.side === side);
		});
	const ledger = async (side: string, ...args: string[]): Promise<LedgerResult> => {
		await arrived(side);
		await kdr.inLab('traffic', '--stop');
		return kdr.inLab<LedgerResult>('ledger', ...args);
	};

	it('a switchover loses, skips and repeats nothing, leaves nobody behind, and the way home is the same', async () => {
		await traffic();
		const there = await kdr.ok<Run>('switchover', '--to', 'west', '--confirm', 'west');
		expect(there.report.loss).toMatchObject({ records: '0' });
		const first = await ledger('west');
		expect(first.totals).toMatchObject({ lost: 0, orphans: 0, skipped: 0, leftBehind: 0 });
		expectRereadWithin(first, there.report);
		expect(first.totals.acked).toBeGreaterThan(1_000);

		await traffic();
		const home = await kdr.ok<Run>('switchover', '--to', 'east', '--confirm', 'east');
		const second = await ledger('east');
		expect(second.totals).toMatchObject({ lost: 0, orphans: 0, skipped: 0, leftBehind: 0 });
		expectRereadWithin(second, home.report);
	});

	it('a failover from a killed cluster skips nothing, and its claims cover the truth', async () => {
		await traffic();
		await kdr.inLab('kill', 'east');
		const { report } = await kdr.ok<Run>('failover', '--to', 'west', '--confirm', 'west', '--accept-loss', '1h');
		const truth = await ledger('west', '--allow-loss');
		expect(truth.totals).toMatchObject({ skipped: 0, leftBehind: 0 });
		expectLossWithin(truth, report);
		expectRereadWithin(truth, report);
	});
});

function expectRereadWithin(truth: LedgerResult, { reread }: Report): void {
	if (reread.kind !== 'at-most') throw new Error(`read again is ${reread.kind}`);
	expect(truth.totals.duplicated).toBeLessThanOrEqual(Number(reread.records));
	const bounds = new Map(reread.worst.map(({ group, records }) => [group, Number(records ?? Number.POSITIVE_INFINITY)]));
	for (const { group, duplicated } of truth.groups)
		expect({ group, within: duplicated <= (bounds.get(group) ?? 0) }).toEqual({ group, within: true });
}

function expectLossWithin(truth: LedgerResult, { loss }: Report): void {
	if (loss.kind === 'unknown') return;
	if (loss.records !== null) expect(truth.totals.lost).toBeLessThanOrEqual(Number(loss.records));
	if (loss.ms !== null) expect(truth.lossMs).toBeLessThanOrEqual(loss.ms);
}
