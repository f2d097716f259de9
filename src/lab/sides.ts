import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { KdrError } from '../domain/errors/kdr-error.ts';
import { serverClasses } from './class-archive.ts';
import { allBrokersAnswer } from './cluster-setup.ts';
import { workerProperties } from './connect-config.ts';
import { workerReady } from './connect-setup.ts';
import type { LabAlias, LabProcess, LabState, LabUser } from './estate.ts';
import { labUsers } from './estate.ts';
import { estateOf } from './estates/index.ts';
import { brokerProperties, formatArguments, jvm, mains, properties, zookeeperConfig } from './kafka-config.ts';
import { javaCommand } from './preflight.ts';
import { isAlive, startProcess, untilGone } from './processes.ts';
import type { Release } from './releases.ts';
import { readSecret, updateState } from './state.ts';
import { until } from './waiting.ts';

/** Generous: it only matters when a process neither ends nor answers, and machines can be busy. */
const startMs = 120_000;
const log4jFile = ({ dir }: LabState, release: Release): string =>
	join(dir, release.startsWith('3.') ? 'log4j.properties' : 'log4j2.yaml');
const brokerFolder = (dir: string, alias: LabAlias, id: number): string => join(dir, alias, `broker-${id}`);
const logFile = (dir: string, name: string): string => join(dir, 'logs', `${name}.log`);

/**
 * Starts the brokers of a side that are not alive, on their old addresses with their old data (formatted the first time),
 * and waits until all answer. Without Connect: nothing is mirrored. Gives the ids of those it started.
 */
export async function startBrokers(state: LabState, alias: LabAlias, signal?: AbortSignal): Promise<number[]> {
	const stopped = state.sides[alias].brokers.filter(({ process }) => !isAlive(process));
	const dead = stopped.map(({ id }) => id);
	if (dead.length === 0) return [];
	await untilGone(stopped.map(({ process }) => process)); // their locks on the data with them
	await startZookeeper(state, alias, signal);
	await Promise.all(dead.map((id) => startBroker(state, alias, id, signal)));
	const { brokers, zookeeper } = state.sides[alias];
	const processes = zookeeper ? [] : brokers.map(({ process }) => process);
	const what = `brokers of ${alias}`;
	await until({ what, ms: startMs, processes, signal }, async () => {
		// ZooKeeper keeps the session of a killed broker for some seconds; until then the broker finds its own id taken, and ends.
		const ended = zookeeper ? brokers.filter(({ process }) => !isAlive(process)) : [];
		await Promise.all(ended.map(({ id }) => startBroker(state, alias, id, signal)));
		return (await allBrokersAnswer(state, alias)) ? true : null;
	});
	return dead;
}

/** Starts the Connect worker of a side unless it is alive, and waits until it is ready. True if it was started. */
export async function startConnect(state: LabState, alias: LabAlias, signal?: AbortSignal): Promise<boolean> {
	const { connect, brokers } = state.sides[alias];
	if (isAlive(connect.process)) return false;
	await untilGone([connect.process]);
	const file = join(state.dir, 'connect', `${alias}.properties`);
	await writeFile(file, properties(workerProperties(state, alias)), { mode: 0o600 });
	const log4j = log4jFile(state, estateOf(state).connect);
	const program = { jars: state.connectJars, main: mains.connect };
	const classes = serverClasses(state.dir, program, alias === 'west');
	const args = [...classes, ...jvm({ ...program, log4j, heapMb: 256, args: [file] })];
	await record(
		state,
		startProcess(state.dir, logFile(state.dir, `${alias}-connect`), javaCommand(), args),
		(lab, started) => {
			lab.sides[alias].connect.process = started;
		},
	);
	const processes = [state.sides[alias].connect.process, ...brokers.map(({ process }) => process)];
	await until({ what: `Connect worker of ${alias}`, ms: startMs, processes, signal }, () => workerReady(connect.url));
	return true;
}

/** Notes a started process in lab.json at once: whatever happens to us, `down` must find it. */
export async function record(
	state: LabState,
	started: LabProcess,
	put: (lab: LabState, started: LabProcess) => void,
): Promise<void> {
	put(state, started);
	await updateState(state.dir, (lab) => put(lab, started));
}

