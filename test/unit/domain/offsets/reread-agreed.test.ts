import { expect, test } from 'vitest';
import { parseMaxReread } from '../../../../src/cli/consent-flags.ts';
import { agreesBehind, agreesPlanned, rereadCheck } from '../../../../src/domain/offsets/reread-agreed.ts';

const facts = { atMost: 0n, groups: 2, positions: 3, ends: 1_000n };
const agreed = Object.fromEntries(
	[agreesPlanned(50n), agreesBehind(400n, 900n)].map(({ name, value }) => [name, value]),
);
const statusOf = (atMost: bigint | null, consent: Record<string, string>) =>
	rereadCheck({ ...facts, atMost }, consent)?.status;

test('the figures of the plan bound what is read again, with what was written since for each group', () => {
	// 50 by groups at rest, 400 by those that read, 100 written since for 2 groups, 200 for each of 3 positions.
	expect(statusOf(1_250n, agreed)).toBe('pass');
	expect(statusOf(1_251n, agreed)).toBe('block');
	expect(statusOf(null, agreed)).toBe('block');
});

test('a number that was named bounds it instead, also where the plan knew none', () => {
	const consent = { ...agreed, ...parseMaxReread('10') };
	expect(statusOf(10n, consent)).toBe('pass');
	expect(statusOf(11n, consent)).toBe('block');
	expect(statusOf(11n, parseMaxReread('10'))).toBe('block');
});

test('where nothing was agreed to, or the ends at the cut are unknown, nothing is refused', () => {
	expect(rereadCheck(facts, {})).toBeNull();
	expect(rereadCheck({ ...facts, ends: null, atMost: 10_000n }, agreed)).toBeNull();
});

test('anything but a number of records is refused as typed wrongly', () => {
	expect(parseMaxReread(undefined)).toEqual({});
	for (const text of ['', '-1', '1.5', '10s', 'all'])
		expect(() => parseMaxReread(text), text).toThrow(/takes a number/);
});
