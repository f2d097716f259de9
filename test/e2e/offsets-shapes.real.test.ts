import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import kafkajs, { type Admin } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { createKafkaSide, type KafkaSide } from '../../src/adapters/kafka-side/side.ts';
import { secretReader } from '../../src/adapters/system/secrets.ts';
import { loadConfig } from '../../src/adapters/yaml/config-file.ts';
import { PartitionMap } from '../../src/domain/kafka/partition.ts';
import { connectHost, ports } from '../../src/lab/addresses.ts';
import { asAdmin, labKafka } from '../../src/lab/cluster-setup.ts';
import { bootstrap, connectorNames, connectors, workerProperties } from '../../src/lab/connect-config.ts';
import type { LabAlias, LabState } from '../../src/lab/estate.ts';
import { jvm, mains, properties } from '../../src/lab/kafka-config.ts';
import { javaCommand } from '../../src/lab/preflight.ts';
import { startProcess } from '../../src/lab/processes.ts';
import { readState } from '../../src/lab/state.ts';
import { KdrProcess } from '../support/kdr.ts';
import { until } from '../support/until.ts';

interface Row {
	group: string;
	topic: string;
	prior: string | null;
	next: string | null;
	proof: string;
	rereadAtMost: string | null;
	why: string;
}

const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } = kafkajs;
const identity = 'org.apache.kafka.connect.mirror.IdentityReplicationPolicy';
const renaming = 'org.apache.kafka.connect.mirror.DefaultReplicationPolicy';

/** A mirror from east to west under aliases of its own, so that each has its own syncs and checkpoints. */
const flows = {
	renamed: { target: 'west', topics: ['sold'], policy: 'default', settings: { 'replication.policy.class': renaming } },
	parted: {
		target: 'west',
		topics: ['kept'],
		policy: 'default',
		separator: '_',
		settings: {
			'replication.policy.class': renaming,
			'replication.policy.separator': '_',
			'offset-syncs.topic.location': 'source',
		},
	},
	plain: {
		target: 'west',
		topics: ['stamped', 'rewound', 'again'],
		settings: { 'replication.policy.class': identity },
	},
	once: { target: 'exact', topics: ['once'], settings: { 'replication.policy.class': identity } },
} as const;
type Flow = keyof typeof flows;

const exactlyOncePort = 8084;
const written = 400;
/** Records that are gone from east before the mirror starts: no offset means the same on both sides. */
const aged = 30;
const wholeLog = { isolation: 'committed' } as const;

