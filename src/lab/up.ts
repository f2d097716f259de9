import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { KdrError } from '../domain/errors/kdr-error.ts';
import { brokerHost, brokerPorts, connectHost, dnsEndpoints, ports } from './addresses.ts';
import { createPermissions, createTopics, topicsMissing } from './cluster-setup.ts';
import { createConnectors, sourceRuns } from './connect-setup.ts';
import { createFiles } from './create.ts';
import { startDnsProcess } from './dns-process.ts';
import { takeDown } from './down.ts';
import { type EstateName, type LabAlias, type LabState, labAliases, type RobotKind } from './estate.ts';
import { estateOf } from './estates/index.ts';
import { ensureJars, jarsCached } from './jars.ts';
import { withLock } from './lock.ts';
import { createOtherTeam } from './other-team.ts';
import { startOther, startOthersAgain } from './others.ts';
import { labDir, labsHome } from './paths.ts';
import { needJava, needMaven, needMemory, needPorts } from './preflight.ts';
import { isAlive, processFacts, untilGone } from './processes.ts';
import { mainRelease } from './releases.ts';
import { startBrokers, startConnect } from './sides.ts';
import { claimSlice } from './slices.ts';
import { labExists, labProcesses, readState, updateState } from './state.ts';
import { until } from './waiting.ts';
import { becomeKnown } from './zookeeper.ts';

export interface LabUpOptions {
	name: string;
	/** When left out, `home` for a new lab, and as it is for one that is up. */
	estate?: EstateName | undefined;
	/** Brokers per cluster; when left out, as the estate has them for a new lab, and as they are for one that is up. */
	brokers?: 1 | 3 | undefined;
	/** Started on the lab when it is up, beside those that run. */
	robots?: readonly RobotKind[] | undefined;
	signal?: AbortSignal | undefined;
}

export interface LabUpResult {
	state: LabState;
	/** True when the lab is new; false when it was there already. */
	created: boolean;
	/** Names of processes that were started. */
	started: string[];
	/** Names of processes that are frozen and were left so. */
	frozen: string[];
	tookMs: number;
}

export type OnProgress = (text: string) => void;

/**
 * Brings a lab up, or what is dead of one that is there. A new lab that does not come up is taken down again. Throws
 * KDR_LAB_NEEDS, KDR_LAB_PORT_TAKEN, KDR_LAB_EXISTS (other number of brokers), KDR_LAB_START_FAILED, KDR_LOCKED.
 */
export async function labUp(options: LabUpOptions, onProgress: OnProgress): Promise<LabUpResult> {
	const begin = performance.now();
	const { name } = options;
	const dir = labDir(name);
	await mkdir(labsHome(), { recursive: true, mode: 0o700 });
	return await lockLab(name, async () => {
		if (labExists(name) && !readState(dir)?.complete) {
			onProgress('an earlier "kdr lab up" was cut off: removing what it left');
			await takeDown(name);
		}
		const before = readState(dir);
		const work = before ? revive(before, options, onProgress) : create(options, onProgress);
		const result = await work.catch((error) => {
			throw options.signal?.aborted ? interrupted(options.signal) : error;
		});
		for (const kind of options.robots ?? []) {
			await startOther(result.state, `robot-${kind}`, 'robot/main', ['--kind', kind]);
		}
		return { ...result, tookMs: Math.round(performance.now() - begin) };
	});
}

function interrupted({ reason }: AbortSignal): KdrError {
	const exit = reason === 'SIGTERM' ? 143 : 130;
	return new KdrError('KDR_LAB_START_FAILED', 'interrupted before the lab was up', {
		details: { exit },
		hint: 'kdr lab up',
	});
}

/** One `up` or `down` of a lab at a time. */
export async function lockLab<T>(name: string, work: () => Promise<T>): Promise<T> {
	return await withLock(join(labsHome(), `.${name}.lock`), { what: `lab "${name}"`, waitMs: 1_000 }, work);
}

type Brought = Omit<LabUpResult, 'tookMs'>;

async function create(options: LabUpOptions, onProgress: OnProgress): Promise<Brought> {
	const { name, signal } = options;
	const estate = estateOf({ estate: options.estate ?? 'home' });
	const releases = new Set([estate.release, estate.connect, mainRelease]);
	const brokers = options.brokers ? { east: options.brokers, west: options.brokers } : estate.brokers;
	const cached = [...releases].every((release) => jarsCached(release));
	await Promise.all([needJava(), cached ? null : needMaven()]);
	needMemory(memoryNeeded(brokers));
	for (const release of releases) await ensureJars(release, onProgress, signal);
	const dir = labDir(name);
	const index = await claimSlice(dir, (slice) => needPorts(endpoints(slice, brokers)));
	try {
		const state = await createFiles({ name, estate: estate.name, index, dir, brokers });
		await startAll(state, onProgress, signal);
		const done = await updateState(dir, (lab) => {
			lab.complete = true;
		});
		return { state: done, created: true, started: labProcesses(done).map((one) => one.name), frozen: [] };
	} catch (error) {
		await takeDown(name);
		throw error;
	}
}

