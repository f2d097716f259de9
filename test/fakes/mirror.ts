import { KdrError } from '../../src/domain/errors/kdr-error.ts';
import { PartitionMap, type TopicPartition } from '../../src/domain/kafka/partition.ts';
import { aliasesOf, type MirrorRole, roleOf } from '../../src/domain/mirror/identity.ts';
import type { ConfigFault, Connector, Mirror } from '../../src/ports/mirror.ts';
import type { FakeClock } from './clock.ts';
import type { FakeKafka } from './kafka.ts';
import { checkpointRecord, offsetSyncRecord } from './mm2-bytes.ts';

interface FakeConnector {
	name: string;
	config: Record<string, string>;
	target: 'RUNNING' | 'STOPPED';
	/** When the stop was accepted, by the clock; with a silent source its traces stay for a while. */
	stoppedAt: number;
	sourceWasSilent: boolean;
	failed: string | null;
	positions: PartitionMap<bigint>;
	/** Where it began with partitions that had no position, when it begins at the newest record. */
	began: PartitionMap<bigint>;
	syncs: PartitionMap<{ upstream: bigint; downstream: bigint }[]>;
}

/** How the world of a mirror looks from its Connect cluster. */
export interface MirrorSurroundings {
	kafka(alias: string): FakeKafka | undefined;
	/** False when the cluster is dead or frozen: then nothing is read from it. */
	reachable(alias: string): boolean;
}

/** With a silent source Connect shows tasks for 6 s and the connector as RUNNING for 58 s after a stop. */
const tasksLingerMs = 6_000;
const stateLingersMs = 58_000;

/** A Connect cluster beside one Kafka cluster, running MirrorMaker 2 with IdentityReplicationPolicy; records move when `pump` is called. */
export class FakeMirror implements Mirror {
	readonly alias: string;
	readonly beside: string;
	readonly #own: FakeKafka;
	readonly #around: MirrorSurroundings;
	readonly #clock: FakeClock;
	readonly running = new Map<string, FakeConnector>();

	constructor(own: FakeKafka, around: MirrorSurroundings, clock: FakeClock) {
		this.alias = own.alias;
		this.beside = own.alias;
		this.#own = own;
		this.#around = around;
		this.#clock = clock;
	}

