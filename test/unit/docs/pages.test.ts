import { execFile } from 'node:child_process';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { loadConfig } from '../../../src/adapters/yaml/config-file.ts';
import { fileSchema, secretSchema } from '../../../src/domain/config/schema.ts';
import { documentedVariables } from '../../../src/domain/config/variables.ts';
import { bare } from '../../../src/domain/config/walk.ts';
import { temporaryFolder } from '../../support/clean-up.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const page = (name: string): Promise<string> => readFile(join(root, 'docs', name), 'utf8');

test('the pages on errors and exit codes say what the code says', async () => {
	await promisify(execFile)(process.execPath, [join(root, 'scripts/docs.ts'), '--check'], { timeout: 30_000 });
});

test('the example of the configuration page loads as it is', async () => {
	const [, example = ''] = /```yaml\n([\s\S]*?)```/.exec(await page('configuration.md')) ?? [];
	const dir = temporaryFolder('docs');
	try {
		await writeFile(join(dir, 'kdr.yaml'), example);
		const { config } = await loadConfig({ env: {}, cwd: dir });
		expect(Object.keys(config.links)).toEqual(['orders']);
		expect(config.links.orders?.objectives).toEqual({ rpo: 30_000, rto: 300_000 });
		expect(config.links.orders?.mirror.connectors['west-to-east']?.source).toBe('west-to-east-source');
	} finally {
		await rm(dir, { recursive: true, force: true });
	}
});

/** Every key of kdr.yaml, names of things left out: `dns.values`, `sasl.password`. */
function* keys(schema: z.core.$ZodType, path: string[]): Generator<string> {
	const inner = bare(schema);
	if (inner instanceof z.ZodObject)
		for (const [key, part] of Object.entries(inner.shape)) yield* keys(part, [...path, key]);
	else if (inner instanceof z.ZodRecord) yield* keys(inner.valueType, [...path, '<name>']);
	else if (inner === secretSchema || path.at(-1) !== '<name>') yield path.join('.');
	else yield path.slice(0, -1).join('.');
}

test('every key and every variable is described', async () => {
	const text = await page('configuration.md');
	const described = new Set(
		[...text.matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code.replace(/<[^>]+>(-to-<[^>]+>)?/g, '<name>')),
	);
	const wanted = [...keys(fileSchema, [])].map((key) => key.split('.').slice(2).join('.'));
	const missing = wanted.filter((key) => !described.has(key) && !described.has(`${key}.<name>`));
	expect(missing).toEqual([]);
	for (const name of Object.keys(documentedVariables)) expect(text).toContain(`\`${name}\``);
});