async function startBroker(state: LabState, alias: LabAlias, id: number, signal?: AbortSignal): Promise<void> {
	const folder = brokerFolder(state.dir, alias, id);
	const file = join(folder, 'server.properties');
	await mkdir(folder, { recursive: true, mode: 0o700 });
	const logDir = join(folder, 'data');
	const passwords = await allPasswords(state.dir);
	const ids = state.sides[alias].brokers.map((broker) => broker.id);
	await writeFile(
		file,
		brokerProperties({ index: state.index, alias, ids, id, logDir, passwords, zookeeper: zookeeperAt(state, alias) }),
		{ mode: 0o600 },
	);
	const formatted = existsSync(join(logDir, 'meta.properties')) || state.sides[alias].zookeeper !== undefined;
	if (!formatted) await format(state, { alias, id, file, passwords, signal });
	const log4j = log4jFile(state, state.kafkaVersion);
	const program = { jars: state.jars, main: mains.broker };
	const classes = serverClasses(state.dir, program, alias === 'west' && id === ids[0]);
	const args = [...classes, ...jvm({ ...program, log4j, heapMb: 512, args: [file] })];
	await record(
		state,
		startProcess(state.dir, logFile(state.dir, `${alias}-broker-${id}`), javaCommand(), args),
		(lab, started) => {
			for (const broker of lab.sides[alias].brokers) if (broker.id === id) broker.process = started;
		},
	);
}

const zookeeperAt = (state: LabState, alias: LabAlias): string | undefined => {
	const { zookeeper } = state.sides[alias];
	return zookeeper && `${zookeeper.host}:${zookeeper.port}`;
};

/** Where the side has one that is not alive. It is not waited for: the brokers ask it until it answers. */
async function startZookeeper(state: LabState, alias: LabAlias, signal?: AbortSignal): Promise<void> {
	const { zookeeper } = state.sides[alias];
	if (!zookeeper || isAlive(zookeeper.process)) return;
	signal?.throwIfAborted();
	await untilGone([zookeeper.process]);
	const folder = join(state.dir, alias, 'zookeeper');
	const file = join(folder, 'zoo.cfg');
	await mkdir(folder, { recursive: true, mode: 0o700 });
	await writeFile(file, zookeeperConfig(join(folder, 'data'), zookeeper), { mode: 0o600 });
	const log4j = log4jFile(state, state.kafkaVersion);
	const args = jvm({ jars: state.jars, log4j, heapMb: 128, main: mains.zookeeper, args: [file] });
	await record(
		state,
		startProcess(state.dir, logFile(state.dir, `${alias}-zookeeper`), javaCommand(), args),
		(lab, started) => {
			const side = lab.sides[alias];
			if (side.zookeeper) side.zookeeper.process = started;
		},
	);
}

interface Formatting {
	alias: LabAlias;
	id: number;
	file: string;
	passwords: Record<LabUser, string>;
	signal: AbortSignal | undefined;
}

async function format(state: LabState, { alias, id, file, passwords, signal }: Formatting): Promise<void> {
	const argumentFile = `${file}.format`;
	await writeFile(argumentFile, formatArguments(state.sides[alias].clusterId, file, passwords), { mode: 0o600 });
	const args = jvm({
		jars: state.jars,
		log4j: log4jFile(state, state.kafkaVersion),
		heapMb: 128,
		main: mains.storage,
		args: [`@${argumentFile}`],
	});
	try {
		await promisify(execFile)(javaCommand(), args, { cwd: state.dir, timeout: startMs, signal });
	} catch (error) {
		signal?.throwIfAborted();
		const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
		throw new KdrError(
			'KDR_LAB_START_FAILED',
			`formatting broker ${id} of ${alias} failed: ${(stderr || stdout).trim().slice(-600)}`,
		);
	} finally {
		await rm(argumentFile, { force: true });
	}
}

async function allPasswords(dir: string): Promise<Record<LabUser, string>> {
	const entries = await Promise.all(labUsers.map(async (user) => [user, await readSecret(dir, user)] as const));
	return Object.fromEntries(entries) as Record<LabUser, string>;
}
