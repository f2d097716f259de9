import fc from 'fast-check';
import { expect, test } from 'vitest';
import { placeReset, type Reset } from '../../../../src/domain/offsets/reset.ts';

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
