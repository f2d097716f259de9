import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import type { ClusterConfig, SecretRef } from '../../domain/config/link.ts';
import { KdrError } from '../../domain/errors/kdr-error.ts';
import { PartitionMap, type TopicPartition } from '../../domain/kafka/partition.ts';
import { besideAnother } from '../../domain/mirror/reverse.ts';
import { atLeast, createsStopped } from '../../domain/mirror/version.ts';
import type { ConfigFault, Connector, Mirror } from '../../ports/mirror.ts';
import { alreadyExists, ConnectRest, message, type Reply } from './rest.ts';

export interface ConnectMirrorOptions {
	/** Deadline of every call, all workers and repetitions included, ms; default 8,000. */
	timeoutMs?: number;
}

const listed = z.record(
	z.string(),
	z.object({
		status: z
			.looseObject({
				connector: z.looseObject({ state: z.string() }),
				tasks: z.array(z.looseObject({ id: z.number(), state: z.string(), trace: z.string().optional() })),
			})
			.optional(),
		info: z.looseObject({ config: z.record(z.string(), z.string().nullable()) }).optional(),
	}),
);

const root = z.looseObject({ kafka_cluster_id: z.string(), version: z.string().optional() });

const validated = z.looseObject({
	configs: z.array(z.looseObject({ value: z.looseObject({ name: z.string(), errors: z.array(z.string()) }) })),
});

/** Offsets of a source connector; those of checkpoint and heartbeat connectors have other shapes and mean nothing. */
const positionRow = z.object({
	partition: z.object({ cluster: z.string(), partition: z.number().int(), topic: z.string() }),
	offset: z.object({ offset: z.number().int() }),
});

/** MirrorMaker 2 through the REST interface of the Connect cluster beside one Kafka cluster (KIP-875, KIP-980). */
export class ConnectMirror implements Mirror {
	readonly alias: string;
	readonly beside: string;
	readonly #rest: ConnectRest;
	readonly #timeoutMs: number;
	/** As it was last seen: connectors are made while clients wait. */
	#version: string | undefined;