	/** Adds a running connector; `config` needs only what differs from a plain MirrorMaker 2 set-up. */
	add(role: MirrorRole, source: string, config: Record<string, string> = {}): string {
		const name = `${source}-to-${this.alias}-${role}`;
		const simple = role === 'source' ? 'Source' : role === 'checkpoint' ? 'Checkpoint' : 'Heartbeat';
		this.running.set(name, {
			...this.#fresh(name, {
				'connector.class': `org.apache.kafka.connect.mirror.Mirror${simple}Connector`,
				'source.cluster.alias': source,
				'target.cluster.alias': this.alias,
				'offset-syncs.topic.location': 'target',
				'header.converter': 'org.apache.kafka.connect.converters.ByteArrayConverter',
				topics: '.*',
				groups: '.*',
				'sync.group.offsets.enabled': 'true',
				'source.consumer.isolation.level': 'read_committed',
				...config,
			}),
			target: 'RUNNING',
		});
		return name;
	}

	#fresh(name: string, config: Record<string, string>): FakeConnector {
		const positions = new PartitionMap<bigint>();
		const syncs: FakeConnector['syncs'] = new PartitionMap();
		return {
			name,
			config,
			target: 'STOPPED',
			stoppedAt: -Infinity,
			sourceWasSilent: false,
			failed: null,
			positions,
			began: new PartitionMap(),
			syncs,
		};
	}

	/** Breaks a connector's task until it is resumed. */
	fail(connector: string, trace: string): void {
		this.#get(connector).failed = trace;
	}

	async kafkaClusterId(): Promise<string> {
		return this.#own.clusterId;
	}

	/** Of its workers. */
	release = '4.3.1';
	/** What the workers find wrong with any configuration. */
	faults: ConfigFault[] = [];
	/** `exactly.once.source.support=enabled` on the workers. */
	exactlyOnce = false;

	/** Syncs that are due are lost, as with a full producer: MirrorMaker 2 takes them for sent. */
	losesSyncs = false;

	/** Kills the task of a source connector: it resumes `back` records before its last position, no earlier than it was seeded, and its first record is a sync. */
	restart(name: string, at: TopicPartition, back: bigint, seed = -1n): void {
		const connector = this.#get(name);
		const held = connector.positions.get(at);
		if (held === undefined) return;
		connector.positions.set(at, held - back > seed ? held - back : seed);
		connector.syncs.delete(at);
	}

	async version(): Promise<string> {
		return this.release;
	}

	async validate(config: Record<string, string>): Promise<ConfigFault[]> {
		const key = 'exactly.once.support';
		const text = 'This worker does not have exactly-once source support enabled.';
		return [...this.faults, ...(config[key] === 'required' && !this.exactlyOnce ? [{ key, text }] : [])];
	}

	async connectors(): Promise<Connector[]> {
		return [...this.running.values()]
			.map((connector) => this.#describe(connector))
			.sort((a, b) => (a.name < b.name ? -1 : 1));
	}

	#describe(connector: FakeConnector): Connector {
		const { name, config, failed } = connector;
		const stopped = connector.target === 'STOPPED';
		const since = this.#clock.now() - connector.stoppedAt;
		const lingers = (ms: number): boolean => stopped && connector.sourceWasSilent && since < ms;
		const tasks =
			!stopped || lingers(tasksLingerMs)
				? [{ id: 0, state: failed ? 'FAILED' : 'RUNNING', ...(failed ? { trace: failed } : {}) }]
				: [];
		return {
			name,
			state: !stopped || lingers(stateLingersMs) ? 'RUNNING' : 'STOPPED',
			tasks,
			config: { ...config },
		};
	}

	async positions(connector: string): Promise<PartitionMap<bigint>> {
		return this.#get(connector).positions.map((position) => position);
	}

	async stop(connector: string): Promise<void> {
		const known = this.#get(connector);
		if (known.target === 'STOPPED') return;
		known.target = 'STOPPED';
		known.stoppedAt = this.#clock.now();
		known.sourceWasSilent = !this.#around.reachable(readsFrom(known.config));
	}

	async resume(connector: string): Promise<void> {
		const known = this.#get(connector);
		known.target = 'RUNNING';
		known.failed = null;
	}

	async prepare(connector: string, config: Record<string, string>): Promise<void> {
		const known = this.running.get(connector);
		if (!known) this.running.set(connector, this.#fresh(connector, { ...config }));
		else {
			this.#demandStopped(known);
			known.config = { ...config };
		}
	}

	async seed(connector: string, source: string, positions: PartitionMap<bigint>): Promise<void> {
		const known = this.#get(connector);
		this.#demandStopped(known);
		// Positions are kept per source alias: a wrong one is accepted by Connect and found by nobody.
		if (aliasesOf(known.config).source !== source) return;
		for (const [at, position] of positions) known.positions.set(at, position);
	}

	async forget(connector: string, only?: { source: string; partitions: readonly TopicPartition[] }): Promise<void> {
		const known = this.#get(connector);
		this.#demandStopped(known);
		const kept = (at: TopicPartition): boolean =>
			only !== undefined &&
			(only.source !== aliasesOf(known.config).source ||
				!only.partitions.some(({ topic, partition }) => topic === at.topic && partition === at.partition));
		known.positions = PartitionMap.from([...known.positions].filter(([at]) => kept(at)));
		// Its task starts again and reads the syncs topic.
		const syncs = this.#syncsOf(known);
		if (!syncs?.kafka.topics.has(syncs.topic)) known.syncs = new PartitionMap();
	}

	async remove(connector: string): Promise<void> {
		this.running.delete(connector);
	}

	#get(name: string): FakeConnector {
		const known = this.running.get(name);
		if (!known) throw new KdrError('KDR_CONNECTOR_MISSING', `Connect of ${this.alias}: there is no connector ${name}`);
		return known;
	}

	#demandStopped(connector: FakeConnector): void {
		const { state, tasks } = this.#describe(connector);
		if (state === 'STOPPED' && tasks.length === 0) return;
		throw new KdrError(
			'KDR_CONNECT_ERROR',
			`Connect of ${this.alias}: ${connector.name} must be STOPPED and is ${state}`,
		);
	}

	/** Runs every RUNNING connector once over what its source has now; copies at most `limit` records per partition. */
	pump(limit = Number.POSITIVE_INFINITY): void {
		if (!this.#around.reachable(this.alias)) return;
		for (const role of ['source', 'checkpoint'] as const) {
			for (const connector of this.running.values()) {
				const alias = readsFrom(connector.config);
				const source = this.#around.kafka(alias);
				const runs = connector.target === 'RUNNING' && connector.failed === null && roleOf(connector.config) === role;
				if (!runs || !source || !this.#around.reachable(alias)) continue;
				if (role === 'source') this.#copy(connector, source, limit);
				else this.#checkpoint(connector, source);
			}
		}
	}

	#copy(connector: FakeConnector, source: FakeKafka, limit: number): void {
		for (const topic of [...source.topics.values()]) {
			if (!selected(connector.config.topics, topic.name) || isInternal(topic.name)) continue;
			this.#own.createTopic(topic.name, topic.logs.length, { config: topic.config });
			for (const log of topic.logs)
				this.#copyPartition(connector, source, { topic: topic.name, partition: log.partition }, limit);
		}
	}

	#copyPartition(connector: FakeConnector, source: FakeKafka, at: TopicPartition, limit: number): void {
		const log = source.log(at);
		const isolation =
			connector.config['source.consumer.isolation.level'] === 'read_committed' ? 'committed' : 'uncommitted';
		const { end, logStart } = log.edges();
		const held = connector.positions.get(at);
		// Past the end is out of range: `auto.offset.reset` is earliest, and everything is copied.
		const position =
			held === undefined ? firstOf(connector, at, end, logStart) - 1n : held + 1n > end ? logStart - 1n : held;
		let copied = 0;
		for (const { offset, key, value, timestamp, headers } of log.read(position + 1n, end, isolation)) {
			if (copied++ >= limit) break;
			const downstream = this.#own.log(at).append({ key, value, timestamp, headers }, this.#clock.now());
			const previous = connector.positions.get(at);
			connector.positions.set(at, offset);
			this.#sync(connector, at, { upstream: offset, downstream }, previous === undefined || offset !== previous + 1n);
		}
		// Every transaction of an exactly-once worker ends with a marker.
		if (copied > 0 && this.exactlyOnce) this.#own.log(at).mark(this.#clock.now());
	}

	/** A sync at the first record, at every gap, where the target begins again, and every `offset.lag.max` records (MirrorMaker 2's default: 100). */
	#sync(
		connector: FakeConnector,
		at: TopicPartition,
		pair: { upstream: bigint; downstream: bigint },
		gap: boolean,
	): void {
		const known = connector.syncs.get(at) ?? [];
		const newest = known.at(-1);
		const every = BigInt(connector.config['offset.lag.max'] ?? '100');
		const fellBack = newest !== undefined && pair.downstream <= newest.downstream;
		if (newest && !gap && !fellBack && pair.downstream - (newest.downstream + 1n) < every) return;
		connector.syncs.set(at, [...known, pair]);
		const syncs = this.#syncsOf(connector);
		if (!syncs || this.losesSyncs) return;
		const { kafka, topic } = syncs;
		kafka.createTopic(topic, 1, { config: { 'cleanup.policy': 'compact' } });
		const record = offsetSyncRecord(at.topic, at.partition, pair.upstream, pair.downstream);
		kafka.log({ topic, partition: 0 }).append(record, this.#clock.now());
	}

	/** `offset-syncs.topic.location`: on the source, unless it says target. */
	#syncsOf({ config }: FakeConnector): { kafka: FakeKafka; topic: string } | null {
		const { source, target } = aliasesOf(config);
		const onTarget = config['offset-syncs.topic.location'] === 'target';
		const kafka = onTarget ? this.#own : this.#around.kafka(readsFrom(config));
		return kafka ? { kafka, topic: `mm2-offset-syncs.${onTarget ? source : target}.internal` } : null;
	}

	/** Checkpoints of all groups by MirrorMaker 2's own rule (the sync's own offset, else one past it), and group sync. */
	#checkpoint(connector: FakeConnector, source: FakeKafka): void {
		const alias = aliasesOf(connector.config).source;
		const topic = `${alias}.checkpoints.internal`;
		this.#own.createTopic(topic, 1, { config: { 'cleanup.policy': 'compact' } });
		for (const group of source.groups.values()) {
			if (!selected(connector.config.groups, group.id)) continue;
			for (const [at, { offset, metadata }] of group.committed) {
				const downstream = this.#translate(alias, at, offset);
				if (downstream === null) continue;
				const record = checkpointRecord(group.id, at.topic, at.partition, offset, downstream, metadata);
				this.#own.log({ topic, partition: 0 }).append(record, this.#clock.now());
				if (connector.config['sync.group.offsets.enabled'] === 'true')
					this.#syncGroup(group.id, at, downstream, metadata);
			}
		}
	}

	#translate(source: string, at: TopicPartition, offset: bigint): bigint | null {
		for (const connector of this.running.values()) {
			if (roleOf(connector.config) !== 'source' || aliasesOf(connector.config).source !== source) continue;
			const sync = connector.syncs.get(at)?.findLast(({ upstream }) => upstream <= offset);
			if (sync) return sync.upstream === offset ? sync.downstream : sync.downstream + 1n;
		}
		return null;
	}

	/** Never into a group with members, never backwards. */
	#syncGroup(id: string, at: TopicPartition, offset: bigint, metadata: string): void {
		const group = this.#own.group(id);
		if (this.#own.members(group).length > 0) return;
		const known = group.committed.get(at);
		if (known === undefined || known.offset < offset) group.committed.set(at, { offset, metadata });
	}
}

/** By its address, which every cluster of the fake world has one of; else by its alias. */
function readsFrom(config: Record<string, string>): string {
	const address = config['source.cluster.bootstrap.servers'] ?? '';
	return /^([a-z]+)\.example\.com:9092$/.exec(address)?.[1] ?? aliasesOf(config).source;
}

/** With `latest` a partition without a position is read from where its log ended when the connector first saw it. */
function firstOf({ config, began }: FakeConnector, at: TopicPartition, end: bigint, logStart: bigint): bigint {
	if (config['source.consumer.auto.offset.reset'] !== 'latest') return logStart;
	if (!began.has(at)) began.set(at, end);
	return began.get(at) ?? end;
}

const selected = (patterns: string | undefined, name: string): boolean =>
	(patterns ?? '.*').split(',').some((pattern) => new RegExp(`^(?:${pattern.trim()})$`).test(name));

const isInternal = (name: string): boolean => /[.-]internal$|^__|^\./.test(name);
