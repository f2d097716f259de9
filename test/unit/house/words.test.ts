import { glob } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { readText, root } from './commands.ts';
import { findingsIn } from './forms.ts';

const people = [
	'{src,bench,scripts,bin,test}/**/*.{ts,js}',
	'*.md',
	'docs/**/*.md',
	'{runbooks,examples}/*',
	'package.json',
	'.ci/run',
];
/** These two name the forms. */
const naming = ['docs/style.md', 'test/unit/house/forms.ts', 'test/unit/house/words.test.ts'];

test('no string, comment, page or test name uses a form that a tired reader has to read twice (docs/style.md)', async () => {
	const files = await Array.fromAsync(glob(people, { cwd: root }));
	expect(files.length).toBeGreaterThan(400);
	const wrong: string[] = [];
	for (const file of files.sort()) {
		if (naming.includes(file)) continue;
		wrong.push(...findingsIn(file, await readText(file)));
	}
	expect(wrong).toEqual([]);
});

test('a forbidden form is found in a string, a template, a comment, a page and across a line break', () => {
	const found = (file: string, text: string): string[] =>
		findingsIn(file, text).map((finding) => finding.replace(/ \(.*/, ''));
	expect(found('a.ts', "const hint = 'R can be gone on with';")).toEqual(['a.ts:1: "gone on"']);
	expect(found('a.ts', 'say(`\n#{run({ of: `#{id} is at work` })} is taken back`);'.replaceAll('#', '$'))).toEqual([
		'a.ts:2: "at work"',
		'a.ts:2: "taken back"',
	]);
	expect(found('a.ts', '/** Once\n * more. */\n// Kept for\n// ever.\n')).toEqual([
		'a.ts:1: "Once more"',
		'a.ts:3: "for ever"',
	]);
	expect(found('a.ts', "test('a group that stands\\'s kept long out', () => {});")).toEqual([
		'a.ts:1: "kept long out"',
		'a.ts:1: "stands"',
	]);
	expect(found('a.md', 'a\n\nthe fence it is\ntold of\n')).toEqual(['a.md:4: "told"']);
	expect(found('a.yaml', '# The way\n# home.\n')).toEqual(['a.yaml:1: "way home"']);
});

test('names in code, modules, regular expressions and words that only contain a form are left alone', () => {
	const code = [
		"import { told } from '../ui/told.ts';",
		"const { told, anew } = await import('./anew.ts');",
		"type Key = Pick<Told, 'orphans'>;",
		'/** What `told` holds; the standby understands it. */',
		'const slash = told / anew / 2 + told.replace(/[/"\'] stands/g, "");',
		"const file = 'out/orphans.jsonl of the standby';",
	];
	for (const line of code) expect(findingsIn('a.ts', line), line).toEqual([]);
	expect(findingsIn('a.md', 'The file `orphans.jsonl` of the standby, outstanding.')).toEqual([]);
});
