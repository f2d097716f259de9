import { existsSync } from 'node:fs';
import { glob, readdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { readRunbook } from '../../../src/adapters/yaml/runbook-file.ts';
import { registry } from '../../../src/steps/registry.ts';
import { packageJson, readText, root } from './commands.ts';

/** JournalledFence by `npm run build`; absent in a fresh clone. */
const built = new Set(['dist']);

test('everything the package would ship is there', async () => {
	const { files, bin } = await packageJson();
	expect(files).toContain('.oclif.manifest.json');
	expect(files.filter((file) => !built.has(file) && !existsSync(join(root, file)))).toEqual([]);
	expect((await stat(join(root, bin.kdr))).mode & 0o111, `${bin.kdr} is executable`).not.toBe(0);
	expect((await readText(bin.kdr)).split('\n')[0]).toBe('#!/usr/bin/env node');
});

test('one Node floor everywhere, and the own Node is newer', async () => {
	const { engines, devDependencies } = await packageJson();
	const [, floor] = /^>=(\d+\.\d+)$/.exec(engines.node) ?? [];
	expect(await readText('bin/run.js')).toContain(`const floor = [${floor?.replace('.', ', ')}];`);
	for (const page of ['CONTRIBUTING.md', 'docs/adr/0006-node-floor.md'])
		expect(await readText(page), page).toContain(`${floor}`);
	expect(Number.parseInt(devDependencies.node ?? '', 10)).toBeGreaterThan(Number.parseInt(floor ?? '', 10));
});

test('a runtime dependency is imported somewhere in src, and its reason is written down', async () => {
	const { dependencies } = await packageJson();
	const sources = await Promise.all(
		(await Array.fromAsync(glob('src/**/*.ts', { cwd: root }))).map(async (file) => ({
			file,
			text: await readText(file),
		})),
	);
	const reasons = await readText('docs/adr/0008-runtime-dependencies.md');
	for (const name of Object.keys(dependencies)) {
		expect(
			sources.some(({ text }) => text.includes(`from '${name}'`) || text.includes(`import('${name}')`)),
			`${name} is imported`,
		).toBe(true);
		expect(reasons, `why ${name}`).toContain(`| \`${name}\` |`);
	}
});

test('a path or script that CONTRIBUTING, an ADR or the page on how a failover runs names exists', async () => {
	const { scripts } = await packageJson();
	const pages = [
		'CONTRIBUTING.md',
		'docs/how-a-failover-runs.md',
		...(await Array.fromAsync(glob('docs/adr/*.md', { cwd: root }))),
	];
	const wrong: string[] = [];
	for (const page of pages) {
		const text = await readText(page);
		for (const [, path = ''] of text.matchAll(/`((?:src|test|docs|scripts|runbooks|bin|\.ci)\/[\w./-]*)`/g)) {
			if (!existsSync(join(root, path))) wrong.push(`${page}: ${path}`);
		}
		for (const [, path = ''] of text.matchAll(/\]\(([^)#:]+)\)/g)) {
			if (!existsSync(join(root, page, '..', path))) wrong.push(`${page}: link ${path}`);
		}
		for (const [, script = ''] of text.matchAll(/npm (?:run )?((?:test|build|docs|demo|dev|lint|bench)[\w:-]*)/g)) {
			if (!(script in scripts)) wrong.push(`${page}: npm run ${script}`);
		}
	}
	expect(wrong).toEqual([]);
});

test('every ADR is in the index, under 60 lines, with context, decision and consequences', async () => {
	const index = await readText('docs/adr/README.md');
	for (const name of (await readdir(join(root, 'docs/adr'))).filter((file) => file !== 'README.md')) {
		const text = await readText(`docs/adr/${name}`);
		expect(index, name).toContain(`(${name})`);
		expect(text.split('\n').length, `lines of ${name}`).toBeLessThan(60);
		for (const part of ['Context', 'Decision', 'Consequences']) expect(text, name).toContain(`\n## ${part}\n`);
	}
});

test('every runbook that comes with kdr compiles with the kinds of step there are', async () => {
	const books = (await readdir(join(root, 'runbooks'))).sort();
	expect(books).toEqual(expect.arrayContaining(['failover.yaml', 'switchover.yaml']));
	for (const book of books) {
		const { name, steps } = await readRunbook(join(root, 'runbooks', book), registry);
		expect(`${name}.yaml`).toBe(book);
		expect(steps.length).toBeGreaterThan(0);
	}
});

test('the clients are let in before the record moves, and that is the point of no return', async () => {
	for (const book of ['failover', 'switchover']) {
		const { steps } = await readRunbook(join(root, `runbooks/${book}.yaml`), registry);
		const kinds = steps.map(({ kind }) => kind);
		expect(steps.find(({ pointOfNoReturn }) => pointOfNoReturn)?.kind, book).toBe('open-target');
		expect(kinds.indexOf('dns-flip'), book).toBe(kinds.indexOf('open-target') + 1);
	}
});

test('the manifest lists commands in one order everywhere: a build on another machine does not change it', async () => {
	const { commands } = z
		.object({ commands: z.record(z.string(), z.unknown()) })
		.parse(JSON.parse(await readText('.oclif.manifest.json')));
	expect(Object.keys(commands).length).toBeGreaterThan(30);
	expect(Object.keys(commands)).toEqual(Object.keys(commands).toSorted());
});

/** About the whole project, not about one room of src/. */
const roomless = ['docs', 'house'];

test('unit tests are in folders named as those of src/: the tests of a file are found from its path', async () => {
	const tests = await Array.fromAsync(glob('**/*.test.ts', { cwd: join(root, 'test/unit') }));
	const folders = [...new Set(tests.map((file) => dirname(file)))];
	expect(folders).toEqual(expect.arrayContaining(['domain/offsets', 'observe', 'steps/fence']));
	expect(folders.filter((folder) => !roomless.includes(folder) && !existsSync(join(root, 'src', folder)))).toEqual([]);
});
