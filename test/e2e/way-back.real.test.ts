import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import type { LagView } from '../../src/domain/lag/view.ts';
import type { Report } from '../../src/domain/report/report.ts';
import type { LabAlias } from '../../src/lab/estate.ts';
import type { LedgerResult } from '../../src/lab/ledger/compute.ts';
import { AlikeTopic } from '../support/alike.ts';
import { finished, KdrProcess, says } from '../support/kdr.ts';
import { until } from '../support/until.ts';

interface Run {
	result: string;
	report: Report;
}

/** `kdr salvage plan --json`: int64 as decimal strings. */
interface Plan {
	rows: {
		topic: string;
		partition: number;
		from: string;
		records: number;
		doubtful: number;
		fates: Record<'free' | 'conflict' | 'superseded' | 'replayed', number>;
	}[];
	unknown: unknown[];
}

/** Brokers per cluster, and whether Connect of the killed cluster is gone for good: `npm run test:soak` asks for three, and for that. */
const { SOAK_BROKERS: brokers = '1', SOAK_BESIDE: beside } = process.env;
/** Identical records: mirrored, read of those by a group that has no members, and in the tail. More than kdr looks at first. */
const alike = { mirrored: 200, read: 150, left: 80, readAway: 30 };

const sum = (numbers: number[]): number => numbers.reduce((total, one) => total + one, 0);

/**
 * One story: a cluster dies with a tail nobody else has, its clients move away, it returns while a producer that nobody
 * moved still writes to it, and they move back.
 */
