import { writeSalvage } from '../../src/cli/salvage-files.ts';
import { allTailRecords, findTails } from '../../src/observe/salvage.ts';
import { temporaryFolder } from './clean-up.ts';
import { type Estate, link } from './estate.ts';

/** The tail, written as `kdr salvage export` does. */
export async function exported(here: Estate, { binary = false } = {}): Promise<{ file: string; records: number }> {
	const source = await findTails(here.world, link);
	if (!source) throw new Error('there is no tail');
	const dir = temporaryFolder('salvage');
	return writeSalvage(
		{ dir, binary, cluster: source.returned },
		allTailRecords(here.world, source, () => true),
		{},
	);
}
