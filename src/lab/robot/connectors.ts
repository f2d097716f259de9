import { isDeepStrictEqual } from 'node:util';
import { type LabAlias, type LabState, labAliases } from '../estate.ts';
import type { Robot } from './robot.ts';

interface Found {
	config: Record<string, string>;
	state: string;
}

/** Connectors, as Strimzi's operator keeps them: a stopped one is resumed, a changed one set back, a new one deleted. */
export async function connectors(state: LabState): Promise<Robot> {
	const wanted = new Map<LabAlias, Map<string, Found>>();
	for (const alias of labAliases) wanted.set(alias, await list(state, alias));
	return {
		putBack: async () => {
			const sides = labAliases.map((alias) => putBack(state, alias, wanted.get(alias) ?? new Map()));
			return (await Promise.all(sides)).flat();
		},
	};
}

async function putBack(state: LabState, alias: LabAlias, wanted: Map<string, Found>): Promise<string[]> {
	const there = await list(state, alias);
	const lines: string[] = [];
	for (const name of there.keys()) {
		if (wanted.has(name)) continue;
		await send(state, alias, 'DELETE', name);
		lines.push(`${alias}: deleted ${name}`);
	}
	for (const [name, { config, state: was }] of wanted) {
		const now = there.get(name);
		if (!isDeepStrictEqual(now?.config, config)) {
			await send(state, alias, 'PUT', `${name}/config`, config);
			lines.push(`${alias}: set ${name} back`);
		}
		if (was === 'RUNNING' && now && now.state !== 'RUNNING') {
			await send(state, alias, 'PUT', `${name}/resume`);
			lines.push(`${alias}: resumed ${name}, which was ${now.state}`);
		}
	}
	return lines;
}

async function list(state: LabState, alias: LabAlias): Promise<Map<string, Found>> {
	const answer = await send(state, alias, 'GET', '?expand=info&expand=status');
	const all = (await answer.json()) as Record<
		string,
		{ info: { config: Record<string, string> }; status: { connector: { state: string } } }
	>;
	return new Map(
		Object.entries(all).map(([name, { info, status }]) => [
			name,
			{ config: info.config, state: status.connector.state },
		]),
	);
}

async function send(state: LabState, alias: LabAlias, method: string, path: string, body?: unknown): Promise<Response> {
	const base = `${state.sides[alias].connect.url}/connectors`;
	const answer = await fetch(path.startsWith('?') ? base + path : `${base}/${path}`, {
		method,
		signal: AbortSignal.timeout(10_000),
		...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
	});
	if (!answer.ok && answer.status !== 404) throw new Error(`${method} ${path} on ${alias}: ${answer.status}`);
	return answer;
}
