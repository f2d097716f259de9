import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { KdrError } from '../domain/errors/kdr-error.ts';
import { maxSlices } from './addresses.ts';
import { withLock } from './lock.ts';

/** One file per slice of 127.0.0.0/8 in use, holding the directory of its lab. For all labs of a user, wherever their files are. */
const folder = (): string => join(tmpdir(), `kdr-lab-slices-${userInfo().username}`);

/**
 * Makes the directory of a new lab and takes the lowest slice that is free and whose ports are (`needPorts` throws
 * KDR_LAB_PORT_TAKEN otherwise): a lab of another user may have it. Where none will do, the first slice's error is thrown.
 */
export async function claimSlice(dir: string, needPorts: (index: number) => Promise<void>): Promise<number> {
	mkdirSync(folder(), { recursive: true, mode: 0o700 });
	return await withLock(join(folder(), 'lock'), { what: 'the addresses of labs', waitMs: 10_000 }, async () => {
		const index = await findSlice(needPorts);
		mkdirSync(dir, { mode: 0o700 });
		writeFileSync(join(folder(), String(index)), dir, { mode: 0o600 });
		return index;
	});
}

async function findSlice(needPorts: (index: number) => Promise<void>): Promise<number> {
	let first: unknown;
	for (let index = 0; index < maxSlices; index++) {
		if (owner(index) !== null) continue;
		try {
			await needPorts(index);
			return index;
		} catch (error) {
			if (!(error instanceof KdrError) || error.code !== 'KDR_LAB_PORT_TAKEN') throw error;
			first ??= error;
		}
	}
	throw (
		first ??
		new KdrError('KDR_LAB_NEEDS', `all ${maxSlices} address ranges for labs are taken`, {
			hint: 'take a lab down: kdr lab down --name NAME',
		})
	);
}

/** The lab that has the slice; a lab whose directory somebody removed has it no more. */
function owner(index: number): string | null {
	const dir = read(String(index));
	return dir !== null && existsSync(dir) ? dir : null;
}

function read(entry: string): string | null {
	try {
		return readFileSync(join(folder(), entry), 'utf8');
	} catch {
		return null;
	}
}

export function releaseSlice(dir: string): void {
	const entries = existsSync(folder()) ? readdirSync(folder()) : [];
	for (const entry of entries) if (read(entry) === dir) rmSync(join(folder(), entry), { force: true });
}
