import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { registry } from '../../../src/steps/registry.ts';

const domain = fileURLToPath(new URL('../../../src/domain', import.meta.url));
const names = new Set([...registry.values()].flatMap(({ kind, formerly = [] }) => [kind, ...formerly]));

/** Files in which the word means something else, or is about the past. */
const others: Readonly<Record<string, readonly string[]>> = {
	// Values of kdr.yaml: fence.driver, rules.approval.
	'config/link.ts': ['exec', 'manual', 'second-person'],
	'config/schema.ts': ['exec', 'manual', 'second-person'],
	'config/meaning.ts': ['exec'],
	'run/undo.ts': ['second-person'],
	'plan/rules-first.ts': ['second-person'],
	// Journals that were written before steps kept their role.
	'run/roles.ts': [...names],
};

const namesIn = (text: string): string[] =>
	[...text.matchAll(/(['"])([a-z][a-z-]*)\1/g)].flatMap(([, , word]) =>
		word !== undefined && names.has(word) ? [word] : [],
	);

test('the domain knows no kind of step by its name: a kind that is renamed or added would be missed there', async () => {
	const files = (await readdir(domain, { recursive: true })).filter((name) => name.endsWith('.ts'));
	expect(files.length).toBeGreaterThan(80);
	const found = await Promise.all(
		files.map(async (file) =>
			namesIn(await readFile(join(domain, file), 'utf8'))
				.filter((name) => !others[file]?.includes(name))
				.map((name) => `${file}: ${name}`),
		),
	);
	expect(found.flat()).toEqual([]);
});

test('a name in quotes is found, a part of one is not', () => {
	expect(namesIn("kind === 'dns-flip' || id === \"cuts-hold\" || 'dns-flipped'")).toEqual(['dns-flip', 'cuts-hold']);
});

test('a kind declares what holds in a preview (checkPlan): no check of one decides by itself that nothing does', async () => {
	const steps = fileURLToPath(new URL('../../../src/steps', import.meta.url));
	const files = (await readdir(steps, { recursive: true })).filter((name) => name.endsWith('.ts'));
	expect(files.length).toBeGreaterThan(60);
	const found = await Promise.all(
		files.map(async (file) => (skipsInPreview(await readFile(join(steps, file), 'utf8')) ? [file] : [])),
	);
	expect(found.flat()).toEqual([]);
	expect([...registry.values()].filter(({ checkPlan }) => checkPlan).length).toBeGreaterThan(10);
});

const skipsInPreview = (source: string): boolean =>
	/\bcheck\b[^;]*?\bpreview\b[^;]*?(?:\?\s*\[\]|return \[\])/.test(source);

test('a check that skips itself in a preview is found', () => {
	expect(skipsInPreview('check: (facts, _params, { preview }) => (preview ? [] : [found(facts)]),')).toBe(true);
	expect(skipsInPreview('check(facts, _params, { preview }) {\n\t\tif (preview) return [];')).toBe(true);
	expect(skipsInPreview('checkPlan: () => [],\n\tcheck: (facts) => [found(facts)],')).toBe(false);
});
