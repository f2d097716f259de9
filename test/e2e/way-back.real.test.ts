import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LagView } from '../../src/domain/lag/view.ts';
import type { Report } from '../../src/domain/report/report.ts';
import type { LedgerResult } from '../../src/lab/ledger/compute.ts';
import { finished, KdrProcess, says } from '../support/kdr.ts';
import { until } from '../support/until.ts';

interface Run {
	result: string;
	report: Report;
}

/** `kdr salvage plan --json`: int64 as decimal strings. */
interface Plan {
	rows: { topic: string; partition: number; records: number; fates: Record<'free' | 'conflict' | 'superseded' | 'replayed', number> }[];
	unknown: unknown[];
}

const sum = (numbers: number[]): number => numbers.reduce((total, one) => total + one, 0);

/**
 * One story: a cluster dies with a tail nobody else has, its clients move away, it returns while a producer that nobody told
 * still writes to it, and they move home.
 */
describe('the way back from a killed cluster', { timeout: 600_000 }, () => {
	const kdr = new KdrProcess('way-back');
	let failover: Report;
	let left: Plan = { rows: [], unknown: [] };
	beforeAll(() => kdr.up());
	afterAll(() => kdr.down());

	const traffic = (...args: string[]) => kdr.inLab('traffic', '--detach', ...args);
	const arrived = (side: string) =>
		until(`all clients are on ${side}`, 120_000, async () => {
			const { clients } = kdr.trafficStatus();
			return clients.every((client) => client.side === side || client.client === 'stray');
		});
	const ledger = async (side: string, ...args: string[]): Promise<LedgerResult> => {
		await arrived(side);
		await kdr.inLab('traffic', '--stop');
		// It exits with 3 over a record skipped; which ones may be is looked at below.
		const { data } = await kdr.json<LedgerResult>('lab', 'ledger', ...args, '--name', kdr.lab);
		return data;
	};
	const plan = () => kdr.ok<Plan>('salvage', 'plan');
	/** Older values of a compacted topic are not replayed: a group that had not read them on east never gets them. */
	const skippedOf = (groups: LedgerResult['groups']) => {
		const older = new Map(left.rows.map(({ topic, partition, fates }) => [`${topic} ${partition}`, fates.superseded]));
		return groups.filter((row) => row.skipped > (older.get(`${row.topic} ${row.partition}`) ?? 0));
	};

	it('owes a fence after the failover, says so on every screen, and pays it as soon as the cluster answers', async () => {
		await traffic('--rate', '1500', '--stray', 'east');
		await stopMirror(kdr);
		// Offsets behind: markers and aborted records are among them, and no orphans.
		await until('a tail of 10,000 records, and some', 60_000, async () => {
			const { behind } = await kdr.ok<LagView>('lag');
			return behind.kind !== 'unknown' && Number(behind.value) >= 12_500;
		});
		await kdr.inLab('kill', 'east');
		const moved = await kdr.ok<Run>('failover', '--to', 'west', '--confirm', 'west', '--accept-loss', '1h');
		failover = moved.report;
		await arrived('west');
		const status = await kdr.json('mirror', 'status');
		expect(status.warnings.join('\n')).toMatch(/^Fence owed: writers and readers on east/);

		const guard = kdr.start('fence', 'pay', '--wait', '--confirm', 'west', '--json');
		const end = finished(guard);
		const answered = says(guard, 'east answers.').then(() => Date.now());
		await says(guard, 'Standing guard');
		await kdr.up();
		const { code, stdout, stderr } = await end;
		expect(code, stderr + stdout).toBe(0);
		const { data } = JSON.parse(stdout) as { data: { run: Run } };
		const fenced = data.run.report.steps.find(({ id }) => id === 'fence-writers')?.end;
		const took = Date.parse(fenced ?? '') - (await answered);
		process.stdout.write(`fenced ${took} ms after the cluster answered\n`);
		// A second or two on an idle machine; on any, it waits for nothing.
		expect(took).toBeLessThan(30_000);
		expect((await kdr.json('mirror', 'status')).warnings).toEqual([]);
		await until('the producer that nobody told is refused', 60_000, async () => {
			const { clients } = kdr.trafficStatus();
			return clients.some(({ client, lastError }) => client === 'stray' && lastError?.includes('authorization failed'));
		});
	});

	it('finds exactly the records that the ledger calls never mirrored', async () => {
		const truth = await ledger('west', '--allow-loss');
		left = await plan();
		expect(left.unknown).toEqual([]);
		const orphans = new Map(truth.partitions.map((row) => [`${row.topic} ${row.partition}`, row.orphans]));
		const found = new Map(left.rows.map(({ topic, partition, records, fates }) => [`${topic} ${partition}`, records - fates.superseded]));
		for (const [at, count] of orphans) expect({ at, count: found.get(at) ?? 0 }).toEqual({ at, count });
		expect(truth.totals.orphans).toBeGreaterThanOrEqual(10_000);
	});

	it('exports every one of them, and replays each once however often it is asked', async () => {
		const out = join(kdr.home, 'tail');
		const total = sum(left.rows.map(({ records }) => records));
		const { file, records } = await kdr.ok<{ file: string; records: number }>('salvage', 'export', '--out', out);
		expect(records).toBe(total);
		const lines = (await readFile(file, 'utf8')).trimEnd().split('\n');
		expect(
			new Set(lines.map((line) => JSON.parse(line)).map(({ topic, partition, offset }) => `${topic} ${partition} ${offset}`)).size,
		).toBe(total);

		const wanted = sum(left.rows.map(({ fates }) => fates.free + fates.conflict));
		const first = await kdr.ok<Run>('salvage', 'replay', '--confirm', 'west');
		expect(first.report.steps.map(({ outcome }) => outcome)).toEqual(['applied']);
		expect(sum((await plan()).rows.map(({ fates }) => fates.replayed))).toBe(wanted);
		const second = await kdr.ok<Run>('salvage', 'replay', '--confirm', 'west');
		expect(second.report.steps.map(({ outcome }) => outcome)).toEqual(['already']);
	});

	it('brings the clients home with every acknowledged record of the whole story, and nothing skipped', async () => {
		await traffic();
		const home = await kdr.ok<Run>('failback', '--to', 'east', '--confirm', 'east');
		expect(home.report.loss).toMatchObject({ records: '0' });
		const { totals, groups } = await ledger('east');
		expect(totals).toMatchObject({ lost: 0, orphans: 0, phantoms: 0, damaged: 0, leftBehind: 0 });
		expect(skippedOf(groups)).toEqual([]);
		const replayed = sum(left.rows.map(({ fates }) => fates.free + fates.conflict));
		// The tail stands where it was, and once more where it was replayed.
		expect(totals.copied).toBe(replayed);
		expect(totals.duplicated).toBeLessThanOrEqual(rereadOf(failover) + rereadOf(home.report) + replayed * groupsPerTopic);
	});

	it('rebuilds the other cluster under load, killed on the way, into a clean mirror that the clients can move to', async () => {
		await traffic();
		const rebuild = kdr.start('rebuild', 'west', '--confirm', 'west');
		const end = finished(rebuild);
		await says(rebuild, 'CHANGING  5 topics on west');
		rebuild.kill('SIGKILL');
		await end;
		const { runs } = await kdr.ok<{ runs: { run: string; command: string }[] }>('runs', 'list');
		const resumed = await kdr.ok<Run>('runs', 'resume', runs.find(({ command }) => command.startsWith('kdr rebuild'))?.run ?? '');
		expect(resumed.report.steps.map(({ id, outcome }) => `${id} ${outcome}`)).toEqual(
			expect.arrayContaining(['topics-delete applied', 'mirror-compare passed']),
		);
		const moved = await kdr.ok<Run>('switchover', '--to', 'west', '--confirm', 'west');
		expect(moved.report.loss).toMatchObject({ records: '0' });
		const { totals, groups, clients } = await ledger('west');
		expect(totals).toMatchObject({ lost: 0, orphans: 0, phantoms: 0, damaged: 0 });
		expect(clients.filter(({ leftBehind }) => leftBehind).map(({ client }) => client)).toEqual(['stray']);
		expect(skippedOf(groups)).toEqual([]);
	});
});

/** At most so many groups of the traffic read one topic. */
const groupsPerTopic = 3;

function rereadOf({ reread }: Report): number {
	if (reread.kind !== 'at-most') throw new Error(`read again is ${reread.kind}`);
	return Number(reread.records);
}

/** What a mirror that dies before its cluster does leaves unmirrored. */
async function stopMirror(kdr: KdrProcess): Promise<void> {
	const { url } = kdr.labState().sides.west.connect;
	const answer = await fetch(`${url}/connectors/east-to-west-source/stop`, { method: 'PUT' });
	expect(answer.status).toBe(204);
}
