import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from './commands.ts';

/** What outlives a call without being handed in: a variable of a module, or a map of it that is filled as the program runs. */
const holdsState = (source: string): boolean =>
	/^(?:export )?let /m.test(source) ||
	/^(?:export )?const .*= new (?:Weak(?:Map|Set)\b|(?:Map|Set)\b[^;]*?\(\);)/m.test(source);

test('no module of src/ keeps state: two runs in one process know nothing of each other', async () => {
	const files = (await Array.fromAsync(glob('src/**/*.ts', { cwd: root }))).sort();
	expect(files.length).toBeGreaterThan(200);
	const found = await Promise.all(
		files.map(async (file) => (holdsState(await readFile(join(root, file), 'utf8')) ? [file] : [])),
	);
	expect(found.flat()).toEqual([]);
});

test('state of a module is found, constants and state of a call are not', () => {
	expect(holdsState('let loaded: Promise<void> | undefined;\n')).toBe(true);
	expect(holdsState('const cache = new WeakMap<object, string>();\n')).toBe(true);
	expect(holdsState('export const all = new Map<string, string>();\n')).toBe(true);
	expect(holdsState('const codes = new Set([14, 15]);\n\tlet at = 0;\n\tconst found = new Map();\n')).toBe(false);
});
