import { mkdir, open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { KdrError } from '../domain/errors/kdr-error.ts';
import { encodeFile } from '../domain/salvage/file.ts';
import { recordLine } from '../domain/salvage/json-line.ts';
import type { TailRecord } from '../domain/salvage/tail-record.ts';
import { toJson } from '../ui/json.ts';

/** Gathered before a write, in bytes. */
const chunk = 1_000_000;

/** Where to and how; `cluster`: the one they were left on. */
export interface SalvageTarget {
	dir: string;
	binary: boolean;
	cluster: string;
}

/** Writes the records to `orphans.jsonl` or `orphans.bin` and `plan` to `plan.json` in `dir`, for the owner alone; refuses to replace any. */
export async function writeSalvage(
	{ dir, binary, cluster }: SalvageTarget,
	tail: AsyncIterable<TailRecord>,
	plan: unknown,
): Promise<{ file: string; records: number }> {
	await mkdir(dir, { recursive: true, mode: 0o700 });
	const file = join(dir, binary ? 'orphans.bin' : 'orphans.jsonl');
	const out = await open(file, 'wx', 0o600).catch((cause: NodeJS.ErrnoException) => {
		throw new KdrError('KDR_USAGE', `${file} cannot be created: ${cause.code ?? cause.message}`, {
			hint: 'give --out a directory without one',
			cause,
		});
	});
	let records = 0;
	const counted = async function* (): AsyncIterable<TailRecord> {
		for await (const one of tail) {
			records++;
			yield one;
		}
	};
	try {
		let gathered: Buffer[] = [];
		let bytes = 0;
		for await (const part of binary ? encodeFile(salvaged(counted(), cluster)) : linesOf(counted(), cluster)) {
			gathered.push(part);
			bytes += part.length;
			if (bytes < chunk) continue;
			await out.write(Buffer.concat(gathered));
			[gathered, bytes] = [[], 0];
		}
		await out.write(Buffer.concat(gathered));
		await out.sync();
	} finally {
		await out.close();
	}
	await writeFile(join(dir, 'plan.json'), `${toJson(plan)}\n`, { mode: 0o600 });
	return { file, records };
}

async function* salvaged(records: AsyncIterable<TailRecord>, cluster: string) {
	for await (const { record } of records) yield { cluster, record };
}

async function* linesOf(records: AsyncIterable<TailRecord>, cluster: string): AsyncIterable<Buffer> {
	for await (const { record, fate } of records) yield Buffer.from(recordLine(record, cluster, fate));
}
