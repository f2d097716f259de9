import { expect, test } from 'vitest';
import { pace, progressText } from '../../../../src/domain/lag/pace.ts';

const text = (done: bigint, total: bigint, ms: number, bytes: { done: bigint; total: bigint } | null = null) =>
	progressText({ ...pace({ done, total, since: 0n, ms }), bytes });

test('the progress of a copy is shown in records and bytes, with the time the rest takes at the speed seen', () => {
	expect(text(300_000n, 1_200_000n, 10_000, { done: 310_000_000n, total: 1_240_000_000n })).toBe(
		'300,000 of 1,200,000 records (25 %), 0.3 of 1.2 GB, 30,000/s, about 30 s left',
	);
	expect(text(100n, 100_000n, 10_000)).toBe('100 of 100,000 records (0 %), 10/s, about 2.8 h left');
});

test('too early, or without progress, no time is claimed', () => {
	expect(text(500n, 1_000n, 1_000)).toBe('500 of 1,000 records (50 %)');
	expect(text(0n, 1_000n, 60_000)).toBe('0 of 1,000 records (0 %)');
	expect(text(0n, 0n, 0)).toBe('0 of 0 records (100 %)');
});
