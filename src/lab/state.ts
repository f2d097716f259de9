import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { KdrError } from '../domain/errors/kdr-error.ts';
import { type LabProcess, type LabState, type LabUser, labAliases } from './estate.ts';
import { withLock } from './lock.ts';
import { labDir, labsHome } from './paths.ts';

const stateFile = (dir: string): string => join(dir, 'lab.json');

export const labExists = (name: string): boolean => existsSync(labDir(name));

/** The state of a lab. Throws KDR_LAB_UNKNOWN. */
export function openLab(name: string): LabState {
	const state = readState(labDir(name));
	if (state) return state;
	const others = labNames();
	throw new KdrError('KDR_LAB_UNKNOWN', `no lab "${name}" is up`, {
		hint:
			others.length > 0
				? `there are: ${others.join(', ')} (choose with --name)`
				: `kdr lab up${name === 'lab' ? '' : ` --name ${name}`}`,
	});
}

/** null when there is none, or when `up` was ended before it wrote one. */
export function readState(dir: string): LabState | null {
	try {
		return JSON.parse(readFileSync(stateFile(dir), 'utf8'));
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
		throw error;
	}
}

export function labNames(): string[] {
	const home = labsHome();
	if (!existsSync(home)) return [];
	return readdirSync(home)
		.filter((entry) => existsSync(stateFile(join(home, entry))))
		.sort();
}

/** Reads, changes and writes lab.json with nobody else in between; the file is always whole. */
export async function updateState(dir: string, change: (state: LabState) => void): Promise<LabState> {
	return await withLock(join(dir, 'lab.json.lock'), { what: 'the state of the lab', waitMs: 10_000 }, async () => {
		const state = readState(dir);
		if (!state) throw new KdrError('KDR_LAB_UNKNOWN', `${stateFile(dir)} is gone: the lab was stopped meanwhile`);
		change(state);
		await writeState(state);
		return state;
	});
}

export async function writeState(state: LabState): Promise<void> {
	const next = join(state.dir, `lab.json.${process.pid}`);
	await writeFile(next, `${JSON.stringify(state, null, '\t')}\n`, { mode: 0o600 });
	await rename(next, stateFile(state.dir));
}

/** Every process of the lab, by the name `status` and `logs` use. */
export function labProcesses(state: LabState): { name: string; process: LabProcess; address: string }[] {
	const sides = labAliases.flatMap((alias) => {
		const { brokers, connect, zookeeper } = state.sides[alias];
		return [
			...(zookeeper
				? [
						{
							name: `${alias}-zookeeper`,
							process: zookeeper.process,
							address: `${zookeeper.host}:${zookeeper.port}`,
						},
					]
				: []),
			...brokers.map(({ id, host, port, process }) => ({
				name: `${alias}-broker-${id}`,
				process,
				address: `${host}:${port}`,
			})),
			{ name: `${alias}-connect`, process: connect.process, address: connect.url },
		];
	});
	const dns = {
		name: 'dns',
		process: state.dns.process,
		address: `${state.dns.route53Url} ${state.dns.servers.join(' ')}`,
	};
	const others = state.others.map(({ name, process }) => ({ name, process, address: '-' }));
	return [
		...sides,
		dns,
		...others,
		...(state.traffic ? [{ name: 'traffic', process: state.traffic.process, address: '-' }] : []),
	];
}

export const password = (): string => randomBytes(18).toString('base64url');

export async function readSecret(dir: string, user: LabUser): Promise<string> {
	return await readFile(join(dir, 'secrets', user), 'utf8');
}
