import { join } from 'node:path';
import type { LabState } from './estate.ts';
import { ownMain } from './own-main.ts';
import { isAlive, startProcess } from './processes.ts';
import { updateState } from './state.ts';

/** Starts a program of ours that plays somebody else who uses the lab, unless one of that name runs. */
export async function startOther(state: LabState, name: string, program: string, args: string[] = []): Promise<void> {
	const known = state.others.find((one) => one.name === name);
	if (known && isAlive(known.process)) return;
	const log = join(state.dir, 'logs', `${name}.log`);
	const process_ = startProcess(state.dir, log, process.execPath, [ownMain(program), '--dir', state.dir, ...args]);
	const other = { name, program, args, process: process_ };
	const put = (lab: LabState): void => {
		lab.others = [...lab.others.filter((one) => one.name !== name), other];
	};
	put(state);
	await updateState(state.dir, put);
}

/** Whoever of them is dead. */
export async function startOthersAgain(state: LabState): Promise<void> {
	for (const { name, program, args } of state.others) await startOther(state, name, program, args);
}
