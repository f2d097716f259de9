import { allBrokersAnswer } from '../cluster-setup.ts';
import type { LabAlias, LabProcess, LabState } from '../estate.ts';
import { endProcesses, processFacts, signalProcess } from '../processes.ts';
import { startBrokers } from '../sides.ts';
import { until } from '../waiting.ts';

interface Waking {
	onProgress: (text: string) => void;
	signal?: AbortSignal | undefined;
}

const stateOf = (process: LabProcess) => processFacts(process).state;

/**
 * Runs `work` with the brokers of a side up, and puts dead ones (SIGKILL) and frozen ones (SIGSTOP) back afterwards. While
 * they are awake the other side's Connect worker is stopped: a mirror that comes back to life would change what is read.
 */
export async function withBrokersUp<T>(
	state: LabState,
	alias: LabAlias,
	{ onProgress, signal }: Waking,
	work: () => Promise<T>,
): Promise<T> {
	const brokers = state.sides[alias].brokers;
	const frozen = brokers.map(({ process }) => process).filter((process) => stateOf(process) === 'frozen');
	const dead = brokers.filter(({ process }) => stateOf(process) === 'dead').map(({ id }) => id);
	if (frozen.length === 0 && dead.length === 0) return await work();
	const mirror = state.sides[alias === 'east' ? 'west' : 'east'].connect.process;
	const held = stateOf(mirror) === 'up' && signalProcess(mirror, 'SIGSTOP');
	try {
		onProgress(`waking the brokers of ${alias} to read them`);
		for (const process of frozen) signalProcess(process, 'SIGCONT');
		await startBrokers(state, alias, signal);
		const processes = state.sides[alias].brokers.map(({ process }) => process);
		const answer = async () => ((await allBrokersAnswer(state, alias)) ? true : null);
		await until({ what: `brokers of ${alias}`, ms: 30_000, processes, signal }, answer); // a frozen one needs a moment, too
		return await work();
	} finally {
		onProgress(`putting the brokers of ${alias} back as they were`);
		for (const process of frozen) signalProcess(process, 'SIGSTOP');
		await endProcesses(state.sides[alias].brokers.filter(({ id }) => dead.includes(id)).map(({ process }) => process));
		if (held) signalProcess(mirror, 'SIGCONT');
	}
}
