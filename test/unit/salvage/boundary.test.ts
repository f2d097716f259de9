import fc from 'fast-check';
import { expect, test } from 'vitest';
import { findBoundary } from '../../../src/domain/salvage/boundary.ts';

const prints = (text: string, from = 0n) => [...text].map((print, index) => ({ offset: from + BigInt(index), print }));
const facts = (returned: string, active: string, floor: bigint | null = null) => ({
	returned: prints(returned),
	active: prints(active),
	floor,
	logStart: 0n,
	activeWhole: true,
});
const fromOf = (given: ReturnType<typeof facts>): bigint | string => {
	const found = findBoundary(given);
	return found.kind === 'found' ? found.from : found.reason;
};

test('the tail begins after the last record that is on both sides, whatever the mirror last told', () => {
	expect(fromOf(facts('abcdefgh', 'abcde', 3n))).toBe(5n);
	expect(fromOf(facts('abcdefgh', 'abcde', null))).toBe(5n);
	expect(fromOf(facts('abcde', 'abcde', 5n))).toBe(5n);
});

test('records alike are told apart by how many came across', () => {
	expect(fromOf(facts('xaaaaa', 'xaaa', 2n))).toBe(4n);
	expect(fromOf(facts('xaaaaa', 'xaaa', null))).toBe(4n);
});

test('a stretch the mirror copied twice does not move the boundary', () => {
	expect(fromOf(facts('abcdefg', 'abcbcde', 3n))).toBe(5n);
	expect(fromOf(facts('abcdefg', 'abcdbcd', 2n))).toBe(4n);
});

test('nothing mirrored at all leaves everything behind', () => {
	expect(fromOf(facts('abc', '', null))).toBe(0n);
	expect(fromOf(facts('abc', '', 0n))).toBe(0n);
});

test('what cannot be compared goes by the position, and without one is unknown', () => {
	expect(fromOf(facts('abc', 'z', 2n))).toBe(2n);
	expect(fromOf(facts('abc', 'z', null))).toMatch(/no mirrored position/);
	expect(findBoundary({ ...facts('abc', '', null), activeWhole: false }).kind).toBe('unknown');
});

test('for any log and any prefix mirrored, repeats of the mirror included, no orphan is left out', () => {
	const log = fc.array(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g'), { minLength: 1, maxLength: 40 });
	fc.assert(
		fc.property(log, fc.nat(), fc.nat(), fc.nat(), (records, cutAt, told, again) => {
			const mirrored = cutAt % (records.length + 1);
			const floor = told % (mirrored + 1);
			// The mirror restarts once and copies a stretch again.
			const restart = again % (mirrored + 1);
			const copied = [...records.slice(0, mirrored), ...records.slice(restart, mirrored)];
			const given = { ...facts(records.join(''), copied.join(''), BigInt(floor)), active: prints(copied.join('')) };
			const found = findBoundary(given);
			if (found.kind === 'unknown') return false;
			return copied.length === 0 ? found.from === BigInt(floor) : found.from >= BigInt(floor);
		}),
	);
});

test('where records differ the boundary is exact for any log, prefix and lagging position', () => {
	fc.assert(
		fc.property(fc.uniqueArray(fc.nat({ max: 9_999 }), { minLength: 1, maxLength: 60 }), fc.nat(), fc.nat(), (ids, cutAt, told) => {
			const returned = ids.map((id, index) => ({ offset: BigInt(index * 2), print: String(id) }));
			const mirrored = 1 + (cutAt % ids.length);
			const active = returned.slice(0, mirrored).map(({ print }, index) => ({ offset: BigInt(index), print }));
			const floor = BigInt((told % mirrored) * 2);
			const found = findBoundary({ returned, active, floor, logStart: 0n, activeWhole: true });
			expect(found).toMatchObject({ kind: 'found', from: BigInt((mirrored - 1) * 2 + 1) });
		}),
	);
});
