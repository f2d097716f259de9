import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { KdrError } from '../../domain/errors/kdr-error.ts';
import type { LabState } from '../estate.ts';
import { ownMain } from '../own-main.ts';
import { endProcesses, isAlive, signalProcess, startProcess } from '../processes.ts';
import { updateState } from '../state.ts';
import { until } from '../waiting.ts';
import { usualClients } from './client-kinds.ts';
import { needLibrdkafka } from './librdkafka-program.ts';
import type { RosterOptions } from './roster.ts';
import { isUp, readStatus, type TrafficStatus, trafficFolder } from './status.ts';

const upMs = 180_000;
/** Producers finish, groups drain for at most 60 s, then leave. */
const stopMs = 90_000;

/** Starts the traffic process. Throws KDR_LAB_TRAFFIC when it runs already, KDR_LAB_NEEDS when a client library is missing. */
export async function startTraffic(
	state: LabState,
	{ rate, stray, clients = usualClients }: RosterOptions,
): Promise<LabState> {
	if (state.traffic && isAlive(state.traffic.process)) {
		throw new KdrError('KDR_LAB_TRAFFIC', 'traffic is running already', {
			hint: `kdr lab traffic --stop --name ${state.name}`,
		});
	}
	if (clients.includes('librdkafka')) await needLibrdkafka();
	rmSync(trafficFolder(state.dir), { recursive: true, force: true });
	const args = [
		ownMain('traffic/main'),
		'--dir',
		state.dir,
		'--rate',
		String(rate),
		...(stray ? ['--stray', stray] : []),
		...clients.flatMap((kind) => ['--client', kind]),
	];
	const started = startProcess(state.dir, join(state.dir, 'logs', 'traffic.log'), process.execPath, args);
	return await updateState(state.dir, (lab) => {
		lab.traffic = { process: started };
	});
}

/** Waits until every producer has been answered and every group has processed something. Throws KDR_LAB_START_FAILED. */
export async function trafficUp(state: LabState, signal: AbortSignal): Promise<TrafficStatus> {
	const processes = state.traffic ? [state.traffic.process] : [];
	return await until({ what: 'traffic', ms: upMs, processes, signal }, async () => {
		const status = readStatus(state.dir);
		return status && isUp(status) ? status : null;
	});
}

/** Stops producers, lets the groups drain, and gives the last word of the traffic. Throws KDR_LAB_TRAFFIC when none runs. */
export async function stopTraffic(state: LabState, onProgress: (text: string) => void): Promise<TrafficStatus> {
	const running = state.traffic?.process;
	if (!running || !signalProcess(running, 'SIGTERM')) {
		throw new KdrError('KDR_LAB_TRAFFIC', 'no traffic is running', { hint: `kdr lab traffic --name ${state.name}` });
	}
	onProgress('producers stop, groups drain');
	const deadline = performance.now() + stopMs;
	while (isAlive(running) && performance.now() < deadline) await wait(100);
	const status = readStatus(state.dir);
	await endProcesses([running]);
	await updateState(state.dir, (lab) => {
		delete lab.traffic;
	});
	if (status?.phase !== 'stopped')
		throw new KdrError('KDR_TIMEOUT', `traffic did not stop within ${stopMs / 1000} s and was killed`);
	return status;
}
