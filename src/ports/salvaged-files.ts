import type { PlacedRecord } from '../domain/salvage/file.ts';

/** Files that `kdr salvage export --format binary` wrote. */
export interface SalvagedFiles {
	/**
	 * Its records, in their order; from the beginning, or from the byte a record was found at. To its end, or as far as is asked for.
	 * @throws KDR_USAGE when it cannot be opened, KDR_FILE_BROKEN
	 */
	read(path: string, from?: number): AsyncIterable<PlacedRecord>;
}
