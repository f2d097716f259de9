import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { ChangeResourceRecordSetsCommand, Route53Client } from '@aws-sdk/client-route-53';
import { expect } from 'vitest';
import { parse, stringify } from 'yaml';
import { createKafkaSide } from '../../src/adapters/kafka-side/side.ts';
import { secretReader } from '../../src/adapters/system/secrets.ts';
import { loadConfig } from '../../src/adapters/yaml/config-file.ts';
import { PartitionMap } from '../../src/domain/kafka/partition.ts';
import { asAdmin, labKafka } from '../../src/lab/cluster-setup.ts';
import { connectors } from '../../src/lab/connect-config.ts';
import type { LabAlias } from '../../src/lab/estate.ts';
import { route53AccessKeyId } from '../../src/lab/kdr-yaml.ts';
import type { KdrProcess } from './kdr.ts';
import { until } from './until.ts';

const topic = 'invoices';
const group = 'app-invoices';
const name = 'invoices.kafka.lab.';
const partitions = [0, 1];
const written = 40;
/** The position of the group in partition 0; it has read nothing of the other. */
const position = 7n;

const namesOf = (source: LabAlias, target: LabAlias) => ({
	source: `invoices-${source}-to-${target}-source`,
	checkpoint: `invoices-${source}-to-${target}-checkpoint`,
});

const elsewhere = (alias: LabAlias): LabAlias => (alias === 'east' ? 'west' : 'east');

/**
 * A link `invoices` over the lab's two clusters beside its own: one topic, one group, connectors and a record of their own, its
 * clients on `at`. Only who goes by `config` knows of it.
 */
export class SecondLink {
	readonly config: string;
	readonly #kdr: KdrProcess;
	readonly #at: LabAlias;

	private constructor(kdr: KdrProcess, at: LabAlias) {
		this.#kdr = kdr;
		this.#at = at;
		this.config = join(dirname(kdr.config), 'two-links.yaml');
	}

