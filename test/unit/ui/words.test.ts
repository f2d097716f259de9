import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Check } from '../../../src/domain/check.ts';
import { atMost, exactly, unknown } from '../../../src/domain/claim.ts';
import { renderChecks } from '../../../src/ui/checks.ts';
import { plainScreen, type Screen } from '../../../src/ui/screen.ts';
import { visible } from '../../../src/ui/visible.ts';
import { claim, claimCell, duration, durationBound, number, records, wrapped } from '../../../src/ui/words.ts';

test('unknown is never a number and says why', () => {
	expect(claim(unknown<bigint>('east does not answer'), records)).toBe('unknown (east does not answer)');
	expect(claimCell(unknown<bigint>('east does not answer'), number)).toBe('unknown');
});

test('a bound says that it is one', () => {
	expect(claim(atMost(1907n, 'x'), records)).toBe('at most 1,907 records');
	expect(claim(exactly(1n, 'x'), records)).toBe('1 record');
	expect(claimCell(atMost(12n, 'x'), number)).toBe('≤ 12');
	expect(number(9_223_372_036_854_775_807n)).toBe('9,223,372,036,854,775,807');
});

test.each([
	[0, '0 s'],
	[3, '0.0 s'],
	[400, '0.4 s'],
	[30_000, '30 s'],
	[38_640, '38.6 s'],
	[59_990, '1 m'],
	[125_000, '2 m 05 s'],
	[300_000, '5 m'],
	[11_520_000, '3 h 12 m'],
	[187_200_000, '2 d 4 h'],
])('%i ms reads %s', (ms, text) => {
	expect(duration(ms)).toBe(text);
});

const back: Record<string, number> = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1_000 };

test('a bound in time is never rounded down', () => {
	fc.assert(
		fc.property(fc.nat(10 * 86_400_000), (ms) => {
			const sum = [...durationBound(ms).matchAll(/([\d.]+) ([dhms])/g)].reduce(
				(sum, [, n, unit]) => sum + Number(n) * (back[unit ?? ''] ?? 0),
				0,
			);
			expect(Math.round(sum)).toBeGreaterThanOrEqual(ms);
		}),
	);
});

test('nothing in a name reaches the terminal unseen', () => {
	expect(visible('a\u001b[31mred\u0007\nb')).toBe('a\\x1b[31mred\\x07\\x0ab');
	expect(visible('user\u202etxt.exe\u200b')).toBe('user\\u202etxt.exe\\u200b');
	expect(visible('\u{e0041}\ud800 é 日本')).toBe('\\u{e0041}\\ud800 é 日本');
	fc.assert(
		fc.property(fc.string({ unit: 'binary' }), (text) => {
			expect(visible(text)).not.toMatch(/\p{Cc}|\p{Bidi_Control}|\p{Surrogate}/u);
		}),
	);
});

test('a check is broken between words on a terminal, and stays one line in a pipe', () => {
	const check: Check = { code: 'KDR_X', status: 'block', what: 'w'.repeat(40), observed: 'o '.repeat(30).trim() };
	const terminal: Screen = { ...plainScreen, live: true, width: 80 };
	expect(renderChecks([check], plainScreen)).toHaveLength(1);
	const lines = renderChecks([check], terminal);
	expect(lines.length).toBeGreaterThan(1);
	for (const line of lines) expect(line.length).toBeLessThanOrEqual(80);
	expect(lines.join(' ').replace(/ +/g, ' ').trim()).toBe(`✖ ${check.what}: ${check.observed} KDR_X`);
});

test('a line break never separates a number from its unit', () => {
	expect(wrapped('  ', 'reverse mirror 0.7 s · evict 0.2 s · fence 0.1 s', 24)).toEqual([
		'  reverse mirror 0.7 s ·',
		'  evict 0.2 s · fence',
		'  0.1 s',
	]);
});

test('a line break never spoils a command that is to be copied', () => {
	const lines = wrapped(
		'',
		'east is not fenced, and writers can still use it: kdr fence pay --wait --confirm east',
		60,
	);
	expect(lines).toEqual(['east is not fenced, and writers can still use it:', 'kdr fence pay --wait --confirm east']);
});
