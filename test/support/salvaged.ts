import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeSalvage } from '../../src/cli/salvage-files.ts';
import { allOrphans, findOrphans } from '../../src/observe/salvage.ts';
import { type Estate, link } from './estate.ts';

/** The tail, written as `kdr salvage export` does. */
export async function exported(here: Estate, { binary = false } = {}): Promise<{ file: string; records: number }> {
	const orphanage = await findOrphans(here.world, link);
	if (!orphanage) throw new Error('there is no tail');
	const dir = await mkdtemp(join(tmpdir(), 'kdr-salvage-'));
	return writeSalvage(
		{ dir, binary, cluster: orphanage.returned },
		allOrphans(here.world, orphanage, () => true),
		{},
	);
}
