import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { KdrError } from '../../domain/errors/kdr-error.ts';
import type { ActorFile, ActorHeader, LedgerEvent } from './events.ts';

export const ledgerFolder = (labDir: string): string => join(labDir, 'ledger');

/** All files of the ledger, oldest run first. Throws KDR_LAB_TRAFFIC when there are none. */
export function readLedgerFiles(labDir: string): ActorFile[] {
	const folder = ledgerFolder(labDir);
	const names = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.ndjson')) : [];
	const files = names.flatMap((name) => readActorFile(join(folder, name)) ?? []);
	if (files.length === 0)
		throw new KdrError('KDR_LAB_TRAFFIC', 'the ledger is empty: no traffic has run', {
			hint: 'kdr lab traffic --for 30s',
		});
	return files.sort((a, b) => a.header.t - b.header.t);
}

function readActorFile(path: string): ActorFile | null {
	const [header, ...events] = parseLines(path);
	if (header === undefined) return null;
	return { header: header as ActorHeader, events: events as LedgerEvent[] };
}

/** A last line cut short (the writer was killed) is no event; anything else unreadable is an error. */
function parseLines(path: string): unknown[] {
	const lines = readFileSync(path, 'utf8').split('\n');
	lines.pop(); // empty, or cut short
	return lines.map((line) => JSON.parse(line));
}
