import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { ConnectMirror } from '../../src/adapters/connect-rest/mirror.ts';
import { PartitionMap } from '../../src/domain/kafka/partition.ts';
import { roleOf } from '../../src/domain/mirror/identity.ts';

const servers: Server[] = [];
afterEach(() => {
	for (const server of servers.splice(0)) {
		server.closeAllConnections();
		server.close();
	}
});

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** A Connect worker that gives the answers it is configured with; returns its URL. */
async function worker(handler: Handler): Promise<string> {
	const server = createServer(handler);
	servers.push(server);
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const json = (response: ServerResponse, status: number, body: unknown): void => {
	response.writeHead(status, { 'content-type': 'application/json' });
	response.end(JSON.stringify(body));
};

const mirrorAt = (
	urls: string[],
	timeoutMs = 2_000,
	auth?: { username: string; password: { env: string } },
): ConnectMirror =>
	new ConnectMirror(
		{ alias: 'west', bootstrap: [], connect: { urls, ...(auth ? { auth } : {}) } },
		async () => 's3cret',
		{ timeoutMs },
	);

/**
 * A worker with one stopped connector, as Connect 4.3 is (Worker, KafkaOffsetBackingStore): GET offsets looks up the partitions it has
 * read so far and only then reads its topic to the end; DELETE offsets deletes those it has read so far.
 */
async function workerThatReadsLate({ ignoresWrites = false } = {}) {
	const topic = new Map<string, { partition: object; offset: { offset: number } | null }>();
	const read = new Set<string>();
	const write = (partition: object, offset: { offset: number } | null): void => {
		if (!ignoresWrites) topic.set(JSON.stringify(partition), { partition, offset });
	};
	const readToEnd = (): void => {
		for (const [key, { offset }] of topic) offset ? read.add(key) : read.delete(key);
	};
	const url = await worker(async (request, response) => {
		if (request.method === 'PATCH') {
			const body = Buffer.concat(await Array.fromAsync(request as AsyncIterable<Buffer>)).toString();
			const { offsets } = JSON.parse(body) as { offsets: { partition: object; offset: { offset: number } }[] };
			for (const { partition, offset } of offsets) write(partition, offset);
			return json(response, 200, {});
		}
		if (request.method === 'DELETE') {
			for (const key of read) write(JSON.parse(key) as object, null);
			return json(response, 200, {});
		}
		if (request.url?.endsWith('/offsets')) {
			const known = [...read];
			readToEnd();
			return json(response, 200, { offsets: known.map((key) => topic.get(key)) });
		}
		const config = { 'connector.class': 'MirrorSourceConnector' };
		json(response, 200, { back: { status: { connector: { state: 'STOPPED' }, tasks: [] }, info: { config } } });
	});
	const commit = (name: string, partition: number, offset: number): void =>
		write({ cluster: 'west', partition, topic: name }, { offset });
	/** The positions its topic holds, read or not. */
	const held = (): number[] => [...topic.values()].flatMap(({ offset }) => (offset ? [offset.offset] : []));
	return { url, commit, held };
}

const hangs: Handler = () => {};

describe('Connect over REST', () => {
	it('asks the next worker when one is gone or frozen, within one deadline', async () => {
		const good = await worker((_, response) => json(response, 200, { version: '4.3.1', kafka_cluster_id: 'abc' }));
		expect(await mirrorAt(['http://127.0.0.1:1', await worker(hangs), good], 4_000).kafkaClusterId()).toBe('abc');
	});

	it('names every URL, without its credentials, when no worker answers', async () => {
		const thrown = await mirrorAt(['http://user:pw@127.0.0.1:1', 'http://127.0.0.1:2'])
			.connectors()
			.catch((error: Error) => error);
		expect(thrown).toMatchObject({
			code: 'KDR_CONNECT_UNREACHABLE',
			message: expect.stringContaining('http://127.0.0.1:2'),
		});
		expect(JSON.stringify([thrown, String(thrown)])).not.toContain('pw@');
	});

	it('asks again while Connect rebalances', async () => {
		let asked = 0;
		const url = await worker((_, response) =>
			++asked < 4 ? json(response, 409, { message: 'rebalance expected' }) : json(response, 204, null),
		);
		await mirrorAt([url]).stop('c');
		expect(asked).toBe(4);
	});

	it('gives up on a rebalance that does not end', async () => {
		const url = await worker((_, response) => json(response, 409, { error_code: 409, message: 'rebalance expected' }));
		await expect(mirrorAt([url], 600).stop('c')).rejects.toMatchObject({
			code: 'KDR_CONNECT_ERROR',
			message: expect.stringContaining('rebalance expected'),
		});
	});

	it('says that the outcome of a write is unknown when it was sent and never answered', async () => {
		const url = await worker((request, response) =>
			request.method === 'PUT' ? request.socket.destroy() : json(response, 200, {}),
		);
		await expect(mirrorAt([url]).stop('c')).rejects.toMatchObject({
			code: 'KDR_OUTCOME_UNKNOWN',
			worldMayHaveChanged: true,
		});
	});

	it('follows a redirect on the same host only, and never gives its password to another', async () => {
		const seen: (string | undefined)[] = [];
		const thief = await worker((request, response) => {
			seen.push(request.headers.authorization);
			json(response, 200, { kafka_cluster_id: 'stolen' });
		});
		const url = await worker((request, response) => {
			seen.push(request.headers.authorization);
			response.writeHead(307, { location: `${thief}/` });
			response.end();
		});
		const mirror = mirrorAt([url], 2_000, { username: 'kdr', password: { env: 'X' } });
		await expect(mirror.kafkaClusterId()).rejects.toMatchObject({ code: 'KDR_CONNECT_ERROR' });
		expect(seen).toEqual([`Basic ${Buffer.from('kdr:s3cret').toString('base64')}`]);
	});

	it('tells wrong credentials from other errors', async () => {
		const url = await worker((_, response) => json(response, 401, { message: 'User cannot access the resource.' }));
		await expect(mirrorAt([url]).connectors()).rejects.toMatchObject({ code: 'KDR_AUTH_FAILED' });
	});

	it('gives a connector on workers beside another cluster a producer of its own, and says what those workers must allow', async () => {
		const bodies: { config: Record<string, string> }[] = [];
		const url = await worker(async (request, response) => {
			if (request.method === 'GET') return json(response, 200, { version: '4.3.1', kafka_cluster_id: 'abc' });
			const body = Buffer.concat(await Array.fromAsync(request as AsyncIterable<Buffer>)).toString();
			bodies.push(JSON.parse(body) as { config: Record<string, string> });
			json(response, 400, { message: 'The override policy does not allow producer.override.bootstrap.servers' });
		});
		const mirror = new ConnectMirror(
			{ alias: 'east', bootstrap: [], connect: { urls: [url], beside: 'west' } },
			async () => '',
			{
				timeoutMs: 2_000,
			},
		);
		const prepared = mirror.prepare('w-e', { 'target.cluster.bootstrap.servers': 'east:9092' });
		await expect(prepared).rejects.toMatchObject({
			hint: expect.stringContaining('connector.client.config.override.policy=All'),
		});
		expect(bodies[0]?.config['producer.override.bootstrap.servers']).toBe('east:9092');
	});

	it('lists only MirrorMaker connectors, also one that has no status yet', async () => {
		const config = (simple: string) => ({
			'connector.class': simple,
			'source.cluster.alias': 'east',
			'target.cluster.alias': 'west',
		});
		const url = await worker((_, response) =>
			json(response, 200, {
				other: {
					info: { config: config('org.example.FileSource') },
					status: { connector: { state: 'RUNNING' }, tasks: [] },
				},
				fresh: { info: { config: config('MirrorSourceConnector') } },
			}),
		);
		expect(
			(await mirrorAt([url]).connectors()).map(({ name, config, state }) => [name, roleOf(config), state]),
		).toEqual([
			['fresh', 'source', 'unknown'],
			['other', null, 'RUNNING'],
		]);
	});

	it('creates a connector on 3.6 without topics, stops it, and only then gives it topics: that worker cannot create it STOPPED', async () => {
		const calls: string[] = [];
		let [config, state] = [{} as Record<string, string>, ''];
		const url = await worker(async (request, response) => {
			const text = Buffer.concat(await Array.fromAsync(request as AsyncIterable<Buffer>)).toString();
			const body = text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
			if (request.url === '/') return json(response, 200, { version: '3.6.2', kafka_cluster_id: 'abc' });
			if (request.method === 'GET')
				return json(response, 200, { back: { info: { config }, status: { connector: { state }, tasks: [] } } });
			calls.push(`${request.method} ${request.url} ${state}`);
			if (request.url?.endsWith('/stop')) {
				state = 'STOPPED';
				return void response.writeHead(204).end();
			}
			if (request.method === 'POST') state = 'RUNNING';
			if ('initial_state' in body) return json(response, 500, { message: 'Unrecognized field "initial_state"' });
			config = (body.config ?? body) as Record<string, string>;
			if (state === 'RUNNING') expect(config.topics).not.toContain('orders');
			json(response, request.method === 'POST' ? 201 : 200, {});
		});
		await mirrorAt([url]).prepare('back', { 'connector.class': 'MirrorSourceConnector', topics: 'orders' });
		expect(calls).toEqual([
			'POST /connectors ',
			'PUT /connectors/back/stop RUNNING',
			'PUT /connectors/back/config STOPPED',
		]);
		expect(config.topics).toBe('orders');
	});

	it('says what the workers find wrong with a configuration, also when they cannot resolve it at all', async () => {
		const value = (name: string, errors: string[]) => ({ definition: {}, value: { name, value: null, errors } });
		const url = await worker((request, response) =>
			request.url?.includes('/Broken/')
				? json(response, 500, { message: 'Could not read properties from file /s' })
				: json(response, 200, { configs: [value('topics', []), value('tasks.max', ['Not a number'])] }),
		);
		const validate = (name: string) => mirrorAt([url]).validate({ 'connector.class': name });
		expect(await validate('MirrorSource')).toEqual([{ key: 'tasks.max', text: 'Not a number' }]);
		expect(await validate('Broken')).toEqual([{ key: '', text: 'Could not read properties from file /s' }]);
	});

	it('takes positions of source connectors and leaves other shapes alone', async () => {
		const url = await worker((_, response) =>
			json(response, 200, {
				offsets: [
					{ partition: { cluster: 'east', partition: 3, topic: 'orders' }, offset: { offset: 41 } },
					{ partition: { sourceClusterAlias: 'east', targetClusterAlias: 'west' }, offset: { offset: 0 } },
					{ partition: { cluster: 'east', partition: 4, topic: 'orders' }, offset: null },
				],
			}),
		);
		expect([...(await mirrorAt([url]).positions('c'))]).toEqual([[{ topic: 'orders', partition: 3 }, 41n]]);
	});

	it('seeds a stopped connector that a rebalance hands round, and asks again when the worker cannot read its config topic yet', async () => {
		const states = ['UNASSIGNED', 'STOPPED'];
		const offsets = [{ partition: { cluster: 'west', partition: 0, topic: 'orders' }, offset: { offset: 1 } }];
		let patches = 0;
		const url = await worker((request, response) => {
			if (request.method === 'PATCH')
				return ++patches < 2 ? json(response, 500, { message: 'Failed to read to end' }) : json(response, 200, {});
			if (request.url?.endsWith('/offsets')) return json(response, 200, { offsets });
			const status = { connector: { state: states.length > 1 ? states.shift() : states[0] }, tasks: [] };
			const config = { 'connector.class': 'org.apache.kafka.connect.mirror.MirrorSourceConnector' };
			json(response, 200, { back: { status, info: { config } } });
		});
		await mirrorAt([url], 10_000).seed('back', 'west', PartitionMap.from([[{ topic: 'orders', partition: 0 }, 1n]]));
		expect(patches).toBe(2);
	});

	it('reads back every position it has seeded, and none it has deleted, before Connect itself has read its topic', async () => {
		const { url } = await workerThatReadsLate();
		const partitions = [0, 1, 2].map((partition) => ({ topic: 'orders', partition }));
		const positions = PartitionMap.from(partitions.map((at) => [at, 41n]));
		const mirror = mirrorAt([url]);
		await mirror.seed('back', 'west', positions);
		expect([...(await mirror.positions('back'))]).toEqual([...positions]);
		await mirror.seed('back', 'west', PartitionMap.from([[{ topic: 'late', partition: 0 }, 7n]]));
		await mirror.forget('back');
		expect((await mirror.positions('back')).size).toBe(0);
	});

	it('gives every position the tasks have committed, also of partitions Connect has not read yet', async () => {
		const { url, commit } = await workerThatReadsLate();
		const mirror = mirrorAt([url]);
		commit('orders', 0, 41);
		expect([...(await mirror.positions('back'))]).toEqual([[{ topic: 'orders', partition: 0 }, 41n]]);
		commit('orders', 1, 5);
		expect((await mirror.positions('back')).size).toBe(2);
	});

	it('deletes again what Connect had not read when it was asked to delete all', async () => {
		const { url, commit, held } = await workerThatReadsLate();
		commit('orders', 0, 41);
		expect(held()).toEqual([41]);
		await mirrorAt([url]).forget('back');
		expect(held()).toEqual([]);
	});

	it('deletes only the positions it is given: those of other topics stay', async () => {
		const { url, commit, held } = await workerThatReadsLate();
		commit('orders', 0, 41);
		commit('inventory', 0, 7);
		await mirrorAt([url]).forget('back', { source: 'west', partitions: [{ topic: 'orders', partition: 0 }] });
		expect(held()).toEqual([7]);
	});

	it('does not believe a seed that never reads back', async () => {
		const { url } = await workerThatReadsLate({ ignoresWrites: true });
		const seeding = mirrorAt([url], 300).seed(
			'back',
			'west',
			PartitionMap.from([[{ topic: 'orders', partition: 0 }, 1n]]),
		);
		await expect(seeding).rejects.toMatchObject({ code: 'KDR_OUTCOME_UNKNOWN', worldMayHaveChanged: true });
	});

	it('never seeds a negative position', async () => {
		const url = await worker((_, response) =>
			json(response, 200, {
				c: {
					info: { config: { 'connector.class': 'MirrorSourceConnector' } },
					status: { connector: { state: 'STOPPED' }, tasks: [] },
				},
			}),
		);
		const positions = PartitionMap.from([[{ topic: 'orders', partition: 0 }, -1n]]);
		await expect(mirrorAt([url]).seed('c', 'east', positions)).rejects.toMatchObject({ code: 'KDR_BUG' });
	});
});
