import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import kafkajs from 'kafkajs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConnectMirror } from '../../src/adapters/connect-rest/mirror.ts';
import { createKafkaSide, type KafkaSide } from '../../src/adapters/kafka-side/side.ts';
import { createCanary } from '../../src/adapters/platformatic/canary.ts';
import type { Traffic } from '../../src/adapters/platformatic/wire.ts';
import type { ClusterConfig } from '../../src/domain/config/link.ts';
import { PartitionMap } from '../../src/domain/kafka/partition.ts';
import type { LabAlias, LabState, LabUser } from '../../src/lab/estate.ts';
import { freezeSide, labDown, labUp, thawSide } from '../../src/lab/lab.ts';
import { jarsHome } from '../../src/lab/paths.ts';
import type { Canary } from '../../src/ports/canary.ts';
import type { KafkaRecord } from '../../src/ports/records.ts';
import type { Side } from '../../src/ports/world.ts';
import { fenceWriters } from '../../src/steps/fence/fence-writers.ts';
import { writersStill } from '../../src/steps/fence/writers-still.ts';
import { ask, context, estate, take, undo, verifyNow } from '../support/estate.ts';
import { fencedBy } from '../support/fences.ts';
import { startWithTls } from '../support/tls-broker.ts';
import { until } from '../support/until.ts';
import { type KafkaLab, kafkaContract } from './kafka.contract.ts';
import { mirrorContract } from './mirror.contract.ts';
import { requestsContract } from './requests.contract.ts';

const labName = `contract-${process.pid}`;
let state: LabState;
const open: Pick<KafkaSide, 'close'>[] = [];

beforeAll(async () => {
	state = (await labUp({ name: labName }, () => {})).state;
});
afterAll(async () => {
	await Promise.all(open.map((side) => side.close()));
	await labDown(labName);
});

const password = (user: LabUser): string => readFileSync(join(state.dir, 'secrets', user), 'utf8').trim();

function configOf(alias: LabAlias, user: LabUser): ClusterConfig {
	const { brokers, connect } = state.sides[alias];
	return {
		alias,
		bootstrap: brokers.map(({ host, port }) => `${host}:${port}`),
		sasl: { mechanism: 'scram-sha-256', username: user, password: { env: user } },
		connect: { urls: [connect.url] },
	};
}

/** The cluster as a kdr process sees it that runs as `user`. */
function sideAs(user: LabUser, alias: LabAlias = 'east', secret = password(user), traffic?: Traffic): KafkaSide {
	const side = createKafkaSide(configOf(alias, user), async () => secret, traffic ? { traffic } : {});
	open.push(side);
	return side;
}

/** Kafka's own clients read their credentials from a file. */
function javaConfig(): string {
	const path = join(state.dir, 'contract-client.properties');
	const jaas = `org.apache.kafka.common.security.scram.ScramLoginModule required username="admin" password="${password('admin')}";`;
	writeFileSync(path, `security.protocol=SASL_PLAINTEXT\nsasl.mechanism=SCRAM-SHA-256\nsasl.jaas.config=${jaas}\n`, {
		mode: 0o600,
	});
	return path;
}

/** A member of Kafka's own Java client (VerifiableConsumer); resolves once it has partitions. */
async function javaMember(
	group: string,
	topic: string,
	protocol: 'classic' | 'consumer',
): Promise<() => Promise<void>> {
	const bootstrap = configOf('east', 'admin').bootstrap.join(',');
	const main = 'org.apache.kafka.tools.VerifiableConsumer';
	const jvm = [
		'-Xmx96m',
		'-XX:+UseSerialGC',
		'-XX:TieredStopAtLevel=1',
		'-Dfile.encoding=UTF-8',
		'-cp',
		`${jarsHome()}/*`,
	];
	const args = [
		'--bootstrap-server',
		bootstrap,
		'--topic',
		topic,
		'--group-id',
		group,
		'--group-protocol',
		protocol,
		'--command-config',
		javaConfig(),
	];
	const java = spawn('java', [...jvm, main, ...args], { stdio: ['ignore', 'pipe', 'ignore'] });
	let output = '';
	java.stdout.setEncoding('utf8').on('data', (text: string) => {
		output += text;
	});
	await until(`a ${protocol} Java member has joined`, 60_000, async () => output.includes('partitions_assigned'));
	const ended = new Promise<void>((resolve) => java.once('exit', () => resolve()));
	return async () => {
		// Killed, not asked: the group must be emptied by eviction.
		java.kill('SIGKILL');
		await ended;
	};
}

