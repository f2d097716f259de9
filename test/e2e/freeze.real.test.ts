import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Report } from '../../src/domain/report/report.ts';
import type { LedgerResult } from '../../src/lab/ledger/compute.ts';
import { type Finished, finished, KdrProcess, says } from '../support/kdr.ts';
import { expectClaimsHold, expectRereadHolds, standbyKnowsGroups, trafficArrives } from '../support/truth.ts';

const failover = ['failover', '--to', 'west', '--confirm', 'west', '--accept-loss', '1h'] as const;

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
		const { data, warnings } = await kdr.json<{ report: Report }>(...failover);
		const { report } = data;
		expect(report.result).toBe('done');
		expect(warnings.join('\n')).toContain('Fence owed: east is not fenced');
		await trafficArrives(kdr, 'west');
		await kdr.inLab('traffic', '--stop');
		const truth = await kdr.inLab<LedgerResult>('ledger', '--allow-loss');
		expect(truth.totals).toMatchObject({ skipped: 0, leftBehind: 0 });
		expectClaimsHold(truth, report);
	});
});

/** Where the frozen cluster wakes, as the log of the run says it; the day chooses one, all are within two weeks; SOAK_FREEZE names one, or `all`. */
const wakePoints = [
	'preflight STARTED',
	'stop-mirror CHANGING',
	'stop-mirror DONE',
	'record-cuts STARTED',
	'loss-accepted STARTED',
	'offsets-commit CHANGING',
	'open-target STARTED',
	'dns-flip CHANGING',
	'dns-flip DONE',
];
/** Here kdr is killed meanwhile: the resume finds a cluster that answers, and clients on it whom nobody evicted. */
const killedAt = new Set([
	'record-cuts STARTED',
	'loss-accepted STARTED',
	'offsets-commit CHANGING',
	'dns-flip CHANGING',
]);
const today = wakePoints[Math.floor(Date.now() / 86_400_000) % wakePoints.length];
const { SOAK_FREEZE: asked = today } = process.env;
const chosen = wakePoints.filter((point) => asked === 'all' || asked === point);

interface Tail {
	rows: { records: number; fates: { superseded: number } }[];
	unknown: unknown[];
}

/** The cluster that is left was only frozen, and works on as if nothing had been: clients, mirror and all. */
describe.each(chosen)('a failover from a frozen cluster that wakes at "%s"', { timeout: 600_000 }, (point) => {
	const kdr = new KdrProcess('thaw');
	beforeAll(() => kdr.up());
	afterAll(() => kdr.down());

	it('completes, skips nothing, sets the fence before anything else, and no record circles', async () => {
		await kdr.inLab('traffic', '--detach');
		await standbyKnowsGroups(kdr, 'west');
		await kdr.inLab('freeze', 'east');
		await endedWell(await failedOverAcross(() => kdr.inLab('thaw', 'east')));
		const report = await kdr.ok<Report>('runs', 'show');
		expect(report).toMatchObject({ result: 'done', move: { to: 'west' } });
		// Whatever is changed next puts the fence up first.
		await kdr.ok('mirror', 'reverse', '--to', 'west', '--confirm', 'west');
		expect((await kdr.json('fence', 'status')).data).toMatchObject({ debts: [] });
		await trafficArrives(kdr, 'west');
		await kdr.inLab('traffic', '--stop');
		const truth = await kdr.inLab<LedgerResult>('ledger', '--allow-loss');
		expect(truth.totals).toMatchObject({ skipped: 0, leftBehind: 0, phantoms: 0, copied: 0 });
		expectRereadHolds(kdr, 'west', report);
		// What was written there after it woke came after the claim of what is lost: it is the tail, and found to the record.
		const { rows, unknown } = await kdr.ok<Tail>('salvage', 'plan');
		expect(unknown).toEqual([]);
		expect(rows.reduce((sum, { records, fates }) => sum + records - fates.superseded, 0)).toBe(truth.totals.orphans);
	});

	/** kdr is stopped, or killed, while the cluster wakes: at the chosen moment, however fast kdr is. */
	async function failedOverAcross(wake: () => Promise<unknown>): Promise<Finished> {
		const child = kdr.start(...failover);
		const ended = finished(child);
		await says(child, point);
		child.kill('SIGSTOP');
		await wake().finally(() => child.kill(killedAt.has(point) ? 'SIGKILL' : 'SIGCONT'));
		return ended;
	}

	/** Done; or halted as documented, or killed, and resumed to the end. */
	async function endedWell({ code, stderr }: Finished): Promise<void> {
		if (code === 0) return;
		expect(killedAt.has(point) ? [null] : [3, 5, 6], stderr).toContain(code);
		const { runs } = await kdr.ok<{ runs: { run: string }[] }>('runs', 'list');
		await kdr.ok('runs', 'resume', runs.at(-1)?.run ?? '');
	}
});