	static async add(kdr: KdrProcess, at: LabAlias): Promise<SecondLink> {
		const added = new SecondLink(kdr, at);
		added.#configure();
		await Promise.all((['east', 'west'] as const).map((alias) => added.#allow(alias)));
		await Promise.all([added.#fill(), added.#point()]);
		await added.#mirror();
		return added;
	}

	/** Its clients are where they were, and what they write is mirrored. */
	async expectStays(): Promise<void> {
		await this.#expectAt(this.#at);
	}

	/** Its clients are on the other side, its group has its position, and what is written there comes back. */
	async expectMoved(): Promise<void> {
		const to = elsewhere(this.#at);
		await this.#expectAt(to);
		const item = (await this.#with(to, ({ groups }) => groups.committed([group]))).get(group);
		if (!item?.ok) throw item?.error ?? new Error(`no answer for ${group}`);
		expect([...item.value].map(([{ partition }, { offset }]) => [partition, offset])).toEqual([[0, position]]);
	}

	async #expectAt(alias: LabAlias): Promise<void> {
		const { record } = await this.#kdr.ok<{ record: { values: string[] } }>(
			'dns',
			'show',
			'--config',
			this.config,
			'--link',
			'invoices',
		);
		expect(record.values).toEqual(this.#addresses(alias));
		await this.#produce(alias, 4);
		await until(`what is written on ${alias} is mirrored`, 60_000, () => this.#inStep());
	}

	/** Nobody but its own configuration tells its connectors from those of the other link. */
	async remove(): Promise<void> {
		for (const target of ['east', 'west'] as const) {
			for (const connector of Object.values(namesOf(elsewhere(target), target)))
				await this.#connect(target, connector, { method: 'DELETE' });
		}
	}

	#configure(): void {
		const { clusters, links } = parse(readFileSync(this.#kdr.config, 'utf8'));
		const { orders } = links;
		const invoices = {
			...orders,
			topics: [topic],
			groups: { include: [group] },
			mirror: {
				...orders.mirror,
				connectors: { 'east-to-west': namesOf('east', 'west'), 'west-to-east': namesOf('west', 'east') },
			},
			dns: { ...orders.dns, name },
			fence: { ...orders.fence, transactionalIds: [] },
		};
		orders.groups.exclude = [group];
		writeFileSync(this.config, stringify({ clusters, links: { orders, invoices } }));
	}

	async #allow(alias: LabAlias): Promise<void> {
		const [read, write, create, alter, alterConfigs] = [3, 4, 5, 7, 11];
		const rule = (principal: string, operation: number) => ({
			...{
				resourceType: 2,
				resourceName: topic,
				resourcePatternType: 3,
				principal: `User:${principal}`,
				host: '*',
				operation,
			},
			permissionType: 3,
		});
		const acl = [
			...[read, write].map((operation) => rule('app', operation)),
			...[read, write, create, alter, alterConfigs].map((operation) => rule('mm2', operation)),
		];
		await asAdmin(this.#kdr.labState(), alias, async (admin) => {
			await admin.createTopics({ topics: [{ topic, numPartitions: partitions.length, replicationFactor: 1 }] });
			await admin.createAcls({ acl });
		});
	}

	async #fill(): Promise<void> {
		await until('its topic can be written', 20_000, () =>
			this.#produce(this.#at, written).then(
				() => true,
				() => false,
			),
		);
		const at = new PartitionMap<{ offset: bigint; metadata: string }>();
		at.set({ topic, partition: 0 }, { offset: position, metadata: '' });
		await this.#with(this.#at, async ({ groups }) => {
			for (const [, item] of await groups.commit(group, at)) if (!item.ok) throw item.error;
		});
	}

	/** As an application does it, so that a fence counts. */
	async #produce(alias: LabAlias, count: number): Promise<void> {
		const producer = (await labKafka(this.#kdr.labState(), alias, 'app')).producer();
		await producer.connect();
		try {
			const messages = Array.from({ length: count }, (_, n) => ({
				key: String(n),
				value: `${alias} ${n}`,
				partition: n % partitions.length,
			}));
			await producer.send({ topic, acks: -1, messages });
		} finally {
			await producer.disconnect();
		}
	}

	/** The topic ends at the same offsets on both sides. */
	async #inStep(): Promise<boolean> {
		const at = partitions.map((partition) => ({ topic, partition }));
		const [here, there] = await Promise.all(
			(['east', 'west'] as const).map((alias) => this.#with(alias, ({ records }) => records.edges(at))),
		);
		const ends = (edges: typeof here) =>
			at.map((one) => edges?.get(one)).map((edge) => (edge?.ok ? edge.value.end : null));
		return !ends(here).includes(null) && isDeepStrictEqual(ends(here), ends(there));
	}

	async #point(): Promise<void> {
		const { dns, dir } = this.#kdr.labState();
		const secretAccessKey = readFileSync(join(dir, 'secrets/route53'), 'utf8').trim();
		const credentials = { accessKeyId: route53AccessKeyId, secretAccessKey };
		const client = new Route53Client({ region: 'us-east-1', endpoint: dns.route53Url, credentials });
		const record = {
			Name: name,
			Type: 'A' as const,
			TTL: dns.ttl,
			ResourceRecords: this.#addresses(this.#at).map((Value) => ({ Value })),
		};
		const changes = [{ Action: 'CREATE' as const, ResourceRecordSet: record }];
		await client.send(
			new ChangeResourceRecordSetsCommand({ HostedZoneId: dns.zoneId, ChangeBatch: { Changes: changes } }),
		);
		client.destroy();
	}

	#addresses(alias: LabAlias): string[] {
		return this.#kdr.labState().sides[alias].brokers.map(({ host }) => host);
	}

	/** Like the lab's own, of this topic. */
	async #mirror(): Promise<void> {
		const state = this.#kdr.labState();
		const [source, target] = [this.#at, elsewhere(this.#at)];
		const own = connectors(state, source, target);
		for (const [role, connector] of Object.entries(namesOf(source, target))) {
			const body = JSON.stringify({ ...own[`${source}-to-${target}-${role}`], topics: topic, groups: group });
			await this.#connect(target, `${connector}/config`, {
				method: 'PUT',
				headers: { 'content-type': 'application/json' },
				body,
			});
		}
		await until('invoices are mirrored', 60_000, () => this.#inStep());
	}

	async #connect(alias: LabAlias, path: string, init: RequestInit): Promise<void> {
		const url = `${this.#kdr.labState().sides[alias].connect.url}/connectors/${path}`;
		const answer = await fetch(url, { ...init, signal: AbortSignal.timeout(20_000) });
		if (!answer.ok && answer.status !== 404)
			throw new Error(`${init.method} ${url}: ${answer.status} ${await answer.text()}`);
	}

	async #with<T>(alias: LabAlias, work: (side: ReturnType<typeof createKafkaSide>) => Promise<T>): Promise<T> {
		const { config } = await loadConfig({ flag: this.config, env: {}, cwd: this.#kdr.home });
		const cluster = config.clusters[alias];
		if (!cluster) throw new Error(`no cluster ${alias}`);
		const side = createKafkaSide(cluster, secretReader(dirname(this.config)));
		try {
			return await work(side);
		} finally {
			await side.close();
		}
	}
}
