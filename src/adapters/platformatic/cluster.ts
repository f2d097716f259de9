import { KdrError } from '../../domain/errors/kdr-error.ts';
import { bad, good, type Item } from '../../domain/item.ts';
import { addressOf } from '../../domain/mirror/identity.ts';
import type { Cluster, ClusterIdentity, Topic, TopicSpec } from '../../ports/cluster.ts';
import { outcomeUnknown } from '../kafka-side/broker-errors.ts';
import { pause } from '../kafka-side/deadline.ts';
import type { Leaders } from './leaders.ts';
import type { Endpoint, Wire } from './wire.ts';

/** ConfigResource.Type.TOPIC */
const topicResource = 2 as const;
/** ConfigResource.Type.BROKER */
const brokerResource = 4 as const;
/** ConfigSource.DYNAMIC_TOPIC_CONFIG */
const ofTopic = 1;
const unknownTopic = 3;
const unknownTopicId = 100;
const reading = 'read the settings of topics';

export class PlatformaticCluster implements Cluster {
	readonly alias: string;
	readonly bootstrap: readonly string[];
	readonly #wire: Wire;
	readonly #leaders: Leaders;
	#addresses: Promise<string[]> | undefined;

	constructor(wire: Wire, leaders: Leaders) {
		this.alias = wire.where.alias;
		this.bootstrap = wire.where.bootstrap;
		this.#wire = wire;
		this.#leaders = leaders;
	}

	async identity(): Promise<ClusterIdentity> {
		const { metadata } = await this.#wire.requests();
		const answer = await this.#wire.askAny(metadata, [[], false, false], 'ask who the cluster is');
		if (answer.clusterId == null) {
			throw new KdrError('KDR_KAFKA_ERROR', `${this.alias}: the brokers report no cluster id`);
		}
		const brokers = answer.brokers
			.map(({ nodeId, host, port }) => ({ id: nodeId, host, port }))
			.sort((a, b) => a.id - b.id);
		return { clusterId: answer.clusterId, brokers };
	}

	addresses(): Promise<string[]> {
		this.#addresses ??= this.identity().then(({ brokers }) => brokers.map(addressOf));
		return this.#addresses;
	}

	async topics(): Promise<Topic[]> {
		const { metadata } = await this.#wire.requests();
		const answer = await this.#wire.askAny(metadata, [null, false, false], 'list topics');
		this.#leaders.take(answer);
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
		const compacted = new Set<string>();
		for (const { errorCode, resourceName, configs } of await this.#configs(topics, ['cleanup.policy'])) {
			await this.#wire.expectOk(errorCode, `${reading}: ${resourceName}`);
			const policy = configs.find(({ name }) => name === 'cleanup.policy')?.value ?? '';
			if (policy.split(',').some((word) => word.trim() === 'compact')) compacted.add(resourceName);
		}
		return compacted;
	}

	async settings(topics: readonly string[]): Promise<Map<string, Record<string, string>>> {
		const settings = new Map<string, Record<string, string>>();
		if (topics.length === 0) return settings;
		for (const { errorCode, resourceName, configs } of await this.#configs(topics, null)) {
			if (errorCode === unknownTopic) continue;
			await this.#wire.expectOk(errorCode, `${reading}: ${resourceName}`);
			const own = configs.flatMap(({ name, value, configSource }) =>
				configSource === ofTopic && value != null ? [[name, value]] : [],
			);
			settings.set(resourceName, Object.fromEntries(own));
		}
		return settings;
	}

	async #configs(topics: readonly string[], keys: string[] | null) {
		const { describeConfigs } = await this.#wire.requests();
		const resources = topics.map((resourceName) => ({
			resourceType: topicResource,
			resourceName,
			configurationKeys: keys,
		}));
		return (await this.#wire.askAny(describeConfigs, [resources, false, false], reading)).results;
	}

	async deleteTopics(ids: readonly string[]): Promise<Map<string, Item<null>>> {
		const done = new Map<string, Item<null>>();
		if (ids.length === 0) return done;
		const doing = 'delete topics';
		const { deleteTopics } = await this.#wire.requests();
		const wanted = ids.map((topicId) => ({ name: null, topicId }));
		const answer = await this.#wire
			.askAny(deleteTopics, [wanted, this.#wire.timeoutMs], doing)
			.catch((thrown: unknown) => {
				const silent =
					thrown instanceof KdrError && (thrown.code === 'KDR_TIMEOUT' || thrown.code === 'KDR_CLUSTER_UNREACHABLE');
				throw silent ? outcomeUnknown(this.#wire.where, doing, thrown) : thrown;
			});
		for (const { name, topicId, errorCode } of answer.responses) {
			const gone = errorCode === 0 || errorCode === unknownTopicId;
			done.set(
				topicId,
				gone ? good(null) : bad(await this.#wire.brokerError(errorCode, `delete topic ${name ?? topicId}`)),
			);
		}
		return done;
	}

	async offsetRetentionMs(): Promise<number> {
		const doing = 'read how long offsets are kept';
		const name = 'offsets.retention.minutes';
		const deadline = this.#wire.deadline();
		const { brokers } = await this.identity();
		const [broker] = brokers;
		if (!broker) throw new KdrError('KDR_KAFKA_ERROR', `${this.alias}: the brokers list no broker`);
		const { describeConfigs } = await this.#wire.requests();
		// A broker answers for its own settings only.
		const resources = [{ resourceType: brokerResource, resourceName: String(broker.id), configurationKeys: [name] }];
		const { results } = await this.#wire.ask(broker, describeConfigs, [resources, false, false], doing, deadline);
		for (const { errorCode } of results) await this.#wire.expectOk(errorCode, doing);
		const minutes = Number(results[0]?.configs.find((config) => config.name === name)?.value ?? Number.NaN);
		if (!Number.isSafeInteger(minutes))
			throw new KdrError('KDR_KAFKA_ERROR', `${this.alias}: could not ${doing}: ${name} is not among the settings`);
		return minutes * 60_000;
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

	/**
	 * Brokers learn of a new topic each in its own time, and one that has not yet calls it unknown: wait until every partition has a leader,
	 * and every leader knows the topic.
	 */
	async #awaitLeaders(spec: TopicSpec, deadline: number): Promise<void> {
		const partitions = Array.from({ length: spec.partitions }, (_, partition) => ({ topic: spec.name, partition }));
		for (;;) {
			const places = [...(await this.#leaders.locate(partitions, true, deadline)).values()];
			const leaders = new Map(
				places.flatMap((place) => ('host' in place ? [[`${place.host}:${place.port}`, place]] : [])),
			);
			const known = await Promise.all([...leaders.values()].map((leader) => this.#isKnownTo(leader, spec, deadline)));
			if (places.every((place) => 'host' in place) && known.every(Boolean)) return;
			if (performance.now() > deadline) {
				throw new KdrError(
					'KDR_TIMEOUT',
					`${this.alias}: topic ${spec.name} has no leader within ${this.#wire.timeoutMs} ms of its creation`,
				);
			}
			await pause(50);
		}
	}

	async #isKnownTo(broker: Endpoint, { name, partitions }: TopicSpec, deadline: number): Promise<boolean> {
		const { metadata } = await this.#wire.requests();
		const { topics } = await this.#wire.ask(broker, metadata, [[name], false, false], `find topic ${name}`, deadline);
		return topics[0]?.errorCode === 0 && topics[0].partitions.length >= partitions;
	}
}
