import { randomUUID } from 'node:crypto';
import { existsSync, rmSync } from 'node:fs';
import { createConnection } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asAdmin, labKafka, topicsMissing } from '../../src/lab/cluster-setup.ts';
import { lookupThrough } from '../../src/lab/dns/lookup.ts';
import type { LabAlias, LabState } from '../../src/lab/estate.ts';
import { freezeSide, killSide, labDown, labStatus, labUp, openLab, startBrokers, thawSide } from '../../src/lab/lab.ts';
import { readSecret } from '../../src/lab/state.ts';
import { KafkaSession } from '../../src/lab/traffic/kafka-session.ts';
import { temporaryFolder } from '../support/clean-up.ts';

const quiet = () => {};
const poll = { timeout: 30_000, interval: 200 };

describe('the lab on real brokers', () => {
	const home = temporaryFolder('lab');
	const stateHome = process.env.XDG_STATE_HOME;
	const name = `one-${process.pid}`;
	const second = `two-${process.pid}`;
	let state: LabState;

	beforeAll(async () => {
		process.env.XDG_STATE_HOME = home; // labs of the person stay alone; the jars' cache is shared
		({ state } = await labUp({ name }, quiet));
	});
	afterAll(async () => {
		for (const lab of [name, second]) await labDown(lab).catch(quiet);
		if (stateHome === undefined) delete process.env.XDG_STATE_HOME;
		else process.env.XDG_STATE_HOME = stateHome;
		rmSync(home, { recursive: true });
	});

	const states = (lab: LabState, alias: LabAlias) =>
		new Set(labStatus(openLab(lab.name)).flatMap((row) => (row.name.startsWith(alias) ? [row.state] : [])));

	async function produce(lab: LabState, key: string): Promise<void> {
		const producer = (await labKafka(lab, 'east', 'app')).producer();
		await producer.connect();
		await producer.send({
			topic: 'payments',
			messages: [{ key, value: null, partition: 0, headers: { bytes: Buffer.from([0, 255, 10]) } }],
		});
		await producer.disconnect();
	}

	/** Connects the traffic's own session to east. The answer: how often a record sent from then on had no answer. */
	async function triesUnheard(lab: LabState): Promise<() => Promise<number>> {
		const password = await readSecret(lab.dir, 'app');
		const ctx = { state: lab, password, draining: new AbortController().signal, log: quiet };
		const { session } = await KafkaSession.open(ctx, 'unheard', lookupThrough(lab.dns.servers));
		const producer = session.producer({ idempotent: true, maxInFlightRequests: 1, retry: { retries: 1 } });
		await producer.connect();
		return async () => {
			const messages = [{ key: 'unheard', value: null, partition: 0 }];
			await expect(producer.send({ topic: 'payments', messages })).rejects.toThrow('timed out');
			const { unheard } = session;
			session.end();
			return unheard;
		};
	}

	async function arrives(lab: LabState, key: string): Promise<Record<string, unknown> | undefined> {
		const consumer = (await labKafka(lab, 'west', 'app')).consumer({
			groupId: `app-look-${randomUUID()}`,
			retry: { retries: 8 },
		});
		await consumer.connect();
		await consumer.subscribe({ topics: ['payments'], fromBeginning: true });
		let headers: Record<string, unknown> | undefined;
		await consumer.run({
			eachMessage: async ({ message }) => {
				if (message.key?.toString() === key) headers = message.headers;
			},
		});
		await expect.poll(() => headers, poll).toBeDefined();
		await consumer.disconnect();
		return headers;
	}

	it('is up with all topics on both sides, in less than 1.5 GB', async () => {
		const rows = labStatus(state);
		expect(new Set(rows.map((row) => row.state))).toEqual(new Set(['up']));
		expect(rows.reduce((sum, { rss }) => sum + rss, 0)).toBeLessThan(1.5e9);
		for (const alias of ['east', 'west'] as const) expect(await topicsMissing(state, alias)).toEqual([]);
	});

	it('a record written by the application arrives on west, headers byte for byte', async () => {
		await produce(state, 'first');
		expect(await arrives(state, 'first')).toEqual({ bytes: Buffer.from([0, 255, 10]) });
	});

	it('the position of a group on east appears on west', async () => {
		const offsets = [{ partition: 0, offset: '1' }];
		await asAdmin(state, 'east', (admin) =>
			admin.setOffsets({ groupId: 'app-synced', topic: 'payments', partitions: offsets }),
		);
		const onWest = () =>
			asAdmin(state, 'west', (admin) => admin.fetchOffsets({ groupId: 'app-synced', topics: ['payments'] }));
		const committed = async () => (await onWest())[0]?.partitions.find(({ partition }) => partition === 0)?.offset;
		await expect.poll(committed, poll).toBe('1');
	});

	it('the application may neither write elsewhere nor see the ACLs', async () => {
		const kafka = await labKafka(state, 'east', 'app');
		const admin = kafka.admin();
		await admin.connect();
		await expect(admin.createTopics({ topics: [{ topic: 'mine' }] })).rejects.toThrow();
		await admin.disconnect();
	});

	it('a frozen side is seen, thaws, and a killed side comes back with its data on its addresses', async () => {
		const unheard = await triesUnheard(state);
		freezeSide(state, 'east');
		await expect.poll(() => states(state, 'east'), poll).toEqual(new Set(['frozen']));
		// kafkajs sends again what it gave up, on the same connection: a refusal of the second try says nothing about the first.
		expect(await unheard()).toBeGreaterThan(0);
		expect((await labUp({ name }, quiet)).frozen).toEqual(['east-broker-1', 'east-connect']);
		thawSide(state, 'east');
		await expect.poll(() => states(state, 'east'), poll).toEqual(new Set(['up']));
		await killSide(state, 'east');
		await expect.poll(() => states(state, 'east'), poll).toEqual(new Set(['dead']));
		const back = await labUp({ name }, quiet);
		expect(back.started).toEqual(['east-broker-1', 'east-connect']);
		expect(back.state.sides.east.brokers[0]?.host).toBe(state.sides.east.brokers[0]?.host);
		await produce(back.state, 'after');
		expect(await arrives(back.state, 'after')).toBeDefined();
		expect(await arrives(back.state, 'first')).toBeDefined();
	});

	it('brokers of a killed side can be started alone, to be read', async () => {
		const now = openLab(name);
		await killSide(now, 'east');
		expect(await startBrokers(now, 'east')).toEqual([1]);
		const rows = labStatus(openLab(name)).filter((row) => row.name.startsWith('east'));
		expect(rows.map((row) => [row.name, row.state])).toEqual([
			['east-broker-1', 'up'],
			['east-connect', 'dead'],
		]);
		expect((await labUp({ name }, quiet)).started).toEqual(['east-connect']);
	});

	it('another number of brokers is refused', async () => {
		await expect(labUp({ name, brokers: 3 }, quiet)).rejects.toMatchObject({ code: 'KDR_LAB_EXISTS' });
	});

	it('two labs are up at once, apart from each other; taken down, nothing is left of either', async () => {
		const other = (await labUp({ name: second }, quiet)).state;
		expect(other.index).not.toBe(state.index);
		await produce(other, 'other');
		expect(await arrives(other, 'other')).toBeDefined();
		await killSide(other, 'west');
		expect(states(state, 'west')).toEqual(new Set(['up']));
		const before = [...labStatus(openLab(name)), ...labStatus(other)];
		freezeSide(openLab(name), 'west');
		for (const lab of [name, second]) await labDown(lab);
		// Polled: a killed child of this very process is there until Node has collected it.
		for (const { pid } of before) await expect.poll(() => exists(pid), poll).toBe(false);
		for (const lab of [state, other]) {
			expect(existsSync(lab.dir)).toBe(false);
			for (const alias of ['east', 'west'] as const)
				expect(await listens(lab.sides[alias].brokers[0]?.host ?? '', 9092)).toBe(false);
			expect(await listens(lab.dns.host, 4566)).toBe(false);
		}
	});
});

function exists(pid: number): boolean {
	try {
		return process.kill(pid, 0);
	} catch {
		return false;
	}
}

function listens(host: string, port: number): Promise<boolean> {
	return new Promise((resolve) => {
		const socket = createConnection({ host, port });
		socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
		socket.once('connect', () => socket.destroy());
	});
}
