import { glob } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { errorTable } from '../../../src/domain/errors/codes.ts';
import { readText, root } from './commands.ts';
import { proseOfCode } from './prose.ts';

/** The error codes that are written as a string in one of the sources: a code in a comment throws nothing. */
function codesIn(sources: Iterable<string>): Set<string> {
	const codes = new Set<string>();
	for (const source of sources)
		for (const { text } of proseOfCode(source)) if (/^KDR_[A-Z_]+$/.test(text)) codes.add(text);
	return codes;
}

test('every documented error code is used: nobody looks for a code that kdr never prints', async () => {
	const files = await Array.fromAsync(glob('src/**/*.ts', { cwd: root, exclude: ['src/domain/errors/codes.ts'] }));
	const used = codesIn(await Promise.all(files.map(readText)));
	expect(Object.keys(errorTable).filter((code) => !used.has(code))).toEqual([]);
});

test('a code that only a comment names counts as unused', () => {
	const sources = ["/** Throws KDR_A. */ throw new KdrError('KDR_B', 'x');"];
	expect([...codesIn(sources)]).toEqual(['KDR_B']);
});