describe('offsets of mirrors that are not as the lab makes them', () => {
	const kdr = new KdrProcess('shapes');
	const sides = {} as Record<LabAlias, KafkaSide>;
	let state: LabState;
	let config: string;

	beforeAll(async () => {
		await kdr.up();
		const there = readState(dirname(kdr.config));
		if (!there) throw new Error('no lab');
		state = there;
		config = join(state.dir, 'shapes.yaml');
		writeFileSync(config, stringify(estate(state)));
		const { config: read } = await loadConfig({ flag: kdr.config, env: {}, cwd: kdr.home });
		for (const alias of ['east', 'west'] as const) {
			const cluster = read.clusters[alias];
			if (cluster) sides[alias] = createKafkaSide(cluster, secretReader(state.dir), { timeoutMs: 30_000 });
		}
		await Promise.all([allow('east'), allow('west')]);
		startWorker();
		await create('east', 'stamped', { 'message.timestamp.type': 'LogAppendTime' });
		await create('west', 'stamped', { 'message.timestamp.type': 'LogAppendTime' });
		for (const topic of ['sold', 'kept', 'rewound', 'again', 'once']) await create('east', topic);
		for (const topic of Object.values(flows).flatMap(({ topics }) => topics)) await write(topic, 0, written);
		await asAdmin(state, 'east', async (admin) => {
			for (const topic of ['sold', 'kept', 'once', 'rewound']) {
				await admin.fetchTopicOffsets(topic);
				await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: String(aged) }] });
			}
		});
		await Promise.all(Object.keys(flows).map((flow) => mirror(flow as Flow)));
		await Promise.all(Object.values(flows).flatMap(({ topics }) => topics.map(mirrored)));
	});
	afterAll(async () => {
		await Promise.all(Object.values(sides).map((side) => side.close()));
		await kdr.down();
	});

	it('a renamed topic, with either separator and the syncs on either side: every place is found', async () => {
		await commit('app-sold', 'sold', 130);
		await commit('app-kept', 'kept', 250);
		expect(await rowOf('renamed', 'app-sold')).toMatchObject({
			...{ topic: 'renamed.sold', next: await place('sold', 130), proof: 'exact', rereadAtMost: '0' },
		});
		expect(await rowOf('parted', 'app-kept')).toMatchObject({
			...{ topic: 'parted_kept', next: await place('kept', 250), proof: 'exact', rereadAtMost: '0' },
		});
	});

	it('an exactly-once worker: markers move offsets and bear the wrong time, and neither fools it', async () => {
		await commit('app-once', 'once', 200);
		const next = await place('once', 200);
		expect(BigInt(next)).toBeGreaterThan(200n - BigInt(aged));
		expect(await rowOf('once', 'app-once')).toMatchObject({ next, proof: 'exact', rereadAtMost: '0' });
		expect(await rowOf('once', 'app-once', '--method', 'timestamp')).toMatchObject({ next, proof: 'bounded' });
	});

	it('append time on both sides: records are compared without their time, and a look-up by time skips nothing', async () => {
		await commit('app-stamped', 'stamped', 77);
		expect(await rowOf('plain', 'app-stamped')).toMatchObject({ next: '77', proof: 'exact', rereadAtMost: '0' });
		const byTime = await rowOf('plain', 'app-stamped', '--method', 'timestamp');
		// A time proves nothing there.
		expect(byTime).toMatchObject({ next: null, proof: 'unknown', rereadAtMost: null });
		expect(byTime.why).toContain('append time');
	});

	it('a group rewound on the source, which MirrorMaker leaves at the end, is seen, reported and rewound', async () => {
		await commit('app-rewound', 'rewound', written);
		const end = String(written - aged);
		await until('MirrorMaker has synced the group', 60_000, async () => (await held('app-rewound')) === end);
		await commit('app-rewound', 'rewound', 90);
		const next = await place('rewound', 90);
		const row = await rowOf('plain', 'app-rewound');
		expect(row).toMatchObject({ prior: end, next, proof: 'exact' });
		expect(row.why).toContain(`rewound: the commit ${end} there would skip ${Number(end) - Number(next)}`);
		await stopCheckpoints('plain');
		const set = [
			'offsets',
			'convert',
			'--config',
			config,
			'--link',
			'plain',
			'--to',
			'west',
			'--group',
			'app-rewound',
			'--confirm',
			'west',
		];
		expect(await kdr.json(...set)).toMatchObject({ exit: 3, error: { code: 'KDR_OFFSET_REWIND' } });
		expect(await held('app-rewound')).toBe(end);
		await kdr.ok(...set, '--allow-rewind');
		expect(await held('app-rewound')).toBe(next);
	});

	it('a topic deleted and created again: nothing is taken from syncs of the log that is gone', async () => {
		await asAdmin(state, 'east', async (admin) => {
			await admin.deleteTopics({ topics: ['again'] });
			await until('the topic is gone', 30_000, async () => !(await admin.listTopics()).includes('again'));
		});
		await create('east', 'again');
		await write('again', written, 2 * written - 150);
		await mirrored('again');
		await commit('app-again', 'again', 60);
		expect(await rowOf('plain', 'app-again')).toMatchObject({ next: await place('again', 60), proof: 'exact' });
	});

	it('the source killed: what the standby holds is enough to skip nothing, and syncs that lay on the dead side are missed by name', async () => {
		const topics = {
			'app-sold': ['renamed', 'sold', 130],
			'app-kept': ['parted', 'kept', 250],
			'app-once': ['once', 'once', 200],
		} as const;
		const truth = new Map<string, number>();
		for (const [group, [, topic, at]] of Object.entries(topics)) truth.set(group, Number(await place(topic, at)));
		await until('MirrorMaker knows the groups', 60_000, async () =>
			(await Promise.all(Object.keys(topics).map(held))).every(Boolean),
		);
		await kdr.inLab('kill', 'east');
		expect((await rowOf('parted', 'app-kept')).why).toContain('the offset syncs are on parted, which does not answer');
		for (const [group, [flow]] of Object.entries(topics)) {
			const row = await rowOf(flow, group);
			const [next, place] = [Number(row.next), truth.get(group) ?? 0];
			expect(next, row.why).toBeLessThanOrEqual(place);
			expect(place - next, row.why).toBeLessThanOrEqual(Number(row.rereadAtMost));
		}
	});

	/** Links of their own beside the lab's clusters. */
	function estate({ index }: LabState) {
		const cluster = (alias: LabAlias, port: number) => ({
			bootstrap: bootstrap(state, alias),
			sasl: { mechanism: 'scram-sha-256', username: 'kdr', password: { file: 'secrets/kdr' } },
			connect: { urls: [`http://${connectHost(index, alias)}:${port}`] },
		});
		const sources = Object.keys(flows).map((flow) => [flow, cluster('east', ports.connect)] as const);
		const links = Object.entries(flows).map(([flow, { target, topics, ...naming }]) => [
			flow,
			{
				...{ clusters: [flow, target], topics, groups: { include: topics.map((topic) => `app-${topic}`) } },
				mirror: {
					policy: 'policy' in naming ? naming.policy : 'identity',
					...('separator' in naming && { separator: naming.separator }),
				},
				dns: { zone: 'Z1', name: 'kafka.example.com', values: { [flow]: ['192.0.2.1'], [target]: ['192.0.2.2'] } },
				fence: { principals: ['User:app'] },
			},
		]);
		const clusters = {
			...Object.fromEntries(sources),
			west: cluster('west', ports.connect),
			exact: cluster('west', exactlyOncePort),
		};
		return { clusters, links: Object.fromEntries(links) };
	}

	/** MirrorMaker writes topics of other names here, and in transactions. */
	async function allow(alias: LabAlias): Promise<void> {
		const all = {
			principal: 'User:mm2',
			host: '*',
			operation: AclOperationTypes.ALL,
			permissionType: AclPermissionTypes.ALLOW,
		};
		await asAdmin(state, alias, (admin) =>
			admin.createAcls({
				acl: [
					{
						...all,
						resourceType: AclResourceTypes.TOPIC,
						resourceName: '*',
						resourcePatternType: ResourcePatternTypes.LITERAL,
					},
					{
						...{ ...all, resourceType: AclResourceTypes.TRANSACTIONAL_ID, resourceName: 'connect-' },
						resourcePatternType: ResourcePatternTypes.PREFIXED,
					},
				],
			}),
		);
	}

	/** A second Connect worker beside west, exactly-once; it goes down with the lab. */
	function startWorker(): void {
		const host = connectHost(state.index, 'west');
		const file = join(state.dir, 'connect', 'exact.properties');
		const storage = ['config', 'offset', 'status'].map((of) => [`${of}.storage.topic`, `connect-exact-${of}s`]);
		const own = {
			'group.id': 'connect-exact',
			listeners: `http://${host}:${exactlyOncePort}`,
			'exactly.once.source.support': 'enabled',
		};
		const worker = {
			...workerProperties(state, 'west'),
			...Object.fromEntries(storage),
			...own,
		};
		writeFileSync(file, properties(worker), { mode: 0o600 });
		const log4j = join(state.dir, 'log4j2.yaml');
		const args = jvm({ jars: state.jars, log4j, heapMb: 192, main: mains.connect, args: [file] });
		startProcess(state.dir, join(state.dir, 'logs', 'exact-connect.log'), javaCommand(), args);
	}

	const workerOf = (flow: Flow): string =>
		`http://${connectHost(state.index, 'west')}:${flows[flow].target === 'exact' ? exactlyOncePort : ports.connect}/connectors`;

	/** The lab's own connectors east → west, but of this flow. */
	async function mirror(flow: Flow): Promise<void> {
		const { target, topics, settings } = flows[flow];
		const names = connectorNames('east', 'west');
		const base = connectors(state, 'east', 'west');
		const own = {
			...{
				'source.cluster.alias': flow,
				'target.cluster.alias': target,
				topics: topics.join(','),
				groups: 'app-.*',
				'tasks.max': '1',
			},
			...{ 'refresh.topics.interval.seconds': '1', 'source.consumer.max.poll.records': '50', ...settings },
		};
		for (const role of ['source', 'checkpoint'] as const) {
			const body = JSON.stringify({ ...base[names[role]], ...own });
			const init = { method: 'PUT', headers: { 'content-type': 'application/json' }, body };
			// The second worker may still be starting, and either may be rebalancing.
			await until(`connector ${flow}-${role}`, 90_000, async () => {
				const answer = await fetch(`${workerOf(flow)}/${flow}-${role}/config`, {
					...init,
					signal: AbortSignal.timeout(10_000),
				}).catch(() => null);
				await answer?.arrayBuffer();
				return answer?.ok;
			});
		}
	}

	async function stopCheckpoints(flow: Flow): Promise<void> {
		const url = `${workerOf(flow)}/${flow}-checkpoint`;
		await fetch(`${url}/stop`, { method: 'PUT', signal: AbortSignal.timeout(10_000) });
		await until('the checkpoint connector is stopped', 60_000, async () => {
			const status = (await (await fetch(`${url}/status`, { signal: AbortSignal.timeout(10_000) })).json()) as {
				tasks: unknown[];
			};
			return status.tasks.length === 0;
		});
	}

	async function create(alias: LabAlias, topic: string, settings: Record<string, string> = {}): Promise<void> {
		const configEntries = Object.entries(settings).map(([name, value]) => ({ name, value }));
		const topics = [{ topic, numPartitions: 1, replicationFactor: 1, configEntries }];
		const make = async (admin: Admin) => {
			await admin.createTopics({ topics, waitForLeaders: false });
			const { topics: found } = await admin.fetchTopicMetadata({ topics: [topic] });
			return found[0]?.partitions.every(({ leader }) => leader >= 0);
		};
		await until(`topic ${topic}`, 30_000, () => asAdmin(state, alias, make).catch(() => false));
	}

	/** Records numbered from `from` up to `to`, ten milliseconds apart, an hour ago. */
	async function write(topic: string, from: number, to: number): Promise<void> {
		const producer = (await labKafka(state, 'east', 'admin')).producer({
			allowAutoTopicCreation: false,
			retry: { retries: 8 },
		});
		await producer.connect();
		const begin = Date.now() - 3_600_000;
		const messages = Array.from({ length: to - from }, (_, i) => ({
			value: `${topic} ${from + i}`,
			timestamp: String(begin + i * 10),
		}));
		await producer.send({ topic, acks: -1, messages });
		await producer.disconnect();
	}

	const nameOnWest = (topic: string): string => ({ sold: 'renamed.sold', kept: 'parted_kept' })[topic] ?? topic;

	async function log(alias: LabAlias, topic: string): Promise<{ offset: bigint; value: string }[]> {
		const at = { topic, partition: 0 };
		const edge = (await sides[alias].records.edges([at])).get(at);
		if (!edge?.ok) return [];
		const records = await Array.fromAsync(
			sides[alias].records.read(at, edge.value.logStart, edge.value.lastStable, wholeLog),
		);
		return records.map(({ offset, value }) => ({ offset, value: String(value) }));
	}

	const mirrored = (topic: string) =>
		until(`${topic} is mirrored`, 120_000, async () => {
			const last = (await log('east', topic)).at(-1);
			return last !== undefined && (await log('west', nameOnWest(topic))).at(-1)?.value === last.value;
		});

	async function commit(group: string, topic: string, offset: number): Promise<void> {
		const done = await sides.east.groups.commit(
			group,
			PartitionMap.from([
				[
					{ topic, partition: 0 },
					{ offset: BigInt(offset), metadata: '' },
				],
			]),
		);
		for (const [, item] of done) if (!item.ok) throw item.error;
	}

	/** Where the record at an offset of east lies on west. */
	async function place(topic: string, offset: number): Promise<string> {
		const wanted = (await log('east', topic)).find((record) => record.offset >= BigInt(offset))?.value;
		const found = (await log('west', nameOnWest(topic))).findLast(({ value }) => value === wanted);
		if (!found) throw new Error(`record ${offset} of ${topic} is not on west`);
		return String(found.offset);
	}

	/** What a group holds on west, of its one partition. */
	async function held(group: string): Promise<string | null> {
		const item = (await sides.west.groups.committed([group])).get(group);
		return item?.ok ? ([...item.value.values()].map(({ offset }) => String(offset))[0] ?? null) : null;
	}

	async function rowOf(flow: Flow, group: string, ...args: string[]): Promise<Row> {
		const to = ['--config', config, '--link', flow, '--to', flows[flow].target];
		const { rows } = await kdr.ok<{ rows: Row[] }>('offsets', 'convert', ...to, '--group', group, ...args);
		const [row] = rows;
		if (!row || rows.length > 1) throw new Error(`${rows.length} rows for ${group}`);
		return row;
	}
});
