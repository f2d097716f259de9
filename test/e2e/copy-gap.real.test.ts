import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Report } from '../../src/domain/report/report.ts';
import { asAdmin } from '../../src/lab/cluster-setup.ts';
import { KdrProcess } from '../support/kdr.ts';
import { until } from '../support/until.ts';

/** `--json`: int64 as decimal strings. */
interface Lag {
	topics: { topic: string; trend: string }[];
	incomplete?: { topic: string; partition: number; recordsAtMost: string | null; evidence: string }[];
}
interface Plan {
	rows: { topic: string; partition: number; from: string; records: number }[];
	unknown: { topic: string; reason: string }[];
}

/** One story: a topic is deleted on the standby under traffic, MirrorMaker 2 makes it again, and the active cluster dies. */
describe('a topic that was deleted on the standby', { timeout: 300_000 }, () => {
	const kdr = new KdrProcess('copy-gap');
	const missing = new Map<number, bigint>();
	beforeAll(() => kdr.up());
	afterAll(() => kdr.down());

	const acked = () => kdr.trafficStatus().clients.reduce((sum, client) => sum + client.acked, 0);
	const incomplete = async () => {
		const { incomplete: found = [] } = await kdr.ok<Lag>('lag');
		return found;
	};

	it('is named by kdr lag with what it lacks, and blocks a planned move before the fence', async () => {
		await kdr.inLab('traffic', '--detach', '--rate', '1000');
		await until('thousands of records', 60_000, async () => acked() > 4_000);
		expect(await incomplete()).toEqual([]);
		await asAdmin(kdr.labState(), 'west', (admin) => admin.deleteTopics({ topics: ['orders'] }));
		const found = await until('lag names every partition that came back', 60_000, async () => {
			const all = await incomplete();
			return all.length > 0 && all.every(({ recordsAtMost }) => recordsAtMost !== null) && all;
		});
		for (const { topic, partition, recordsAtMost } of found) {
			expect(topic).toBe('orders');
			missing.set(partition, BigInt(recordsAtMost ?? 0));
		}
		const answer = await kdr.json('switchover', '--to', 'west', '--confirm', 'west');
		expect(answer).toMatchObject({ exit: 3, error: { message: expect.stringContaining('lacks at most') } });
		expect(JSON.stringify(answer.error)).toContain('KDR_COPY_INCOMPLETE');
	});

	it('is in the loss of a failover, which no time bounds, and in the tail of the cluster that returns', async () => {
		await kdr.inLab('kill', 'east');
		const refused = await kdr.json('failover', '--to', 'west', '--confirm', 'west', '--accept-loss', '1h');
		expect(refused).toMatchObject({ exit: 4, error: { code: 'KDR_LOSS_NOT_ACCEPTED' } });
		const moved = ['failover', '--to', 'west', '--confirm', 'west', '--accept-loss', 'unknown'];
		const { report } = await kdr.ok<{ report: Report }>(...moved);
		expect(JSON.stringify(report)).toContain('orders 0');
		await kdr.inLab('traffic', '--stop');
		await kdr.up();
		await kdr.ok('fence', 'pay', '--wait', '--confirm', 'east');
		const { rows, unknown } = await kdr.ok<Plan>('salvage', 'plan');
		expect(unknown).toEqual([]);
		for (const [partition, records] of missing) {
			const first = rows.find((row) => row.topic === 'orders' && row.partition === partition);
			expect(first).toMatchObject({ from: '0' });
			expect(first?.records).toBeGreaterThan(0);
			expect(BigInt(first?.records ?? 0)).toBeLessThanOrEqual(records);
		}
	});
});
