import { setTimeout as wait } from 'node:timers/promises';
import { Kafka, logLevel } from 'kafkajs';
import { KdrError } from '../../domain/errors/kdr-error.ts';
import type { TopicPartition } from '../../domain/kafka/partition.ts';
import { PartitionMap } from '../../domain/kafka/partition.ts';
import { activeSide } from '../active-side.ts';
import type { LabAlias, LabSide, LabState } from '../estate.ts';
import { labAliases } from '../estate.ts';
import { estateOf } from '../estates/index.ts';
import { isAlive } from '../processes.ts';
import { readSecret } from '../state.ts';
import type { LedgerResult } from './compute.ts';
import { computeLedger } from './compute.ts';
import type { ActorFile } from './events.ts';
import { readLedgerFiles } from './files.ts';
import type { History, SideDump } from './history.ts';
import { LogReader } from './log-reader.ts';
import { withBrokersUp } from './wake.ts';

type OnProgress = (text: string) => void;

export interface LedgerOptions {
	/** Side the clients belong on; left out: where the lab's DNS name points to. */
	active?: LabAlias | undefined;
	signal?: AbortSignal | undefined;
}

/**
 * The ledger of a lab's traffic. Reads what the clients wrote and the whole of both clusters; brokers that are dead or
 * frozen are woken for it and put back. Throws KDR_LAB_TRAFFIC while traffic runs or when none ever ran.
 */
export async function readLedger(
	state: LabState,
	options: LedgerOptions,
	onProgress: OnProgress,
): Promise<LedgerResult> {
	return computeLedger(await readHistory(state, options, onProgress));
}

/** What the ledger judges by. */
export async function readHistory(
	state: LabState,
	{ active, signal }: LedgerOptions,
	onProgress: OnProgress,
): Promise<History> {
	if (state.traffic && isAlive(state.traffic.process)) {
		throw new KdrError('KDR_LAB_TRAFFIC', 'traffic is still running: the ledger counts what has come to rest', {
			hint: `kdr lab traffic --stop --name ${state.name}`,
		});
	}
	const files = readLedgerFiles(state.dir);
	const side = active ?? (await activeSide(state, 'kdr lab ledger --active east|west'));
	const groups = groupsIn(files);
	const sides: SideDump[] = [];
	for (const alias of labAliases) {
		sides.push(
			await withBrokersUp(state, alias, { onProgress, signal }, () =>
				stubbornly(() => dump(state, state.sides[alias], groups)),
			),
		);
	}
	const compacted = new Set(
		estateOf(state)
			.topics.filter(({ config }) => config['cleanup.policy'] === 'compact')
			.map(({ name }) => name),
	);
	return { active: side, sides, compacted, files };
}

/** A broker that has just come back closes connections and moves coordinators for a while: up to five tries, a second apart. */
async function stubbornly<T>(work: () => Promise<T>): Promise<T> {
	for (let left = 4; ; left--) {
		try {
			return await work();
		} catch (error) {
			if (left === 0) throw error;
			await wait(1_000);
		}
	}
}

const groupsIn = (files: readonly ActorFile[]): string[] => [
	...new Set(files.flatMap(({ header }) => header.group ?? [])),
];

async function dump(state: LabState, side: LabSide, groups: readonly string[]): Promise<SideDump> {
	const password = await readSecret(state.dir, 'admin');
	const reader = new LogReader(side, password);
	try {
		const { cluster, partitions } = await reader.partitions(estateOf(state).topics.map(({ name }) => name));
		const logs: SideDump['logs'] = new PartitionMap();
		for (const at of partitions) logs.set(at, await reader.read(at));
		return { alias: side.alias, cluster, logs, committed: await committedOffsets(side, password, groups) };
	} finally {
		await reader.close();
	}
}

/** Last commits, as the cluster keeps them; partitions without one are left out. */
export async function committedOffsets(
	side: LabSide,
	password: string,
	groups: readonly string[],
): Promise<Map<string, PartitionMap<bigint>>> {
	const kafka = new Kafka({
		clientId: 'ledger',
		brokers: side.brokers.map(({ host, port }) => `${host}:${port}`),
		sasl: { mechanism: 'scram-sha-256', username: 'admin', password },
		connectionTimeout: 3_000,
		requestTimeout: 5_000,
		retry: { retries: 5, initialRetryTime: 200, maxRetryTime: 1_000 },
		logLevel: logLevel.NOTHING,
	});
	const admin = kafka.admin();
	await admin.connect();
	try {
		const entries = groups.map(async (groupId) => [groupId, commits(await admin.fetchOffsets({ groupId }))] as const);
		return new Map(await Promise.all(entries));
	} finally {
		await admin.disconnect();
	}
}

function commits(
	topics: readonly { topic: string; partitions: readonly { partition: number; offset: string }[] }[],
): PartitionMap<bigint> {
	const found: [TopicPartition, bigint][] = [];
	for (const { topic, partitions } of topics) {
		for (const { partition, offset } of partitions)
			if (BigInt(offset) >= 0n) found.push([{ topic, partition }, BigInt(offset)]);
	}
	return PartitionMap.from(found);
}
