import { type ChildProcess, spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import type { AclEntry } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { journalTopic } from '../../src/adapters/journal-topic/journal.ts';
import { encodeSignal, keyOfSignals } from '../../src/adapters/journal-topic/wire-format.ts';
import { createKafkaSide, type KafkaSide } from '../../src/adapters/kafka-side/side.ts';
import { secretReader } from '../../src/adapters/system/secrets.ts';
import { loadConfig } from '../../src/adapters/yaml/config-file.ts';
import type { Report } from '../../src/domain/report/report.ts';
import { asAdmin, labKafka } from '../../src/lab/cluster-setup.ts';
import { finished, KdrProcess, says } from '../support/kdr.ts';
import { until } from '../support/until.ts';

interface Run {
	run: string;
	result: string;
	report: Report;
}

/** DENY for kdr on its journal. */
const deny = (
	operation: number,
): AclEntry & { resourceType: number; resourceName: string; resourcePatternType: number } => ({
	resourceType: 2,
	resourceName: journalTopic,
	resourcePatternType: 3,
	principal: 'User:kdr',
	host: '*',
	operation,
	permissionType: 2,
});
const read = 3;
const write = 4;
const somebody = { user: 'somebody-else', host: 'elsewhere', pid: 1, version: '0' };

describe('kdr as a process whose surroundings fail', () => {
	const kdr = new KdrProcess('process');
	beforeAll(() => kdr.up());
	afterAll(() => kdr.down());

	const held = async (...more: string[]): Promise<ChildProcess> => {
		const child = kdr.start('switchover', '--to', 'west', '--confirm', 'west', '--hold', ...more);
		await says(child, 'held:');
		return child;
	};
	const newest = async () =>
		(await kdr.ok<{ runs: { run: string; result: string; exit: number }[] }>('runs', 'list')).runs.at(-1);
	const forbid = async (operation: number) => {
		await asAdmin(kdr.labState(), 'west', async (admin) => void (await admin.createAcls({ acl: [deny(operation)] })));
		if (operation === write) await until('kdr may not write', 20_000, async () => !(await mayWrite()));
	};
	const permit = async (operation: number) => {
		await asAdmin(
			kdr.labState(),
			'west',
			async (admin) => void (await admin.deleteAcls({ filters: [deny(operation)] })),
		);
		if (operation === write) await until('kdr may write', 20_000, mayWrite);
	};
	/** By a word for a run there is not. */
	const mayWrite = () =>
		put('signal:nobody', '{}', 'kdr').then(
			() => true,
			() => false,
		);

	/** A record in the journal topic, by somebody who may write it. */
	const put = async (key: string, value: string, user: 'admin' | 'kdr' = 'admin'): Promise<void> => {
		const producer = (await labKafka(kdr.labState(), 'west', user)).producer();
		await producer.connect();
		try {
			await producer.send({ topic: journalTopic, messages: [{ key, value, partition: 0 }] });
		} finally {
			await producer.disconnect();
		}
	};

	const sideOf = async (alias: 'east' | 'west'): Promise<KafkaSide> => {
		const { config } = await loadConfig({ flag: kdr.config, env: {}, cwd: kdr.home });
		const cluster = config.clusters[alias];
		if (!cluster) throw new Error(`no cluster ${alias}`);
		return createKafkaSide(cluster, secretReader(dirname(kdr.config)));
	};

	/** The topic created again, with these records. */
	const rewrite = async (messages: { key: string; value: string }[]): Promise<void> => {
		await asAdmin(kdr.labState(), 'west', async (admin) => {
			await admin.deleteTopics({ topics: [journalTopic] });
			const configEntries = [{ name: 'max.message.bytes', value: '16777216' }];
			const topics = [{ topic: journalTopic, numPartitions: 1, replicationFactor: 1, configEntries }];
			await until('the topic exists again', 20_000, () => admin.createTopics({ topics }).catch(() => false));
		});
		const producer = (await labKafka(kdr.labState(), 'west', 'admin')).producer();
		await producer.connect();
		await producer.send({ topic: journalTopic, messages });
		await producer.disconnect();
	};

	it('stops at a safe point when its terminal is closed or nobody reads it any more, and can be resumed', async () => {
		const closed = await held();
		const ended = finished(closed);
		closed.kill('SIGHUP');
		expect((await ended).code).toBe(130);
		const first = await newest();
		expect(first).toMatchObject({ result: 'interrupted', exit: 130 });
		const second = kdr.start('runs', 'resume', first?.run ?? '');
		await says(second, 'held:');
		const left = finished(second);
		second.stderr?.destroy();
		second.stdout?.destroy();
		expect((await left).code).toBe(130);
		expect(await newest()).toMatchObject({ run: first?.run, result: 'interrupted', exit: 130 });
	});

	it('halts before the next effect when its journal takes no more events, and resumes when it does', async () => {
		const run = (await newest())?.run ?? '';
		const pointsTo = async () => (await kdr.ok<{ record: { values: string[] } }>('dns', 'show')).record.values;
		const before = await pointsTo();
		const child = kdr.start('runs', 'resume', run);
		await says(child, 'held:');
		const ended = finished(child);
		await forbid(write);
		// The word comes from somebody who still may write.
		await put(keyOfSignals(run), encodeSignal({ type: 'release', by: somebody }));
		const { code, stderr } = await ended;
		await permit(write);
		expect(stderr).toContain('KDR_JOURNAL_BROKEN');
		expect(stderr).toContain(`kdr runs resume ${run}`);
		expect(code).toBe(5);
		expect(await pointsTo()).toEqual(before);
		await kdr.ok('runs', 'abort', run, '--confirm', 'east');
	});

	it('says which journal it may not read, and begins no move whose journal it may not write', async () => {
		await forbid(read);
		const listed = await until('the journal is closed', 20_000, async () => {
			const { warnings } = await kdr.json<unknown>('runs', 'list');
			return warnings.length > 0 && warnings;
		});
		expect(listed.join()).toContain('journal-missing: the runs of west are unknown');
		await permit(read);
		const live = ['runbook', 'validate', 'switchover', '--live', '--to', 'west'] as const;
		expect(await kdr.json(...live)).toMatchObject({ exit: 0, data: { files: [{ problems: [] }] } });
		await forbid(write);
		const message = expect.stringContaining(`kdr may not WRITE ${journalTopic} on west`);
		expect(await kdr.json(...live)).toMatchObject({
			exit: 3,
			data: { files: [{ problems: [{ severity: 'block', message }] }] },
		});
		const refused = await kdr.json('run', 'drill', '--to', 'west', '--confirm', 'west');
		expect(refused).toMatchObject({ exit: 3, error: { code: 'KDR_NOT_PERMITTED', message } });
		await permit(write);
	});

	it('continues without its local copy and without room for the report, and says so', async () => {
		const drill = ['run', 'drill', '--to', 'west', '--confirm', 'west'];
		const bin = join(import.meta.dirname, '../../bin/run.js');
		// No file may grow: what a full disk does to a copy, without a disk to fill.
		const full = spawn(
			'sh',
			['-c', 'ulimit -f 0; exec "$0" "$@"', process.execPath, bin, ...drill, '--report', '/dev/full'],
			{
				env: kdr.env,
			},
		);
		const first = await finished(full);
		expect(first).toMatchObject({ code: 0 });
		expect(first.stderr).toMatch(/run-copy: .* cannot be written: EFBIG/);
		expect(first.stderr).toContain('report-not-written: /dev/full (ENOSPC)');
		const readOnly = spawn(process.execPath, [bin, ...drill], { env: { ...kdr.env, XDG_STATE_HOME: '/dev/null' } });
		const second = await finished(readOnly);
		expect(second).toMatchObject({ code: 0 });
		expect(second.stderr).toMatch(/run-copy: .* cannot be written/);
		expect(await kdr.json(...drill, '--report', '/nowhere/report.md')).toMatchObject({
			exit: 2,
			error: { code: 'KDR_USAGE' },
		});
	});

	it('lets a move begin only when another user approved its plan, by the token both of them see', async () => {
		const child = kdr.start('switchover', '--to', 'west', '--confirm', 'west', '--second-person', '--hold');
		let said = '';
		child.stderr?.on('data', (chunk) => (said += String(chunk)));
		const ended = finished(child);
		const token = async () => /kdr runs approve (\S+) --confirm ([0-9a-f]{16})/.exec(said);
		const [, run = '', plan = ''] = await until('the token is printed', 30_000, token);
		expect(await kdr.json('runs', 'approve', run, '--confirm', plan)).toMatchObject({
			error: { code: 'KDR_SECOND_PERSON' },
		});
		// A second user of this machine is not to be had in a test: the word, as that user's kdr would leave it.
		await put(keyOfSignals(run), encodeSignal({ type: 'approve', by: somebody, plan }));
		await says(child, 'held:');
		await kdr.ok('runs', 'pause', run);
		expect((await ended).code).toBe(8);
		const { report } = await kdr.ok<Run>('runs', 'abort', run, '--confirm', 'east');
		expect(report.result).toBe('done');
		const shown = await kdr.ok<Report>('runs', 'show', run);
		expect(shown.steps.find(({ id }) => id === 'second-person')?.checks).toMatchObject([
			{ status: 'pass', observed: `somebody-else@elsewhere approved plan ${plan}` },
		]);
	});

	it('explains a run that somebody wrote into the journal and that may be open, and begins no other', async () => {
		const forged = {
			v: 1,
			run: 'feedbeef',
			seq: 2,
			prev: '0'.repeat(64),
			event: { v: 1, type: 'run.resumed', operator: somebody },
		};
		await put('feedbeef', JSON.stringify(forged));
		const move = await kdr.json('switchover', '--to', 'west', '--confirm', 'west');
		expect(move).toMatchObject({ exit: 3, error: { code: 'KDR_JOURNAL_BROKEN' } });
		expect(move.error?.message).toMatch(
			/journal of west \(kdr-journal\.internal\), offset \d+: entry 2 of run feedbeef follows entry 0/,
		);
		expect(move.error?.hint).toContain('kdr-journal.internal');
		expect(move.error?.hint).toContain('docs/journal.md');
	});

	it('names whatever else does not belong into its journal, and reads it again once that is taken out and the rest written back', async () => {
		const west = await sideOf('west');
		const at = { topic: journalTopic, partition: 0 };
		const edges = (await west.records.edges([at])).get(at);
		if (!edges?.ok) throw new Error('there is no journal');
		const read = await Array.fromAsync(west.records.read(at, 0n, edges.value.lastStable, { isolation: 'committed' }));
		await west.close();
		const all = read.map(({ key, value }) => ({ key: String(key), value: String(value), partition: 0 }));
		const mine = all.filter(({ key }) => key !== 'feedbeef');
		const changed = mine.map((entry, index) =>
			index === 1 ? { ...entry, value: entry.value.replace('"event":', '"event": ') } : entry,
		);
		const strange = (value: string) => [...mine, { key: 'feedbeef', value, partition: 0 }];
		const bad: [string, typeof mine][] = [
			['not JSON', strange('not json')],
			[
				'this kdr cannot read the entry (v)',
				strange(JSON.stringify({ v: 2, run: 'feedbeef', seq: 1, prev: '', event: {} })),
			],
			['does not fit the one before it: the journal was changed', changed],
			['something is missing or doubled', mine.toSpliced(1, 1)],
		];
		for (const [why, entries] of bad) {
			await rewrite(entries);
			const { warnings } = await kdr.json<unknown>('runs', 'list');
			expect(warnings.join(), why).toContain('run-unreadable: ');
			expect(warnings.join(), why).toContain(why);
		}
		await rewrite(mine);
		const { runs } = await kdr.ok<{ runs: { run: string }[] }>('runs', 'list');
		const started = mine.filter(({ value }) => value.includes('"type":"run.started"')).map(({ key }) => key);
		expect(runs.map(({ run }) => run)).toEqual(expect.arrayContaining(started));
	});
});