function canaryOf(user: LabUser): Canary {
	const { canary, close } = createCanary(configOf('east', user), configOf('east', user), async () => password(user), {
		timeoutMs: 5_000,
	});
	open.push({ close });
	return canary;
}

async function kafkaLab(): Promise<KafkaLab> {
	const { Kafka, logLevel } = kafkajs;
	const { bootstrap } = configOf('east', 'admin');
	const sasl = { mechanism: 'scram-sha-256' as const, username: 'admin', password: password('admin') };
	const kafka = new Kafka({ clientId: 'contract', brokers: bootstrap, sasl, logLevel: logLevel.NOTHING });
	const producer = kafka.producer();
	await producer.connect();
	const admin = sideAs('admin');
	let transactions = 0;
	return {
		side: sideAs('kdr'),
		canary: canaryOf('app'),
		quotas: admin.quotas,
		another: () => sideAs('kdr'),
		createTopic: async (name, partitions, config = {}) =>
			void (await admin.cluster.ensureTopic({ name, partitions, replicationFactor: 1, config })),
		produce: async (topic, partition, records) => {
			const messages = records.map(({ key, value, timestamp, headers }) => ({
				partition,
				key: key ?? null,
				value: value ?? null,
				...(timestamp === undefined ? {} : { timestamp: String(timestamp) }),
				headers: Object.fromEntries(
					(headers ?? []).map(([name, content]) => [name.toString(), content ?? Buffer.alloc(0)]),
				),
			}));
			await producer.send({ topic, messages });
		},
		transact: async (topic, partition, values, end) => {
			const transactional = kafka.producer({
				transactionalId: `contract-${process.pid}-${transactions++}`,
				maxInFlightRequests: 1,
			});
			await transactional.connect();
			const transaction = await transactional.transaction();
			for (const value of values.length > 50 ? [values] : values.map((one) => [one])) {
				await transaction.send({ topic, messages: value.map((text) => ({ partition, value: text })) });
			}
			if (end === 'commit') await transaction.commit();
			if (end === 'abort') await transaction.abort();
			const finish = async (): Promise<void> => {
				if (transaction.isActive()) await transaction.abort();
				await transactional.disconnect();
			};
			if (end !== 'open') await finish();
			return finish;
		},
		join: javaMember,
		close: () => producer.disconnect(),
	};
}

kafkaContract('real', kafkaLab);

mirrorContract('real', async () => {
	const { Kafka, logLevel } = kafkajs;
	const sasl = { mechanism: 'scram-sha-256' as const, username: 'admin', password: password('admin') };
	const kafka = new Kafka({
		clientId: 'contract',
		brokers: configOf('east', 'admin').bootstrap,
		sasl,
		logLevel: logLevel.NOTHING,
	});
	const producer = kafka.producer();
	await producer.connect();
	return {
		mirror: new ConnectMirror(configOf('west', 'kdr'), async () => ''),
		source: 'east',
		sourceConnector: 'east-to-west-source',
		clusterId: async () => (await sideAs('kdr', 'west').cluster.identity()).clusterId,
		topic: 'orders',
		produce: async (values) =>
			void (await producer.send({ topic: 'orders', messages: values.map((value) => ({ partition: 0, value })) })),
		close: () => producer.disconnect(),
	};
});

requestsContract({
	connect: (traffic) => sideAs('kdr', 'east', password('kdr'), traffic),
	admin: () => sideAs('admin'),
});

