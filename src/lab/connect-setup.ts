import { connectors } from './connect-config.ts';
import type { LabAlias, LabState } from './estate.ts';

async function ask(url: string, init: RequestInit = {}): Promise<Response> {
	return await fetch(url, { ...init, signal: AbortSignal.timeout(10_000) });
}

/** True when the worker has joined its group (KIP-1017); null while it has not. */
export async function workerReady(url: string): Promise<true | null> {
	const answer = await ask(`${url}/health`);
	await answer.arrayBuffer();
	return answer.ok ? true : null;
}

/** Creates the three connectors source → target, or sets their configuration again. */
export async function createConnectors(state: LabState, source: LabAlias, target: LabAlias): Promise<void> {
	for (const [name, config] of Object.entries(connectors(state, source, target))) {
		const answer = await ask(`${state.sides[target].connect.url}/connectors/${name}/config`, {
			method: 'PUT',
			headers: { 'content-type': 'application/json' },
			body: JSON.stringify(config),
		});
		if (!answer.ok) throw new Error(`PUT ${name}: ${answer.status} ${await answer.text()}`);
		await answer.arrayBuffer();
	}
}

/** True when the source connector and all its tasks run; throws what keeps it from that. */
export async function sourceRuns(state: LabState, source: LabAlias, target: LabAlias): Promise<true> {
	const answer = await ask(`${state.sides[target].connect.url}/connectors/${source}-to-${target}-source/status`);
	const text = await answer.text();
	if (!answer.ok) throw new Error(`status of the source connector: ${answer.status} ${text}`);
	const { connector, tasks } = JSON.parse(text) as { connector: { state: string }; tasks: { state: string }[] };
	const states = [connector, ...tasks].map((one) => one.state);
	if (tasks.length === 0 || states.some((one) => one !== 'RUNNING'))
		throw new Error(`the source connector and its tasks: ${states.join(', ')}`);
	return true;
}
