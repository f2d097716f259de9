import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { checkRunbook } from '../../../../src/adapters/yaml/runbook-file.ts';
import { registry } from '../../../../src/steps/registry.ts';
import { temporaryFolder } from '../../../support/clean-up.ts';

let dir: string;
beforeAll(async () => {
	dir = temporaryFolder('hostile');
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const step = (text: string): string => `name: n\nmode: change\nsteps:\n  - ${text}\n`;
const bomb = Array.from(
	{ length: 20 },
	(_, i) =>
		`a${i}: &a${i} [${Array(9)
			.fill(i === 0 ? 'x' : `*a${i - 1}`)
			.join(', ')}]`,
).join('\n');

test.each<[string, string | Buffer]>([
	['an alias bomb', bomb],
	['an alias of itself', 'name: &a [*a]\nmode: change\n'],
	['a duplicate key deep inside', step('{ kind: exec, with: { run: [echo], run: [rm] } }')],
	['__proto__ as a key', step('{ kind: exec, with: { run: [echo], __proto__: { within: 1 } } }')],
	['constructor as a kind', step('{ kind: constructor }')],
	['an id with a shell in it', step('{ kind: preflight, id: "$(touch pwned)" }')],
	['an escape sequence in a name', 'name: "\\u001b[2J"\nmode: change\nsteps: [{ kind: preflight }]\n'],
	['an escape sequence as a key', step('{ kind: preflight, "\\e[31m": 1 }')],
	['text that runs backwards', step('{ kind: manual, with: { text: "\\u202Eevil" } }')],
	['an offset that is a float', step('{ kind: offsets-commit, with: { reset: { to: offset, offset: 12.5 } } }')],
	[
		'an offset beyond what a double holds',
		step('{ kind: offsets-commit, with: { reset: { to: offset, offset: 9007199254740993 } } }'),
	],
	['a time that is a float', step('{ kind: exec, with: { run: [echo], within: 0.5 } }')],
	['a time that is no number', step('{ kind: exec, with: { run: [echo], within: .inf } }')],
	['a program that is a line for a shell', step('{ kind: exec, with: { run: "rm -rf /" } }')],
	['an argument that is no text', step('{ kind: exec, with: { run: [sleep, 10] } }')],
	['a tag', step('!!js/function { kind: preflight }')],
	['lists nested a hundred thousand deep', `a: ${'['.repeat(100_000)}`],
	['maps nested a hundred thousand deep', `a: ${'{a: '.repeat(50_000)}`],
	['a long line of colons', ': '.repeat(100_000)],
	['many documents', '---\nname: a\n'.repeat(20_000)],
	['bytes that are no UTF-8', Buffer.from([0x6e, 0xff, 0xfe, 0x3a])],
	['ten megabytes', Buffer.alloc(10 * 1024 * 1024, 'a: 1\n')],
	['nothing but zeros', Buffer.alloc(1_000)],
])('%s is refused within a second', async (_name, content) => {
	const file = join(dir, 'book.yaml');
	await writeFile(file, content);
	const begun = process.cpuUsage();
	const { runbook, problems } = await checkRunbook(file, registry);
	// Of our own work: what else the machine does is not counted.
	expect(process.cpuUsage(begun).user / 1_000).toBeLessThan(1_000);
	expect(runbook).toBeUndefined();
	expect(problems[0]?.severity).toBe('error');
	// biome-ignore lint/suspicious/noControlCharactersInRegex: those are what is looked for
	expect(problems.map(({ message }) => message).join('')).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e]/);
});

test('a directory, or what is no file, is refused and not waited for', async () => {
	for (const file of [dir, '/dev/zero', join(dir, 'nonesuch')])
		expect((await checkRunbook(file, registry)).runbook).toBeUndefined();
});
