import { readFileSync, writeFileSync } from 'node:fs';
import kafkajs from 'kafkajs';
import { parse, stringify } from 'yaml';
import { asAdmin, labKafka } from '../../src/lab/cluster-setup.ts';
import { connectorNames } from '../../src/lab/connect-config.ts';
import { type LabAlias, labTopics } from '../../src/lab/estate.ts';
import type { KdrProcess } from './kdr.ts';
import { until } from './until.ts';

const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } = kafkajs;

/**
 * A mirrored topic of one partition, beside those of the traffic, whose records are all the same to the byte, time included. The ledger
 * cannot tell them apart: they are counted by where they lie.
 */
export class AlikeTopic {
	readonly name = 'alike';
	readonly group = 'app-alike';
	readonly #kdr: KdrProcess;
	readonly #timestamp = String(Date.now());

	constructor(kdr: KdrProcess) {
		this.#kdr = kdr;
	}

	/** Makes it on east and takes it into the mirror and into the link. Topics whose names begin with its name may be made as well. */
	async create(): Promise<void> {
		const state = this.#kdr.labState();
		const anybody = {
			principal: 'User:*',
			host: '*',
			operation: AclOperationTypes.ALL,
			permissionType: AclPermissionTypes.ALLOW,
		};
		const here = {
			resourceType: AclResourceTypes.TOPIC,
			resourceName: this.name,
			resourcePatternType: ResourcePatternTypes.PREFIXED,
		};
		for (const alias of ['east', 'west'] as const)
			await asAdmin(state, alias, (admin) => admin.createAcls({ acl: [{ ...anybody, ...here }] }));
		const replicationFactor = Math.min(3, state.sides.east.brokers.length);
		const topics = [{ topic: this.name, numPartitions: 1, replicationFactor }];
		await asAdmin(state, 'east', (admin) => admin.createTopics({ topics, waitForLeaders: false }));
		const config = parse(readFileSync(this.#kdr.config, 'utf8')) as { links: { orders: { topics: string[] } } };
		config.links.orders.topics.push(this.name);
		writeFileSync(this.#kdr.config, stringify(config));
		const { source, checkpoint } = connectorNames('east', 'west');
		for (const connector of [source, checkpoint])
			await this.#mirrorBy(`${state.sides.west.connect.url}/connectors/${connector}/config`);
	}

	async #mirrorBy(url: string): Promise<void> {
		const topics = [...labTopics.map(({ name }) => name), this.name].join(',');
		// The worker answers 409 while it rebalances.
		await until(`${this.name} is mirrored`, 60_000, async () => {
			const config = (await (await fetch(url)).json()) as Record<string, string>;
			const body = JSON.stringify({ ...config, topics });
			const answer = await fetch(url, { method: 'PUT', headers: { 'content-type': 'application/json' }, body });
			await answer.arrayBuffer();
			return answer.ok;
		});
	}

	async write(alias: LabAlias, count: number): Promise<void> {
		const producer = (await labKafka(this.#kdr.labState(), alias, 'admin')).producer({ retry: { retries: 8 } });
		await producer.connect();
		const one = { key: 'the same', value: 'the same', partition: 0, timestamp: this.#timestamp };
		await producer.send({ topic: this.name, acks: -1, messages: Array.from({ length: count }, () => one) });
		await producer.disconnect();
	}

	/** Records of a topic that holds nothing else and no markers. */
	count = (alias: LabAlias, topic = this.name): Promise<number> =>
		asAdmin(this.#kdr.labState(), alias, async (admin) => {
			const ends = await admin.fetchTopicOffsets(topic).catch(() => []);
			return ends.reduce((sum, { high }) => sum + Number(high), 0);
		});

	/** The position of the group, which has no members; null: it has no commit there. */
	position = (alias: LabAlias): Promise<number | null> =>
		asAdmin(this.#kdr.labState(), alias, async (admin) => {
			const [found] = await admin.fetchOffsets({ groupId: this.group, topics: [this.name] });
			const offset = Number(found?.partitions[0]?.offset ?? -1);
			return offset < 0 ? null : offset;
		});

	commit = (alias: LabAlias, offset: number): Promise<void> =>
		asAdmin(this.#kdr.labState(), alias, async (admin) => {
			await admin.setOffsets({
				groupId: this.group,
				topic: this.name,
				partitions: [{ partition: 0, offset: String(offset) }],
			});
		});
}
