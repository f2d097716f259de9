import { KdrError } from '../../domain/errors/kdr-error.ts';
import type { Cluster, ClusterIdentity, Topic, TopicSpec } from '../../ports/cluster.ts';
import { pause } from '../kafka-side/deadline.ts';
import type { Leaders } from './leaders.ts';
import type { Wire } from './wire.ts';

/** ConfigResource.Type.TOPIC */
const topicResource = 2 as const;

export class PlatformaticCluster implements Cluster {
	readonly alias: string;
	readonly #wire: Wire;
	readonly #leaders: Leaders;

	constructor(wire: Wire, leaders: Leaders) {
		this.alias = wire.where.alias;
		this.#wire = wire;
		this.#leaders = leaders;
	}

	async identity(): Promise<ClusterIdentity> {
		const { metadata } = await this.#wire.requests();
		const answer = await this.#wire.askAny(metadata, [[], false, false], 'ask who the cluster is');
		if (answer.clusterId == null) {
			throw new KdrError('KDR_KAFKA_ERROR', `${this.alias}: the brokers gave no cluster id`);
		}
		const brokers = answer.brokers.map(({ nodeId, host, port }) => ({ id: nodeId, host, port })).sort((a, b) => a.id - b.id);
		return { clusterId: answer.clusterId, brokers };
	}

	async topics(): Promise<Topic[]> {
		const { metadata } = await this.#wire.requests();
		const answer = await this.#wire.askAny(metadata, [null, false, false], 'list topics');
		const topics: Topic[] = [];
		for (const { name, topicId, errorCode, partitions } of answer.topics) {
			if (name == null) continue;
			await this.#wire.expectOk(errorCode, `describe topic ${name}`);
			const replicationFactor = Math.max(0, ...partitions.map(({ replicaNodes }) => replicaNodes.length));
			topics.push({ name, id: topicId, partitions: partitions.length, replicationFactor });
		}
		return topics.sort((a, b) => (a.name < b.name ? -1 : 1));
	}

	async compacted(topics: readonly string[]): Promise<Set<string>> {
		if (topics.length === 0) return new Set();
		const doing = 'read the settings of topics';
		const { describeConfigs } = await this.#wire.requests();
		const resources = topics.map((resourceName) => ({ resourceType: topicResource, resourceName, configurationKeys: ['cleanup.policy'] }));
		const answer = await this.#wire.askAny(describeConfigs, [resources, false, false], doing);
		const compacted = new Set<string>();
		for (const { errorCode, resourceName, configs } of answer.results) {
			await this.#wire.expectOk(errorCode, `${doing}: ${resourceName}`);
			const policy = configs.find(({ name }) => name === 'cleanup.policy')?.value ?? '';
			if (policy.split(',').some((word) => word.trim() === 'compact')) compacted.add(resourceName);
		}
		return compacted;
	}

	async ensureTopic(spec: TopicSpec): Promise<boolean> {
		const doing = `create topic ${spec.name}`;
		const deadline = this.#wire.deadline();
		const { createTopics } = await this.#wire.requests();
		const topic = {
			name: spec.name,
			numPartitions: spec.partitions,
			replicationFactor: spec.replicationFactor,
			assignments: [],
			configs: Object.entries(spec.config).map(([name, value]) => ({ name, value })),
		};
		const answer = await this.#wire.askAny(createTopics, [[topic], this.#wire.timeoutMs, false], doing, deadline);
		const code = answer.topics[0]?.errorCode ?? 0;
		// TOPIC_ALREADY_EXISTS: somebody made it before us, or at the same moment.
		const created = code !== 36;
		if (created) await this.#wire.expectOk(code, doing);
		await this.#awaitLeaders(spec, deadline);
		return created;
	}

	/** A topic just created answers NOT_LEADER for a moment: wait until every partition has a leader. */
	async #awaitLeaders(spec: TopicSpec, deadline: number): Promise<void> {
		const partitions = Array.from({ length: spec.partitions }, (_, partition) => ({ topic: spec.name, partition }));
		for (;;) {
			const places = await this.#leaders.locate(partitions, true, deadline);
			if ([...places.values()].every((place) => 'host' in place)) return;
			if (performance.now() > deadline) {
				throw new KdrError(
					'KDR_TIMEOUT',
					`${this.alias}: topic ${spec.name} has no leader within ${this.#wire.timeoutMs} ms of its creation`,
				);
			}
			await pause(50);
		}
	}
}
