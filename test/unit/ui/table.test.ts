import stringWidth from 'string-width';
import { expect, test } from 'vitest';
import type { Screen } from '../../../src/ui/screen.ts';
import { plainScreen, screenOf } from '../../../src/ui/screen.ts';
import { table } from '../../../src/ui/table.ts';

const columns = [{ title: 'GROUP' }, { title: 'TOPIC' }, { title: 'NEW', kind: 'number' as const }];
const narrow: Screen = { ...plainScreen, width: 40 };

test('numbers are right-aligned with separators, text is left-aligned', () => {
	expect(
		table(
			columns,
			[
				['billing', 'orders', 88_214n],
				['x', 'y', 3],
			],
			{ screen: plainScreen },
		),
	).toEqual(['GROUP     TOPIC       NEW', 'billing   orders   88,214', 'x         y             3']);
});

test('the widest text is cut to fit, a number never', () => {
	const [, row = ''] = table(columns, [['a'.repeat(50), 'orders', 9_223_372_036_854_775_807n]], { screen: narrow });
	expect(row).toBe('aaaaaaa…   orders   9,223,372,036,854,775,807');
	const lines = table(columns, [['b'.repeat(50), 'orders', 12]], { screen: narrow });
	for (const line of lines) expect(stringWidth(line)).toBeLessThanOrEqual(40);
	expect(lines[1]).toMatch(/^b+… {3}orders {4}12$/);
});

test('what must be read completely wraps below, in its own column, and loses no letter', () => {
	const columns = [{ title: 'STEP' }, { title: 'NOW', folds: true }, { title: 'UNDO' }];
	const rows = [
		['flip', '127.41.1.1 → 127.41.2.1, read back everywhere', 'back'],
		['a', 'averyveryverylongword', 'b'],
	];
	const lines = table(columns, rows, { screen: { ...plainScreen, width: 32 } });
	expect(lines).toEqual([
		'STEP   NOW                  UNDO',
		'flip   127.41.1.1 →         back',
		'       127.41.2.1, read',
		'       back everywhere',
		'a      averyveryverylongw   b',
		'       ord',
	]);
});

test('wide letters and the marks kdr draws itself keep the columns straight', () => {
	const lines = table(
		columns,
		[
			['日本語', 'a', 1],
			['→≤·─…✔✖⚠', 'b', 2],
		],
		{ screen: { ...plainScreen, unicode: true } },
	);
	expect(lines.map((line) => stringWidth(line))).toEqual([22, 22, 22]);
});

test('a name with an escape sequence in it is shown, not obeyed', () => {
	expect(table(columns, [['\u001b[2Jgone', 'a', 1]], { screen: plainScreen }).join()).toContain('\\x1b[2Jgone');
});

test('without Unicode only ASCII is written, and columns still align', () => {
	const screen = screenOf({ isTTY: true, columns: 80 }, { LANG: 'C' });
	const lines = table(
		[{ title: 'NOW → THEN' }, { title: 'X' }],
		[
			['é → ü', 'a'],
			['b'.repeat(200), 'c'],
		],
		{ screen },
	);
	// biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII is what is meant
	for (const line of lines) expect(line.replace(/\u001b\[\d+m/g, '')).toMatch(/^[\x20-\x7e]*$/);
	expect(lines[1]).toContain('\\u{e9} -> \\u{fc}');
	expect(lines[2]).toMatch(/\.\.\. {3}c$/);
});

test.each([
	[{ isTTY: true, columns: 60 }, { LANG: 'en_US.UTF-8' }, { width: 80, unicode: true, colour: true, live: true }],
	[
		{ isTTY: true, columns: 100 },
		{ LANG: 'C.UTF-8', NO_COLOR: '1' },
		{ width: 100, unicode: true, colour: false, live: true },
	],
	[
		{ isTTY: true, columns: 100 },
		{ TERM: 'dumb', LC_ALL: 'C', LANG: 'C.UTF-8' },
		{ width: 100, unicode: false, colour: false, live: false },
	],
	[
		{ isTTY: true, columns: 100 },
		{ CI: 'true', LANG: 'C.UTF-8' },
		{ width: 100, unicode: true, colour: true, live: false },
	],
	[{ isTTY: true, columns: 0 }, { LANG: 'C.UTF-8' }, { width: 80, unicode: true, colour: true, live: false }],
	[{}, { LANG: 'C.UTF-8' }, { width: 100, unicode: true, colour: false, live: false }],
])('%o with %o can show %o', (output, env, screen) => {
	expect(screenOf(output, env)).toEqual(screen);
});

test('in a narrow table no word is broken while another column has room', () => {
	const lines = table(
		['RUN', 'MOVE', 'RESULT', 'STARTED', 'BY'].map((title) => ({ title, folds: true })),
		[['10d43a51', 'switchover east → west', 'halted at open-target', '2026-11-28 14:31:18Z', 'root@ops1']],
		{ screen: { ...plainScreen, width: 64 } },
	);
	for (const line of lines) expect(line.length).toBeLessThanOrEqual(64);
	for (const word of ['switchover', 'open-target', '2026-11-28', '14:31:18Z', 'root@ops1'])
		expect(lines.join('\n')).toContain(word);
});