describe('the way back from a killed cluster', { timeout: 600_000 }, () => {
	const kdr = new KdrProcess('way-back');
	const same = new AlikeTopic(kdr);
	let failover: Report;
	let left: Plan = { rows: [], unknown: [] };
	beforeAll(async () => {
		await kdr.up('--brokers', brokers);
		await same.create();
	});
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

	/** Of the traffic's own topics: the ledger knows no others. */
	const replayedOfTraffic = () =>
		sum(left.rows.flatMap(({ topic, fates }) => (topic === same.name ? [] : [fates.free + fates.conflict])));

	it('owes a fence after the failover, says so on every screen, and pays it as soon as the cluster answers', async () => {
		await traffic('--rate', '1500', '--stray', 'east');
		await same.write('east', alike.mirrored);
		await same.commit('east', alike.read);
		await until('identical records are mirrored', 60_000, async () => (await same.count('west')) === alike.mirrored);
		await until('their group is known on west', 60_000, () => same.position('west'));
		await stopMirror(kdr);
		await same.write('east', alike.left);
		// Offsets behind: markers and aborted records are among them, and no part of the tail.
		await until('a tail of 10,000 records, and some', 60_000, async () => {
			const { behind } = await kdr.ok<LagView>('lag');
			return behind.kind !== 'unknown' && Number(behind.value) >= 12_500;
		});
		await kdr.inLab('kill', 'east');
		const moved = await kdr.ok<Run>('failover', '--to', 'west', '--confirm', 'west', '--accept-loss', '1h');
		failover = moved.report;
		const again = alike.read - ((await same.position('west')) ?? 0);
		expect(again).toBeGreaterThanOrEqual(0);
		expect(again).toBeLessThanOrEqual(rereadOf(failover, same.group));
		await arrived('west');
		const status = await kdr.json('mirror', 'status');
		expect(status.warnings.join('\n')).toMatch(/^Fence owed: east is not fenced/);
		expect(await kdr.json('status')).toMatchObject({
			ok: false,
			data: {
				active: 'west',
				debts: [{ cluster: 'east' }],
				missing: [{ alias: 'east' }],
				next: { command: 'kdr fence pay --wait --confirm east' },
			},
			error: { code: 'KDR_CHECK_FAILED' },
		});

		if (beside) await mirrorBeside(kdr, 'west');
		const guard = kdr.start('fence', 'pay', '--wait', '--confirm', 'east', '--json');
		const end = finished(guard);
		const answered = says(guard, 'east answers.').then(() => Date.now());
		await says(guard, 'Waiting until east answers');
		await kdr.up();
		if (beside) process.kill(kdr.labState().sides.east.connect.process.pid, 'SIGKILL');
		const { code, stdout, stderr } = await end;
		expect(code, stderr + stdout).toBe(0);
		const { data } = JSON.parse(stdout) as { data: { run: Run } };
		const fenced = data.run.report.steps.find(({ id }) => id === 'fence-writers')?.end;
		const took = Date.parse(fenced ?? '') - (await answered);
		process.stdout.write(`fenced ${took} ms after the cluster answered\n`);
		// A second or two on an idle machine; on any, it waits for nothing.
		expect(took).toBeLessThan(30_000);
		expect((await kdr.json('mirror', 'status')).warnings).toEqual([]);
		await until('the producer that nobody moved is refused', 60_000, async () => {
			const { clients } = kdr.trafficStatus();
			return clients.some(({ client, lastError }) => client === 'stray' && lastError?.includes('authorization failed'));
		});
	});

	it('finds exactly the records that the ledger calls never mirrored', async () => {
		const truth = await ledger('west', '--allow-loss');
		left = await plan();
		expect(left.unknown).toEqual([]);
		const orphans = new Map(truth.partitions.map((row) => [`${row.topic} ${row.partition}`, row.orphans]));
		const found = new Map(
			left.rows.map(({ topic, partition, records, fates }) => [`${topic} ${partition}`, records - fates.superseded]),
		);
		for (const [at, count] of orphans) expect({ at, count: found.get(at) ?? 0 }).toEqual({ at, count });
		expect(truth.totals.orphans).toBeGreaterThanOrEqual(10_000);
	});

	it('tells records apart that are the same to the byte, by how many there are', () => {
		const rows = left.rows.filter(({ topic }) => topic === same.name);
		expect(rows).toMatchObject([{ from: String(alike.mirrored), records: alike.left, doubtful: 0 }]);
	});

	it('parks records in a quarantine topic, each once, older values of a compacted topic too', async () => {
		const parked = `${same.name}-parked`;
		const only = ['--topic', 'compacted', '--topic', same.name, '--to-topic', parked, '--confirm', 'west'];
		for (const outcome of ['applied', 'already']) {
			const { report } = await kdr.ok<Run>('salvage', 'replay', ...only);
			expect(report.steps.map((step) => step.outcome)).toEqual([outcome]);
		}
		const wanted = left.rows.filter(({ topic }) => topic === same.name || topic === 'compacted');
		expect(await same.count('west', parked)).toBe(sum(wanted.map(({ records }) => records)));
	});

	it('exports every one of them, and replays each once however often it is asked', async () => {
		const out = join(kdr.home, 'tail');
		const total = sum(left.rows.map(({ records }) => records));
		const { file, records } = await kdr.ok<{ file: string; records: number }>('salvage', 'export', '--out', out);
		expect(records).toBe(total);
		const lines = (await readFile(file, 'utf8')).trimEnd().split('\n');
		expect(
			new Set(
				lines.map((line) => JSON.parse(line)).map(({ topic, partition, offset }) => `${topic} ${partition} ${offset}`),
			).size,
		).toBe(total);

		const wanted = sum(left.rows.map(({ fates }) => fates.free + fates.conflict));
		const first = await kdr.ok<Run>('salvage', 'replay', '--confirm', 'west');
		expect(first.report.steps.map(({ outcome }) => outcome)).toEqual(['applied']);
		expect(sum((await plan()).rows.map(({ fates }) => fates.replayed))).toBe(wanted);
		const second = await kdr.ok<Run>('salvage', 'replay', '--confirm', 'west');
		expect(second.report.steps.map(({ outcome }) => outcome)).toEqual(['already']);
		expect(await same.count('west')).toBe(alike.mirrored + alike.left);
	});

	it('brings the clients home with every acknowledged record of the whole story, and nothing skipped', async () => {
		await traffic();
		await same.commit('west', alike.mirrored + alike.readAway);
		const home = await kdr.ok<Run>('failback', '--to', 'east', '--confirm', 'east');
		expect(home.report.loss).toMatchObject({ records: '0' });
		const { totals, groups } = await ledger('east');
		expect(totals).toMatchObject({ lost: 0, orphans: 0, phantoms: 0, damaged: 0, leftBehind: 0 });
		expect(skippedOf(groups)).toEqual([]);
		const replayed = replayedOfTraffic();
		// The tail is where it was, and again where it was replayed.
		expect(totals.copied).toBe(replayed);
		expect(totals.duplicated).toBeLessThanOrEqual(
			rereadOf(failover) + rereadOf(home.report) + replayed * groupsPerTopic,
		);
		// The tail comes before the replayed records.
		expect(await same.count('east')).toBe(alike.mirrored + 2 * alike.left);
		const again = alike.mirrored + alike.left + alike.readAway - ((await same.position('east')) ?? 0);
		expect(again).toBeGreaterThanOrEqual(0);
		expect(again).toBeLessThanOrEqual(rereadOf(home.report, same.group));
	});

	it('rebuilds the other cluster under load, killed on the way, into a clean mirror that the clients can move to', async () => {
		await traffic();
		const rebuild = kdr.start('rebuild', 'west', '--confirm', 'west');
		const end = finished(rebuild);
		await says(rebuild, 'CHANGING  6 topics on west');
		rebuild.kill('SIGKILL');
		await end;
		const { runs } = await kdr.ok<{ runs: { run: string; command: string }[] }>('runs', 'list');
		const resumed = await kdr.ok<Run>(
			'runs',
			'resume',
			runs.find(({ command }) => command.startsWith('kdr rebuild'))?.run ?? '',
		);
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

/** In all, or by one group. */
function rereadOf({ reread }: Report, group?: string): number {
	if (reread.kind !== 'at-most') throw new Error(`read again is ${reread.kind}`);
	if (group === undefined) return Number(reread.records);
	return Number(reread.worst.find((one) => one.group === group)?.records ?? 0);
}

/** The mirror into east runs on the workers of another cluster from now on. */
async function mirrorBeside({ config, labState }: KdrProcess, alias: LabAlias): Promise<void> {
	const estate = parse(await readFile(config, 'utf8')) as { clusters: { east: { connect: unknown } } };
	estate.clusters.east.connect = { urls: [labState().sides[alias].connect.url], beside: alias };
	await writeFile(config, stringify(estate));
}

/** What a mirror that dies before its cluster does leaves unmirrored: from then on it copies nothing more. */
async function stopMirror(kdr: KdrProcess): Promise<void> {
	const source = `${kdr.labState().sides.west.connect.url}/connectors/east-to-west-source`;
	const answer = await fetch(`${source}/stop`, { method: 'PUT' });
	expect(answer.status).toBe(204);
	await until('the mirror has stopped', 60_000, async () => {
		const { tasks } = (await (await fetch(`${source}/status`)).json()) as { tasks: unknown[] };
		return tasks.length === 0;
	});
}
