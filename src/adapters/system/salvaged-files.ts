import { createReadStream } from 'node:fs';
import { KdrError } from '../../domain/errors/kdr-error.ts';
import { decodeFile, type PlacedRecord } from '../../domain/salvage/file.ts';
import type { SalvagedFiles } from '../../ports/salvaged-files.ts';

export const salvagedFiles: SalvagedFiles = { read };

async function* read(path: string, from = 0): AsyncIterable<PlacedRecord> {
	const stream = createReadStream(path, { start: from, highWaterMark: 1 << 20 });
	try {
		yield* decodeFile(path, from, stream);
	} catch (thrown) {
		const { code } = thrown as NodeJS.ErrnoException;
		if (thrown instanceof KdrError || code === undefined) throw thrown;
		throw new KdrError('KDR_USAGE', `${path} cannot be read: ${code}`, { cause: thrown });
	} finally {
		stream.destroy();
	}
}
