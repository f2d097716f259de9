import { expect, test } from 'vitest';
import { readYaml } from '../../../../src/adapters/yaml/yaml-source.ts';

const said = (text: string) =>
	readYaml(text).problems.map(({ line, column, message }) => `${line}:${column} ${message}`);

test('a key has the position where it is written, a list item its own line', () => {
	const source = readYaml('links:\n  orders:\n    topics:\n      - a\n      - b\n');
	expect(source.place(['links', 'orders', 'topics'])).toEqual({ line: 3, column: 5 });
	expect(source.place(['links', 'orders', 'topics', 1])).toEqual({ line: 5, column: 9 });
	expect(source.place(['links', 'orders', 'dns', 'ttl'])).toEqual({ line: 2, column: 3 });
});

test('a key given twice, a tab, an own tag and a second document are refused with their positions', () => {
	expect(said('a: 1\na: 2\n')).toEqual(['2:1 the same key a second time']);
	expect(said('a:\n\tb: 1\n')[0]).toContain('a tab as indentation');
	expect(said('a: !secret x\n')[0]).toMatch(/^1:4 tags/);
	expect(said('a: 1\n---\nb: 2\n')[0]).toContain('more than one document');
});

test('no complaint repeats what the file holds, so no secret gets into a message', () => {
	for (const text of [
		'password: *hunter2\n',
		'password: @hunter2\n',
		'password: "hunter2\n',
		'password: hunter2: x\n',
		'a: {b: hunter2\n',
	]) {
		const messages = said(text);
		expect(messages.length).toBeGreaterThan(0);
		expect(messages.join()).not.toContain('hunter2');
	}
});

test('__proto__ is refused and pollutes nothing', () => {
	expect(said('__proto__:\n  polluted: true\n')).toEqual(['1:1 __proto__ cannot be a key']);
	expect(said('a: { __proto__: { polluted: true } }\n')).toEqual(['1:6 __proto__ cannot be a key']);
	expect(({} as Record<string, unknown>).polluted).toBeUndefined();
});

test('a bomb of aliases is refused at once', () => {
	const levels = Array.from(
		{ length: 12 },
		(_, at) => `a${at + 1}: &a${at + 1} [${Array(9).fill(`*a${at}`).join(', ')}]`,
	);
	expect(said(['a0: &a0 [x]', ...levels].join('\n'))[0]).toContain('too many aliases');
});

test('yes, no and 0777 are text and numbers of YAML 1.2, not booleans and octals', () => {
	expect(readYaml('a: yes\nb: no\nc: 0777\nd: 1e3\n').value).toEqual({ a: 'yes', b: 'no', c: 777, d: 1000 });
});
