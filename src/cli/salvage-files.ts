import { mkdir, open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { KdrError } from '../domain/errors/kdr-error.ts';
import { toJson } from '../ui/json.ts';

/** Lines gathered before a write, in characters. */
const chunk = 1_000_000;

/** Writes the lines to `orphans.jsonl` and `plan` to `plan.json` in `dir`, for the owner alone; refuses to replace either. */
export async function writeSalvage(dir: string, lines: AsyncIterable<string>, plan: unknown): Promise<{ file: string; records: number }> {
	await mkdir(dir, { recursive: true, mode: 0o700 });
	const file = join(dir, 'orphans.jsonl');
	const out = await open(file, 'wx', 0o600).catch((cause: NodeJS.ErrnoException) => {
		throw new KdrError('KDR_USAGE', `${file} cannot be created: ${cause.code ?? cause.message}`, {
			hint: 'give --out a directory without one',
			cause,
		});
	});
	let records = 0;
	try {
		let text = '';
		for await (const line of lines) {
			text += line;
			records++;
			if (text.length < chunk) continue;
			await out.write(text);
			text = '';
		}
		await out.write(text);
		await out.sync();
	} finally {
		await out.close();
	}
	await writeFile(join(dir, 'plan.json'), `${toJson(plan)}\n`, { mode: 0o600 });
	return { file, records };
}