describe('real: what only brokers do', () => {
	const name = (text: string): string => `contract-real-${process.pid}-${text}`;
	const readAll = async (side: KafkaSide, topic: string, from = 0n): Promise<KafkaRecord[]> => {
		const records: KafkaRecord[] = [];
		for await (const record of side.records.read({ topic, partition: 0 }, from, 1_000_000n, { isolation: 'committed' }))
			records.push(record);
		return records;
	};

	it('reads batches of every codec', async () => {
		const topic = name('codecs');
		await sideAs('admin').cluster.ensureTopic({ name: topic, partitions: 1, replicationFactor: 1, config: {} });
		const { Producer } = await import('@platformatic/kafka');
		const sasl = { mechanism: 'SCRAM-SHA-256' as const, username: 'admin', password: password('admin') };
		const producer = new Producer({
			clientId: 'contract',
			bootstrapBrokers: configOf('east', 'admin').bootstrap,
			sasl,
			autocreateTopics: false,
		});
		const codecs = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const;
		for (const compression of codecs) {
			const messages = [0, 1, 2].map((n) => ({
				topic,
				partition: 0,
				value: Buffer.from(`${compression}-${n}-${'x'.repeat(500)}`),
			}));
			await producer.send({ messages, compression, acks: -1 });
		}
		await producer.close();
		const seen = (await readAll(sideAs('kdr'), topic)).map(({ value }) => value?.toString().split('-x')[0]);
		expect(seen).toEqual(codecs.flatMap((codec) => [0, 1, 2].map((n) => `${codec}-${n}`)));
	});

	it("gives the broker's time on LogAppendTime topics, and continues at the log start when retention deleted what was asked for", async () => {
		const topic = name('append-time');
		await sideAs('admin').cluster.ensureTopic({
			name: topic,
			partitions: 1,
			replicationFactor: 1,
			config: { 'message.timestamp.type': 'LogAppendTime' },
		});
		const { Kafka, logLevel } = kafkajs;
		const sasl = { mechanism: 'scram-sha-256' as const, username: 'admin', password: password('admin') };
		const kafka = new Kafka({
			clientId: 'contract',
			brokers: configOf('east', 'admin').bootstrap,
			sasl,
			logLevel: logLevel.NOTHING,
		});
		const [producer, admin] = [kafka.producer(), kafka.admin()];
		await producer.connect();
		await admin.connect();
		await producer.send({ topic, messages: ['a', 'b', 'c'].map((value) => ({ value, timestamp: '1000' })) });
		await admin.fetchTopicOffsets(topic);
		await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '2' }] });
		await Promise.all([producer.disconnect(), admin.disconnect()]);
		const records = await readAll(sideAs('kdr'), topic);
		expect(records.map(({ offset, value, timestampType }) => [offset, value?.toString(), timestampType])).toEqual([
			[2n, 'c', 'log-append'],
		]);
		expect(Math.abs(Number(records[0]?.timestamp) - Date.now())).toBeLessThan(60_000);
		await expect(readAll(sideAs('kdr'), topic, 999n)).rejects.toMatchObject({ code: 'KDR_KAFKA_ERROR' });
	});

	it('empties a KIP-848 group whose member keeps running, at least for a moment', async () => {
		const topic = name('evict');
		const group = `app-evict-${process.pid}`;
		await sideAs('admin').cluster.ensureTopic({ name: topic, partitions: 1, replicationFactor: 1, config: {} });
		const side = sideAs('kdr');
		const end = await javaMember(group, topic, 'consumer');
		const members = async () => {
			const item = (await side.groups.members([{ id: group, type: 'consumer', state: '' }])).get(group);
			return item?.ok ? item.value : [];
		};
		const before = await members();
		expect(before).toHaveLength(1);
		await side.groups.evict(group, 'contract test');
		expect((await members()).map(({ memberId }) => memberId)).not.toContain(before[0]?.memberId);
		await end();
	});

	it("puts a fence's brake on and takes it off again by the fence's own step, and names what an application may still write to", async () => {
		const fake = estate();
		const east: Side = { ...sideAs('admin'), canary: canaryOf('app'), mirror: fake.world.side('east').mirror };
		const here = { ...fake, world: { ...fake.world, side: () => east } };
		const ctx = context({ link: fencedBy(['quota'], { principals: ['User:app'] }) });
		const { change } = await take(fenceWriters, here, { ctx });
		if (!change) throw new Error('nothing was changed');
		await until('every check passes', 10_000, async () =>
			(await verifyNow(fenceWriters, here, { ctx })).every(({ status }) => status === 'pass'),
		);
		expect(await east.quotas.producerRates(['app'])).toEqual(new Map([['app', 1]]));
		const { checks } = await ask(writersStill, here, {
			ctx: context({ link: fencedBy(['exec']) }),
			params: { stillFor: 1 },
		});
		expect(checks).toContainEqual(
			expect.objectContaining({
				code: 'KDR_FENCE_LEAKS',
				status: 'block',
				observed: expect.stringMatching(/^let through by broker \d+: orders/),
			}),
		);
		await undo(fenceWriters, here, change, ctx);
		await until('the brake is off', 10_000, async () => (await east.quotas.producerRates(['app'])).get('app') === null);
	});

	it('sets and reads the offsets of 300 groups in seconds', async () => {
		const topic = name('many');
		await sideAs('admin').cluster.ensureTopic({ name: topic, partitions: 20, replicationFactor: 1, config: {} });
		const side = sideAs('kdr');
		const groups = Array.from({ length: 300 }, (_, n) => `app-many-${process.pid}-${n}`);
		const offsets = PartitionMap.from(
			Array.from(
				{ length: 20 },
				(_, partition) =>
					[
						{ topic, partition },
						{ offset: 7n, metadata: 'm' },
					] as const,
			),
		);
		const begun = performance.now();
		await Promise.all(groups.map((group) => side.groups.commit(group, offsets)));
		const committed = performance.now() - begun;
		const read = await side.groups.committed(groups);
		process.stderr.write(
			`300 groups x 20: commit ${Math.round(committed)} ms, read ${Math.round(performance.now() - begun - committed)} ms\n`,
		);
		for (const group of groups) {
			const item = read.get(group);
			expect(item?.ok && item.value.size).toBe(20);
		}
	});
});

