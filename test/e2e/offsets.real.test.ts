import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createKafkaSide, type KafkaSide } from '../../src/adapters/kafka-side/side.ts';
import { secretReader } from '../../src/adapters/system/secrets.ts';
import { loadConfig } from '../../src/adapters/yaml/config-file.ts';
import type { OffsetsView } from '../../src/domain/offsets/view.ts';
import { type Endpoint, ports, text } from '../../src/lab/addresses.ts';
import { jarsHome } from '../../src/lab/paths.ts';
import { javaCommand } from '../../src/lab/preflight.ts';
import { KdrProcess } from '../support/kdr.ts';
import { until } from '../support/until.ts';

interface Run {
	run: string;
	result: string;
}

type Json<T> = T extends bigint
	? string
	: T extends (infer U)[]
		? Json<U>[]
		: T extends object
			? { [K in keyof T]: Json<T[K]> }
			: T;

const jvm = (main: string, args: string[]): string[] => [
	...['-Xmx128m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-cp', `${jarsHome()}/*`, main, ...args],
];

describe('offsets on real clusters, with the Java tool as the judge', () => {
	const kdr = new KdrProcess('offsets');
	const members: ChildProcess[] = [];
	let west: KafkaSide;
	let internal: string;

	beforeAll(async () => {
		await kdr.up();
		const config = await loadConfig({ flag: kdr.config, env: {}, cwd: kdr.home });
		const cluster = config.config.clusters.west;
		if (!cluster) throw new Error('no west');
		west = createKafkaSide(cluster, secretReader(join(kdr.config, '..')));
		const host = cluster.bootstrap[0]?.split(':')[0] ?? '';
		internal = text({ host, port: ports.internal } satisfies Endpoint);
		await kdr.inLab('traffic', '--detach');
		await until(
			'MirrorMaker has synced the groups',
			60_000,
			async () => (await held('java-classic')).length > 0 && (await held('billing')).length > 0,
		);
		await kdr.inLab('traffic', '--stop');
	});
	afterAll(async () => {
		for (const child of members) child.kill('SIGKILL');
		await west?.close();
		await kdr.down();
	});

	/** `kafka-consumer-groups`, the real one; what it prints on stdout. */
	const tool = async (...args: string[]): Promise<string> => {
		const main = 'org.apache.kafka.tools.consumer.group.ConsumerGroupCommand';
		const { stdout } = await promisify(execFile)(javaCommand(), jvm(main, ['--bootstrap-server', internal, ...args]), {
			timeout: 30_000,
		});
		return stdout;
	};
	const csvOf = (printed: string): string[] =>
		printed
			.split('\n')
			.filter((line) => line.includes(','))
			.sort();
	/** What a group holds on west: topic, partition, offset, text beside it. */
	const held = async (group: string): Promise<[string, number, bigint, string][]> => {
		const item = (await west.groups.committed([group])).get(group);
		if (!item?.ok) throw new Error(`no answer for ${group}`);
		return [...item.value].map(([{ topic, partition }, { offset, metadata }]) => [topic, partition, offset, metadata]);
	};
	const offsets = async (group: string): Promise<bigint[]> => (await held(group)).map(([, , offset]) => offset);
	const convert = <T>(...args: string[]) => kdr.ok<T>('offsets', 'convert', '--to', 'west', ...args);
	const file = (name: string, content: string): string => {
		const path = join(kdr.home, name);
		writeFileSync(path, content);
		return path;
	};
	const confirm = ['--confirm', 'west'];

	it('refuses while MirrorMaker syncs group offsets, and sets them once that is stopped; the Java tool reads what kdr says', async () => {
		const refused = await kdr.json('offsets', 'convert', '--to', 'west', '--to-earliest', '--allow-rewind', ...confirm);
		expect(refused).toMatchObject({
			exit: 3,
			error: { code: 'KDR_CHECKPOINT_RUNNING', hint: 'add --stop-checkpoints' },
		});
		const back = await convert<Run>(
			'--to-earliest',
			'--group',
			'billing',
			'--allow-rewind',
			'--stop-checkpoints',
			...confirm,
		);
		expect(back.result).toBe('done');
		expect(new Set(await offsets('billing'))).toEqual(new Set([0n]));
		const { rows } = await convert<Json<OffsetsView>>('--group', 'billing');
		expect(new Set(rows.map(({ proof }) => proof))).toEqual(new Set(['exact']));
		await convert<Run>('--group', 'billing', ...confirm);
		const described = await tool('--describe', '--group', 'billing');
		const committedRows = described.split('\n').flatMap((line) => {
			const [group, topic, partition, offset] = line.trim().split(/\s+/);
			return group === 'billing' ? [`${topic} ${partition} ${offset}`] : [];
		});
		expect(committedRows.sort()).toEqual(
			rows.map(({ topic, partition, next }) => `${topic} ${partition} ${next}`).sort(),
		);
		expect(
			await kdr.ok<Run>('offsets', 'undo', back.run, ...confirm).catch((error: unknown) => String(error)),
		).toContain('KDR_OFFSET_MOVED');
	});

	it('writes the CSV the Java tool writes, reads the tool’s, and the tool reads kdr’s', async () => {
		const groups = ['--group', 'billing', '--group', 'slow'];
		const theirs = await tool(
			'--reset-offsets',
			...groups,
			'--all-topics',
			'--to-offset',
			'5',
			'--export',
			'--dry-run',
		);
		const exported = await kdr.run('offsets', 'convert', '--to', 'west', ...groups, '--to-offset', '5', '--export');
		expect(csvOf(exported.stdout)).toEqual(csvOf(theirs));
		const single = await kdr.run(
			'offsets',
			'convert',
			'--to',
			'west',
			'--group',
			'slow',
			'--to-offset',
			'7',
			'--export',
		);
		expect(csvOf(single.stdout)[0]).toMatch(/^orders,0,7$/);

		const from = file('theirs.csv', `${csvOf(theirs).join('\n')}\n`);
		await convert<Run>('--from-file', from, '--allow-rewind', ...confirm);
		expect(new Set([...(await offsets('billing')), ...(await offsets('slow'))])).toEqual(new Set([5n]));
		await tool('--reset-offsets', '--group', 'slow', '--from-file', file('ours.csv', single.stdout), '--execute');
		expect(new Set(await offsets('slow'))).toEqual(new Set([7n]));
	});

	it('undo brings back every offset and its text to the byte, and "none" where there was none', async () => {
		await west.groups.commit('billing', await textBeside());
		const before = await held('billing');
		const there = await convert<Run>(
			'--group',
			'billing',
			'--group',
			'fresh',
			'--topic',
			'orders',
			'--to-latest',
			...confirm,
		);
		expect(await held('fresh')).toHaveLength(6);
		expect(await held('billing')).not.toEqual(before);
		const back = await kdr.ok<Run>('offsets', 'undo', there.run, ...confirm);
		expect(back.result).toBe('done');
		expect(await held('billing')).toEqual(before);
		expect(await held('fresh')).toEqual([]);
	});

	it('a saved plan is applied while its facts hold and refused once they do not', async () => {
		const plan = join(kdr.home, 'plan.json');
		await convert('--group', 'slow', '--shift-by', '-2', '--allow-rewind', '--out', plan);
		await convert<Run>('--plan', plan, ...confirm);
		expect(new Set(await offsets('slow'))).toEqual(new Set([5n]));
		await convert<Run>('--group', 'slow', '--to-offset', '9', ...confirm);
		expect(await kdr.json('offsets', 'convert', '--to', 'west', '--plan', plan, ...confirm)).toMatchObject({
			exit: 4,
			error: { code: 'KDR_PLAN_STALE' },
		});
	});

	it('groups with members, classic and KIP-848, are named and untouched while the others are set', async () => {
		await Promise.all(['classic', 'consumer'].map(joinGroup));
		const [classic, modern] = [await held('java-classic'), await held('java-kip848')];
		const answer = await kdr.json<Run>('offsets', 'convert', '--to', 'west', ...confirm);
		expect(answer).toMatchObject({ exit: 5, error: { code: 'KDR_INCOMPLETE' } });
		for (const group of ['java-classic', 'java-kip848']) expect(answer.error?.message).toContain(`group ${group}`);
		expect([await held('java-classic'), await held('java-kip848')]).toEqual([classic, modern]);
		const { rows } = await convert<Json<OffsetsView>>('--group', 'billing', '--group', 'slow');
		expect(rows.filter(({ prior, next }) => prior !== next)).toEqual([]);
	});

	/** The offsets of billing with an application's own text beside them. */
	async function textBeside() {
		const item = (await west.groups.committed(['billing'])).get('billing');
		if (!item?.ok) throw new Error('no answer for billing');
		return item.value.map(({ offset }, { partition }) => ({ offset, metadata: `its own ${partition} ü` }));
	}

	/** A member of the Java group of that protocol on west; resolves once it has partitions. */
	function joinGroup(protocol: string): Promise<void> {
		const group = protocol === 'classic' ? ['java-classic', '--session-timeout', '6000'] : ['java-kip848'];
		const args = [
			'--bootstrap-server',
			internal,
			'--topic',
			'java',
			'--group-protocol',
			protocol,
			'--group-id',
			...group,
		];
		const child = spawn(javaCommand(), jvm('org.apache.kafka.tools.VerifiableConsumer', args), {
			stdio: ['ignore', 'pipe', 'ignore'],
		});
		members.push(child);
		return new Promise((resolve, reject) => {
			let heard = '';
			child.stdout.on('data', (chunk) => {
				heard += String(chunk);
				if (heard.includes('partitions_assigned')) resolve();
			});
			child.on('exit', () => reject(new Error(`the consumer ended:\n${heard}`)));
		});
	}
});
