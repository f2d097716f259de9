import { existsSync } from 'node:fs';
import { glob } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from './commands.ts';

test('test/unit mirrors src/: a unit test is found where its source is', async () => {
	const tests = (await Array.fromAsync(glob('**/*.test.ts', { cwd: join(root, 'test/unit') }))).sort();
	expect(tests.length).toBeGreaterThan(100);
	// The tests of the house itself and of its pages have no source.
	const ofSource = tests.filter((file) => !/^(?:house|docs)\//.test(file));
	expect(ofSource.filter((file) => !existsSync(join(root, 'src', dirname(file))))).toEqual([]);
});