describe('real: when the cluster does not answer as it should', () => {
	it('reports a wrong password once and does not try it again', async () => {
		const side = sideAs('kdr', 'east', 'not the password');
		for (const call of [() => side.cluster.identity(), () => side.acls.list(), () => side.journal.open('wrong')]) {
			const thrown = (await call().catch((error: unknown) => error)) as Error & { code?: string };
			expect(thrown.code).toBe('KDR_AUTH_FAILED');
			expect(thrown.message).not.toContain('not the password');
		}
	});

	it('names a missing permission', async () => {
		const side = sideAs('app');
		await expect(side.acls.list()).rejects.toMatchObject({ code: 'KDR_NOT_PERMITTED' });
		const topic = `contract-real-${process.pid}-forbidden`;
		await sideAs('admin').cluster.ensureTopic({ name: topic, partitions: 1, replicationFactor: 1, config: {} });
		const writing = sideAs('kdr').writer.append({ topic, partition: 0 }, [
			{ key: null, value: null, headers: [], timestamp: 0n },
		]);
		await expect(writing).rejects.toMatchObject({ code: 'KDR_NOT_PERMITTED' });
	});

	it('says at once that nobody listens', async () => {
		const side = createKafkaSide({ ...configOf('east', 'kdr'), bootstrap: ['127.0.0.1:1'] }, async () =>
			password('kdr'),
		);
		// KDR_TIMEOUT would say that it waited for its deadline.
		await expect(side.cluster.identity()).rejects.toMatchObject({ code: 'KDR_CLUSTER_UNREACHABLE' });
		await expect(side.acls.list()).rejects.toMatchObject({ code: 'KDR_CLUSTER_UNREACHABLE' });
		await side.close();
	});

	it('gives up on frozen brokers and a frozen Connect worker within its deadline, connected before or not', async () => {
		const warm = sideAs('kdr', 'east');
		await warm.cluster.identity();
		await warm.acls.list();
		const writer = await warm.journal.open(`frozen-${process.pid}`);
		freezeSide(state, 'east');
		try {
			const cold = sideAs('kdr', 'east');
			const mirror = new ConnectMirror(configOf('east', 'kdr'), async () => '', { timeoutMs: 2_000 });
			const group = 'app-frozen';
			const timed = async (call: Promise<unknown>): Promise<{ code: unknown; ms: number }> => {
				const begun = performance.now();
				const code = await call.then(
					() => 'answered',
					(thrown: { code?: unknown }) => thrown.code,
				);
				return { code, ms: performance.now() - begun };
			};
			const results = await Promise.all([
				timed(warm.cluster.identity()),
				timed(cold.cluster.identity()),
				timed(warm.groups.committed([group])),
				timed(cold.acls.list()),
				timed(warm.acls.list()),
				timed(writer.append('run', [{ v: 1, type: 'step.started', step: 'x' }])),
				timed(mirror.connectors()),
			]);
			for (const { ms } of results) expect(ms).toBeLessThan(30_000);
			expect(results.map(({ code }) => code)).toEqual([...Array(6).fill('KDR_TIMEOUT'), 'KDR_CONNECT_UNREACHABLE']);
		} finally {
			thawSide(state, 'east');
		}
		await until('it answers again', 30_000, () => warm.cluster.identity().catch(() => null));
		await until('the journal can be written again', 30_000, () =>
			writer.append('run', [{ v: 1, type: 'step.started', step: 'after the thaw' }]).then(
				() => true,
				() => false,
			),
		);
		expect((await warm.journal.read()).at(-1)?.event).toMatchObject({ step: 'after the thaw' });
	});
});

