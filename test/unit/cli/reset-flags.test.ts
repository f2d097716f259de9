import { expect, test } from 'vitest';
import { durationMs, parseDatetime, resetOf, topicChoices } from '../../../src/cli/reset-flags.ts';
import { chosen } from '../../../src/domain/offsets/reset.ts';

test('two places at once are refused, and so is a number that is none', () => {
	expect(() => resetOf({ 'to-latest': true, 'to-offset': '5' }, 0)).toThrow(
		'--to-latest and --to-offset exclude each other',
	);
	expect(() => resetOf({ 'to-offset': '5.5' }, 0)).toThrow('--to-offset 5.5 is not a whole number');
	expect(resetOf({ 'shift-by': '+10' }, 0)).toEqual({ to: 'shift', by: 10n });
	expect(resetOf({ 'to-latest': false }, 0)).toBeNull();
});

test('a duration counts back from now; one without a fixed length is refused', () => {
	expect(resetOf({ 'by-duration': 'PT1H30M' }, 10_000_000)).toEqual({ to: 'time', at: 10_000_000 - 5_400_000 });
	expect(durationMs('P2DT3H4M5.5S')).toBe(2 * 86_400_000 + 3 * 3_600_000 + 4 * 60_000 + 5_500);
	expect(durationMs('p1d')).toBe(86_400_000);
	for (const text of ['P1M', 'P1Y', 'P1W', 'PT', 'P', '5m', '-PT5M', 'PT5', 'P1DT'])
		expect(() => durationMs(text)).toThrow('not a duration');
});

test('a date-time without a zone is UTC', () => {
	expect(parseDatetime('2026-11-21T03:12:00.000')).toBe(Date.UTC(2026, 10, 21, 3, 12));
	expect(parseDatetime('2026-11-21T04:12:00+01:00')).toBe(Date.UTC(2026, 10, 21, 3, 12));
	expect(() => parseDatetime('2026-11-21')).toThrow('not a date and time');
});

test('topics are chosen whole or by partition', () => {
	const mine = chosen(topicChoices(['orders', 'payments:0,3']));
	expect(mine({ topic: 'orders', partition: 9 })).toBe(true);
	expect(mine({ topic: 'payments', partition: 3 })).toBe(true);
	expect(mine({ topic: 'payments', partition: 1 })).toBe(false);
	expect(chosen(undefined)({ topic: 'any', partition: 0 })).toBe(true);
	for (const text of ['orders:', ':1', 'orders:a', 'a:1:2'])
		expect(() => topicChoices([text])).toThrow('not a topic with partitions');
});
