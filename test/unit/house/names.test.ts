import { glob, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from './commands.ts';

/** Names without an owner, and words that the glossary replaces (docs/style.md): whoever reads one has to look up what it holds. */
const refused = new Set([
	...['told', 'said', 'stood', 'turned', 'regrown', 'cx', 'inTurn', 'inParallel', 'takingBack', 'goOnWith'],
	...['goOn', 'goBack', 'made', 'orphans', 'orphanageOf', 'keptOut', 'leftBehind', 'lifeSigns', 'notStill', 'madeHere'],
]);

/** Keys of JSON that programs of others read. */
const interfaces: Readonly<Record<string, RegExp>> = {
	goOn: /^src\/(domain\/report|engine|cli|ui)\//,
	goBack: /^src\/(engine|cli|ui)\//,
	made: /^src\/(domain|observe|steps|ui)\/fence/,
	// An earlier name of a parameter.
	madeHere: /^src\/steps\/mirror\/mirror-stop\.ts$/,
	orphans: /^src\/lab\/ledger\//,
	leftBehind: /^src\/lab\/ledger\//,
	said: /^src\/adapters\/route53\//,
};

const token =
	/\/\/[^\n]*|\/\*.*?\*\/|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`|[A-Za-z_$][\w$]*|[^A-Za-z_$'"`/]+|./gs;

/** The identifiers of a source: no comments, no texts. */
const identifiersOf = (source: string): string[] =>
	[...source.matchAll(token)].map(([text]) => text).filter((text) => /^[A-Za-z_$]/.test(text));

test('no name of src/ is one that style refuses, but the keys of JSON that are an interface', async () => {
	const files = (await Array.fromAsync(glob('src/**/*.ts', { cwd: root }))).sort();
	expect(files.length).toBeGreaterThan(200);
	const found = await Promise.all(
		files.map(async (file) =>
			[...new Set(identifiersOf(await readFile(join(root, file), 'utf8')))]
				.filter((name) => refused.has(name) && !interfaces[name]?.test(file))
				.map((name) => `${file}: ${name}`),
		),
	);
	expect(found.flat()).toEqual([]);
	expect(files.map((file) => basename(file, '.ts')).filter((name) => refused.has(name))).toEqual([]);
});

test('a name is found in code, not in a comment or a text', () => {
	expect(
		identifiersOf("const cx = 'said'; // turned\n/* goOn */ made(`seen`)").filter((name) => refused.has(name)),
	).toEqual(['cx', 'made']);
});
