import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { LabState } from '../estate.ts';
import { readState } from '../state.ts';
import { acls } from './acls.ts';
import { connectors } from './connectors.ts';
import { record } from './record.ts';
import type { Robot } from './robot.ts';

/** How often a robot looks, as the fastest of them do. */
const everyMs = 2_000;
const robots = { acl: acls, connector: connectors, dns: record };

/** A robot as operators run them (Strimzi, GitOps, Terraform): what it found when it began, it puts back every two seconds, until it is killed. */
async function main(dir: string, kind: string): Promise<void> {
	const state = readState(dir);
	if (!state) throw new Error(`no lab in ${dir}`);
	const robot = await begin(state, kind);
	say(`${kind}: watching`);
	for (;;) {
		await wait(everyMs);
		const changed = await robot.putBack().catch((error) => [`could not look: ${error}`]);
		for (const line of changed) say(`${kind}: ${line}`);
	}
}

async function begin(state: LabState, kind: string): Promise<Robot> {
	if (kind !== 'acl' && kind !== 'connector' && kind !== 'dns') throw new Error(`no robot ${kind}`);
	return await robots[kind](state);
}

const say = (line: string): void => void process.stdout.write(`${new Date().toISOString()} ${line}\n`);

const { values } = parseArgs({ options: { dir: { type: 'string' }, kind: { type: 'string' } } });
await main(values.dir ?? '', values.kind ?? '');