describe('real: over TLS', () => {
	it('trusts the authority it is given and no other, checks the name, and says which of it was wrong', async () => {
		const { bootstrap, ca } = await startWithTls(state, 'west');
		const over = (tls: NonNullable<ClusterConfig['tls']>): KafkaSide => {
			const config = { ...configOf('west', 'kdr'), bootstrap: [bootstrap], tls };
			const side = createKafkaSide(config, async (ref) => ('env' in ref && ref.env === 'ca' ? ca : password('kdr')));
			open.push(side);
			return side;
		};
		const right = over({ ca: { env: 'ca' } });
		await until('the broker answers over TLS', 60_000, () => right.cluster.identity().catch(() => null));
		expect((await right.cluster.topics()).map(({ name }) => name)).toContain('orders');
		expect((await right.acls.list()).length).toBeGreaterThan(0);
		const [edge] = [...(await right.records.edges([{ topic: 'orders', partition: 0 }])).values()];
		expect(edge?.ok).toBe(true);

		const named = over({ ca: { env: 'ca' }, servername: 'kafka.lab' });
		expect((await named.cluster.identity()).clusterId).toBe(state.sides.west.clusterId);
		expect((await named.acls.list()).length).toBeGreaterThan(0);
		const wrong = [
			{ tls: {}, says: /not by an authority kdr trusts \(DEPTH_ZERO_SELF_SIGNED_CERT\)/ },
			{ tls: { ca: { env: 'ca' }, servername: 'kafka.example.com' }, says: /is for another name/ },
		];
		for (const { tls, says } of wrong) {
			const side = over(tls);
			// Not KDR_CLUSTER_UNREACHABLE: a failover would take the cluster for dead, and not fence it.
			for (const call of [() => side.cluster.identity(), () => side.acls.list()])
				await expect(call()).rejects.toMatchObject({ code: 'KDR_TLS_FAILED', message: expect.stringMatching(says) });
		}
	});
});
