import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
	chosen,
	durationMs,
	parseDatetime,
	placeReset,
	type Reset,
	resetOf,
	topicChoices,
} from '../../../../src/domain/offsets/reset.ts';

const target = { logStart: 100n, end: 1_000n };
const facts = { prior: 500n, target, found: null };

test.each<[Reset, bigint | null, bigint | null, bigint | null]>([
	[{ to: 'earliest' }, 500n, null, 100n],
	[{ to: 'latest' }, 500n, null, 1_000n],
	[{ to: 'current' }, 500n, null, 500n],
	[{ to: 'current' }, null, null, 1_000n],
	[{ to: 'current' }, 2_000n, null, 1_000n],
	[{ to: 'offset', offset: 700n }, null, null, 700n],
	[{ to: 'offset', offset: 7_000n }, null, null, 1_000n],
	[{ to: 'offset', offset: -7n }, null, null, 100n],
	[{ to: 'shift', by: -50n }, 500n, null, 450n],
	[{ to: 'shift', by: -5_000n }, 500n, null, 100n],
	[{ to: 'shift', by: 5_000n }, 500n, null, 1_000n],
	[{ to: 'shift', by: 5n }, null, null, null],
	[{ to: 'time', at: 0 }, 500n, 250n, 250n],
	[{ to: 'time', at: 0 }, 500n, null, 1_000n],
	[{ to: 'rows', rows: [] }, 500n, 300n, 300n],
	[{ to: 'rows', rows: [] }, 500n, 9_300n, 1_000n],
])('%o from %s (found %s) goes to %s, as kafka-consumer-groups has it', (reset, prior, found, wanted) => {
	expect(placeReset(reset, { prior, target, found }).offset).toBe(wanted);
});

test('no choice ever leaves the log', () => {
	const big = fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n);
	const anyReset = fc.oneof(
		big.map((offset): Reset => ({ to: 'offset', offset })),
		big.map((by): Reset => ({ to: 'shift', by })),
		fc.constantFrom<Reset>({ to: 'earliest' }, { to: 'latest' }, { to: 'current' }, { to: 'time', at: 0 }),
	);
	fc.assert(
		fc.property(anyReset, fc.option(big), fc.option(big), (reset, prior, found) => {
			const { offset } = placeReset(reset, { prior, target, found });
			if (offset !== null) expect(offset >= target.logStart && offset <= target.end).toBe(true);
		}),
	);
});

test('what was clamped says so', () => {
	expect(placeReset({ to: 'offset', offset: 7_000n }, facts).evidence).toBe('offset 7000, beyond the log end');
	expect(placeReset({ to: 'shift', by: -5_000n }, facts).evidence).toBe('500 - 5000, before the log start');
});

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