	constructor(config: ClusterConfig, secret: (ref: SecretRef) => Promise<string>, options: ConnectMirrorOptions = {}) {
		this.alias = config.alias;
		this.beside = config.connect.beside ?? config.alias;
		this.#timeoutMs = options.timeoutMs ?? 8_000;
		const { urls, auth } = config.connect;
		this.#rest = new ConnectRest({
			alias: config.alias,
			beside: this.beside,
			urls,
			timeoutMs: this.#timeoutMs,
			...(auth ? { authorization: async () => basic(auth.username, await secret(auth.password)) } : {}),
		});
	}

	async kafkaClusterId(): Promise<string> {
		return (await this.#root('ask which Kafka cluster it belongs to')).kafka_cluster_id;
	}

	async version(): Promise<string> {
		this.#version = (await this.#root('ask its version')).version ?? '';
		return this.#version;
	}

	async #root(doing: string): Promise<z.infer<typeof root>> {
		return this.#shape(doing, root, await this.#expect(doing, [200], this.#rest.call('GET', '')));
	}

	async validate(config: Record<string, string>): Promise<ConfigFault[]> {
		const doing = 'validate a configuration';
		const plugin = encodeURIComponent((config['connector.class'] ?? '').trim());
		const reply = await this.#rest.call('PUT', `connector-plugins/${plugin}/config/validate`, this.#whole(config));
		// 400, 404, 500: a placeholder that its provider cannot resolve, a class that is not there.
		if (reply.status !== 200) {
			if (reply.status !== 400 && reply.status !== 404 && reply.status !== 500) throw this.#rest.failure(doing, reply);
			return [{ key: '', text: message(reply) }];
		}
		const { configs } = this.#shape(doing, validated, reply);
		return configs.flatMap(({ value }) => value.errors.map((text) => ({ key: value.name, text })));
	}

	async connectors(): Promise<Connector[]> {
		const doing = 'list connectors';
		const reply = await this.#expect(doing, [200], this.#rest.call('GET', 'connectors?expand=status&expand=info'));
		const found: Connector[] = [];
		for (const [name, { status, info }] of Object.entries(this.#shape(doing, listed, reply))) {
			const config = Object.fromEntries(Object.entries(info?.config ?? {}).map(([key, value]) => [key, value ?? '']));
			const tasks = (status?.tasks ?? []).map(({ id, state, trace }) => ({
				id,
				state,
				...(trace === undefined ? {} : { trace }),
			}));
			found.push({ name, state: status?.connector.state ?? 'unknown', tasks, config });
		}
		return found.sort((a, b) => (a.name < b.name ? -1 : 1));
	}

	/**
	 * Asked twice: Connect looks up which partitions it has read of its topic so far, and only then reads it to the end. The first
	 * answer may lack what was written a moment ago, the second has it.
	 */
	async positions(connector: string): Promise<PartitionMap<bigint>> {
		await this.#knownPositions(connector);
		return this.#knownPositions(connector);
	}

	async #knownPositions(connector: string): Promise<PartitionMap<bigint>> {
		const doing = `read the positions of ${connector}`;
		const reply = await this.#expect(doing, [200], this.#rest.call('GET', `${path(connector)}/offsets`), connector);
		const { offsets } = this.#shape(doing, z.looseObject({ offsets: z.array(z.unknown()) }), reply);
		const positions = new PartitionMap<bigint>();
		for (const row of offsets) {
			const known = positionRow.safeParse(row);
			if (!known.success) continue;
			const { topic, partition } = known.data.partition;
			positions.set({ topic, partition }, BigInt(known.data.offset.offset));
		}
		return positions;
	}

	async stop(connector: string): Promise<void> {
		await this.#expect(`stop ${connector}`, [204], this.#rest.call('PUT', `${path(connector)}/stop`), connector);
	}

	async resume(connector: string): Promise<void> {
		await this.#expect(`resume ${connector}`, [202], this.#rest.call('PUT', `${path(connector)}/resume`), connector);
	}

	async prepare(connector: string, config: Record<string, string>): Promise<void> {
		const doing = `create ${connector}`;
		const whole = this.#whole(config);
		if (!atLeast(this.#version ?? (await this.version()), createsStopped))
			return this.#prepareInTwo(connector, whole, doing);
		const body = { name: connector, config: whole, initial_state: 'STOPPED' };
		const reply = await this.#rest.call('POST', 'connectors', body);
		if (reply.status === 201) return this.#awaitStopped(connector, doing);
		if (!alreadyExists(reply)) throw this.#rest.failure(doing, reply);
		await this.#awaitStopped(connector, `replace the configuration of ${connector}`);
		await this.#expect(doing, [200, 201], this.#rest.call('PUT', `${path(connector)}/config`, whole), connector);
	}

	#whole(config: Record<string, string>): Record<string, string> {
		return this.beside === this.alias ? config : besideAnother(config);
	}

	/** Before 3.7 a connector is born running: it is given no topic and no group until it is STOPPED. */
	async #prepareInTwo(connector: string, config: Record<string, string>, doing: string): Promise<void> {
		const idle = { ...config, name: connector, topics: takesNothing, groups: takesNothing };
		const reply = await this.#rest.call('POST', 'connectors', { name: connector, config: idle });
		if (reply.status === 201) {
			await this.stop(connector);
			await this.#awaitStopped(connector, doing, idleStates);
		} else if (!alreadyExists(reply)) throw this.#rest.failure(doing, reply);
		await this.#awaitStopped(connector, `replace the configuration of ${connector}`);
		await this.#expect(doing, [200, 201], this.#rest.call('PUT', `${path(connector)}/config`, config), connector);
	}

	async seed(connector: string, source: string, positions: PartitionMap<bigint>): Promise<void> {
		if (positions.size === 0) return;
		const doing = `set the positions of ${connector}`;
		await this.#awaitStopped(connector, doing);
		const offsets = [...positions].map(([{ topic, partition }, offset]) => ({
			partition: { cluster: source, partition, topic },
			offset: { offset: wireInteger(offset) },
		}));
		await this.#alter(connector, doing, () => this.#rest.call('PATCH', `${path(connector)}/offsets`, { offsets }));
		await this.#awaitPositions(connector, doing, (held) =>
			[...positions].every(([at, offset]) => held.get(at) === offset),
		);
	}

	async forget(connector: string, only?: { source: string; partitions: readonly TopicPartition[] }): Promise<void> {
		const doing = `forget the positions of ${connector}`;
		await this.#awaitStopped(connector, doing);
		const offsets = only?.partitions.map(({ topic, partition }) => ({
			partition: { cluster: only.source, partition, topic },
			offset: null,
		}));
		const erase = (): Promise<Reply> =>
			offsets
				? this.#rest.call('PATCH', `${path(connector)}/offsets`, { offsets })
				: this.#rest.call('DELETE', `${path(connector)}/offsets`);
		await this.#alter(connector, doing, erase);
		// Connect deletes those it has read so far: whatever a reading still shows is deleted again.
		await this.#awaitPositions(connector, doing, async (held) => {
			const left = only ? only.partitions.some((at) => held.has(at)) : held.size > 0;
			if (left) await this.#alter(connector, doing, erase);
			return !left;
		});
	}

	/** Waits until the positions, read back, are as wanted. */
	async #awaitPositions(
		connector: string,
		doing: string,
		wanted: (held: PartitionMap<bigint>) => boolean | Promise<boolean>,
	): Promise<void> {
		const deadline = performance.now() + this.#timeoutMs;
		while (!(await wanted(await this.positions(connector)))) {
			if (performance.now() > deadline) {
				throw new KdrError(
					'KDR_OUTCOME_UNKNOWN',
					`${this.#rest.place}: could not ${doing}: Connect accepted it, but ${this.#timeoutMs} ms later it reads back something else`,
					{
						hint: 'kdr mirror status shows what is true now',
						worldMayHaveChanged: true,
						details: { cluster: this.alias, connector },
					},
				);
			}
			await pause(100);
		}
	}

	/**
	 * A worker that has just created connectors may fail to read its config topic to the end (500); what is said is absolute and
	 * the connector is STOPPED, so saying it again changes nothing.
	 */
	async #alter(connector: string, doing: string, say: () => Promise<Reply>): Promise<void> {
		let reply = await say();
		for (let tries = 1; reply.status === 500 && tries < 5; tries++) {
			await pause(500 * tries);
			reply = await say();
		}
		await this.#expect(doing, [200], Promise.resolve(reply), connector);
	}

	async remove(connector: string): Promise<void> {
		const reply = await this.#rest.call('DELETE', path(connector));
		if (reply.status !== 204 && reply.status !== 404) throw this.#rest.failure(`remove ${connector}`, reply);
	}

	/** Waits until Connect shows the connector STOPPED and without tasks; right after creation it shows nothing at all. */
	async #awaitStopped(connector: string, doing: string, passingStates = onTheWay): Promise<void> {
		const deadline = performance.now() + this.#timeoutMs;
		for (;;) {
			const seen = (await this.connectors()).find(({ name }) => name === connector);
			if (seen?.state === 'STOPPED' && seen.tasks.length === 0) return;
			const passing = seen === undefined || passingStates.has(seen.state);
			if (!passing || performance.now() > deadline) {
				const state = seen ? `${seen.state} with ${seen.tasks.length} tasks` : 'not there';
				throw new KdrError(
					'KDR_CONNECT_ERROR',
					`${this.#rest.place}: could not ${doing}: it must be STOPPED, but is ${state}`,
					{
						details: { cluster: this.alias, connector, state },
					},
				);
			}
			await pause(100);
		}
	}

	async #expect(doing: string, statuses: readonly number[], call: Promise<Reply>, connector?: string): Promise<Reply> {
		const reply = await call;
		if (statuses.includes(reply.status)) return reply;
		if (reply.status === 404 && connector !== undefined) {
			throw new KdrError(
				'KDR_CONNECTOR_MISSING',
				`${this.#rest.place}: could not ${doing}: no connector has that name`,
				{
					hint: 'kdr mirror status lists the connectors; names come from mirror.connectors in kdr.yaml',
					details: { cluster: this.alias, connector },
				},
			);
		}
		throw this.#rest.failure(doing, reply);
	}

	#shape<T>(doing: string, schema: z.ZodType<T>, reply: Reply): T {
		const checked = schema.safeParse(reply.body);
		if (checked.success) return checked.data;
		throw new KdrError(
			'KDR_CONNECT_ERROR',
			`${this.#rest.place}: could not ${doing}: the answer does not come from Connect (${message(reply) || 'unknown shape'})`,
		);
	}
}

/** States a connector passes through on its way to STOPPED: not listed yet, handed round in a rebalance, tasks still ending. */
const onTheWay: ReadonlySet<string> = new Set(['unknown', 'UNASSIGNED', 'RESTARTING', 'STOPPED']);

/** The same for one that was born running. */
const idleStates: ReadonlySet<string> = new Set([...onTheWay, 'RUNNING', 'FAILED']);

/** A regular expression that no name matches. */
const takesNothing = 'kdr-takes-nothing';

function path(connector: string): string {
	// URL parsers take these two for steps in the path, however they are encoded.
	if (connector === '.' || connector === '..')
		throw new KdrError('KDR_CONNECTOR_MISSING', `"${connector}" cannot name a connector`);
	return `connectors/${encodeURIComponent(connector)}`;
}

const basic = (username: string, password: string): string =>
	`Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;

/** JSON numbers are exact only up to 2^53; no log has got that far, and a wrong position would skip records. */
function wireInteger(offset: bigint): number {
	if (offset < 0n || offset > BigInt(Number.MAX_SAFE_INTEGER)) {
		throw new KdrError('KDR_BUG', `offset ${offset} cannot be a connector position`);
	}
	return Number(offset);
}