async function startAll(state: LabState, onProgress: OnProgress, signal?: AbortSignal): Promise<void> {
	const stop = new AbortController();
	const either = signal ? AbortSignal.any([signal, stop.signal]) : stop.signal;
	const parts = [
		startDnsProcess(state, either),
		...labAliases.map((alias) => startSide(state, alias, onProgress, either)),
	];
	try {
		await Promise.all(parts);
	} catch (error) {
		stop.abort(error);
		await Promise.allSettled(parts); // or they would still start processes while the lab goes down
		throw error;
	}
	onProgress('creating the connectors east → west');
	await mirror(state, signal);
	if (estateOf(state).otherTeam) await startOther(state, 'other-team', 'tenant/main');
}

async function startSide(state: LabState, alias: LabAlias, onProgress: OnProgress, signal: AbortSignal): Promise<void> {
	onProgress(`${alias}: starting ${state.sides[alias].brokers.length} broker(s)`);
	await startBrokers(state, alias, signal);
	await becomeKnown(state, alias);
	await createPermissions(state, alias);
	await createTopics(state, alias);
	if (estateOf(state).otherTeam) await createOtherTeam(state, alias);
	onProgress(`${alias}: brokers answer; starting the Connect worker`);
	await startConnect(state, alias, signal);
	onProgress(`${alias}: Connect answers`);
}

/** Ready means: the topics are on west too, with all their partitions, and the mirror's tasks run. */
async function mirror(state: LabState, signal?: AbortSignal): Promise<void> {
	const processes = [state.sides.west.connect.process, state.sides.west.brokers[0]?.process].filter(
		(one) => one !== undefined,
	);
	const created = async () => {
		await createConnectors(state, 'east', 'west');
		return true;
	};
	await until({ what: 'connectors on west', ms: 30_000, processes, signal }, created);
	await until({ what: 'mirrored topics on west', ms: 60_000, processes, signal }, async () => {
		const missing = await topicsMissing(state, 'west');
		if (missing.length > 0) throw new Error(`missing: ${missing.join(', ')}`);
		return true;
	});
	await until({ what: 'the mirror east → west', ms: 60_000, processes, signal }, () =>
		sourceRuns(state, 'east', 'west'),
	);
}

/** Throws KDR_LAB_EXISTS when the lab is built otherwise than it is wanted. */
function needSameShape(state: LabState, { brokers, estate }: LabUpOptions): void {
	const has = labAliases.map((alias) => state.sides[alias].brokers.length);
	const other =
		estate !== undefined && estate !== state.estate
			? `as ${state.estate}, not ${estate}`
			: brokers !== undefined && has.some((count) => count !== brokers)
				? `with ${has.join(' and ')} broker(s), not ${brokers} per cluster`
				: null;
	if (other === null) return;
	throw new KdrError('KDR_LAB_EXISTS', `lab "${state.name}" is up ${other}`, {
		hint: `kdr lab down --name ${state.name}   or use another --name`,
	});
}

async function revive(state: LabState, options: LabUpOptions, onProgress: OnProgress): Promise<Brought> {
	const { signal } = options;
	needSameShape(state, options);
	const dead = labProcesses(state).filter(({ name, process }) => name !== 'traffic' && !isAlive(process));
	const frozen = labProcesses(state).filter(({ process }) => processFacts(process).state === 'frozen');
	if (dead.length > 0) {
		await Promise.all([needJava(), untilGone(dead.map(({ process }) => process))]);
		await needPorts(
			endpointsOf(
				state,
				dead.map(({ name }) => name),
			),
		);
		onProgress(`bringing back: ${dead.map(({ name }) => name).join(', ')}`);
		await Promise.all([startDnsProcess(state, signal), ...labAliases.map((alias) => reviveSide(state, alias, signal))]);
		await startOthersAgain(state);
	}
	return {
		state: readState(state.dir) ?? state,
		created: false,
		started: dead.map(({ name }) => name),
		frozen: frozen.map(({ name }) => name),
	};
}

async function reviveSide(state: LabState, alias: LabAlias, signal?: AbortSignal): Promise<void> {
	await startBrokers(state, alias, signal);
	await startConnect(state, alias, signal);
}

/** Measured: about 360 MB a broker, 200 MB a worker (facts §14.1). */
const memoryNeeded = ({ east, west }: Brokers): number => 800e6 + (east + west) * 400e6;

type Brokers = Readonly<Record<LabAlias, number>>;

function endpoints(index: number, brokers: Brokers) {
	const sides = labAliases.flatMap((alias) => [
		...Array.from({ length: brokers[alias] }, (_, i) => brokerPorts(brokerHost(index, alias, i + 1))).flat(),
		{ host: brokerHost(index, alias, 1), port: ports.zookeeper },
		{ host: connectHost(index, alias), port: ports.connect },
	]);
	return [...sides, ...dnsEndpoints(index)];
}

function endpointsOf(state: LabState, names: readonly string[]) {
	const sides = labAliases.flatMap((alias) => [
		...state.sides[alias].brokers.flatMap(({ id, host }) =>
			names.includes(`${alias}-broker-${id}`) ? brokerPorts(host) : [],
		),
		...(names.includes(`${alias}-zookeeper`)
			? [{ host: brokerHost(state.index, alias, 1), port: ports.zookeeper }]
			: []),
		...(names.includes(`${alias}-connect`) ? [{ host: connectHost(state.index, alias), port: ports.connect }] : []),
	]);
	return [...sides, ...(names.includes('dns') ? dnsEndpoints(state.index) : [])];
}
