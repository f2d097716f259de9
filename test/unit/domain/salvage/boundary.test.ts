import fc from 'fast-check';
import { expect, test } from 'vitest';
import { findBoundary } from '../../../../src/domain/salvage/boundary.ts';

const prints = (text: string, from = 0n) => [...text].map((print, index) => ({ offset: from + BigInt(index), print }));
const facts = (returned: string, active: string, floor: bigint | null = null) => ({
	returned: prints(returned),
	active: prints(active),
	floor,
	logStart: 0n,
	activeWhole: true,
	bothWhole: false,
});
const fromOf = (given: ReturnType<typeof facts>): bigint | string => {
	const found = findBoundary(given);
	return found.kind === 'found' ? found.from : found.reason;
};

test('the tail begins after the last record that is on both sides, whatever the mirror last reported', () => {
	expect(fromOf(facts('abcdefgh', 'abcde', 3n))).toBe(5n);
	expect(fromOf(facts('abcdefgh', 'abcde', null))).toBe(5n);
	expect(fromOf(facts('abcde', 'abcde', 5n))).toBe(5n);
});

test('identical records are distinguished by how many were copied', () => {
	expect(fromOf(facts('xaaaaa', 'xaaa', 2n))).toBe(4n);
	expect(fromOf(facts('xaaaaa', 'xaaa', null))).toBe(4n);
});

test('where only identical records were read, the earliest position counts, and how many may be mirrored after all is reported', () => {
	expect(findBoundary(facts('aaaaaaaa', 'aaaaa', 3n))).toMatchObject({ from: 3n, doubtful: 5 });
	expect(findBoundary(facts('abababab', 'baba', 2n))).toMatchObject({ from: 3n, doubtful: 4 });
});

test('with nothing left from before the position, identical records count as not mirrored, and a distinct one does not', () => {
	const left = (active: string) => findBoundary({ ...facts('', active, 10n), returned: prints('aaab', 10n) });
	expect(left('aaa')).toMatchObject({ from: 10n, doubtful: 3 });
	expect(left('aab')).toMatchObject({ from: 14n, doubtful: 0 });
});

test('of two complete logs the number of records decides, though all are identical', () => {
	expect(findBoundary({ ...facts('aaaaaaaa', 'aaaaa', 3n), bothWhole: true })).toMatchObject({ from: 5n, doubtful: 0 });
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

test('however similar records are, and however little is read before the position, no record of the tail is left out, and the bound of those too many holds', () => {
	const log = fc.array(fc.constantFrom('a', 'a', 'b'), { minLength: 1, maxLength: 40 });
	fc.assert(
		fc.property(log, fc.nat(), fc.nat(), fc.nat(), fc.nat(), (records, cutAt, position, seen, copies) => {
			const mirrored = 1 + (cutAt % records.length);
			const floor = position % (mirrored + 1);
			const [from, since] = [Math.max(0, floor - 1 - (seen % 8)), Math.max(0, mirrored - 1 - (copies % 8))];
			const [returned, active] = [
				prints(records.slice(from).join(''), BigInt(from)),
				prints(records.slice(since, mirrored).join('')),
			];
			const found = findBoundary({
				...facts('', '', BigInt(floor)),
				returned,
				active,
				bothWhole: from === 0 && since === 0,
			});
			if (found.kind === 'unknown') throw new Error(found.reason);
			const tooMany = mirrored - Number(found.from);
			expect(tooMany).toBeGreaterThanOrEqual(0);
			expect(tooMany).toBeLessThanOrEqual(found.doubtful);
		}),
	);
});

test('a restarted mirror that copied a stretch again leaves nothing out that is not on the active side as often as it was written', () => {
	const log = fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 30 });
	fc.assert(
		fc.property(log, fc.nat(), fc.nat(), fc.nat(), (records, cutAt, position, again) => {
			const mirrored = 1 + (cutAt % records.length);
			const floor = position % (mirrored + 1);
			const copied = [...records.slice(0, mirrored), ...records.slice(again % mirrored, mirrored)];
			const found = findBoundary({ ...facts(records.join(''), copied.join(''), BigInt(floor)), bothWhole: true });
			if (found.kind === 'unknown') throw new Error(found.reason);
			const there = [...copied, ...records.slice(Number(found.from))];
			const times = (list: string[], one: string): number => list.filter((other) => other === one).length;
			for (const one of records) expect(times(there, one)).toBeGreaterThanOrEqual(times(records, one));
		}),
	);
});

test('where records differ the boundary is exact for any log, prefix and lagging position', () => {
	fc.assert(
		fc.property(
			fc.uniqueArray(fc.nat({ max: 9_999 }), { minLength: 1, maxLength: 60 }),
			fc.nat(),
			fc.nat(),
			(ids, cutAt, position) => {
				const returned = ids.map((id, index) => ({ offset: BigInt(index * 2), print: String(id) }));
				const mirrored = 1 + (cutAt % ids.length);
				const active = returned.slice(0, mirrored).map(({ print }, index) => ({ offset: BigInt(index), print }));
				const floor = BigInt((position % mirrored) * 2);
				const found = findBoundary({ returned, active, floor, logStart: 0n, activeWhole: true, bothWhole: true });
				expect(found).toMatchObject({ kind: 'found', from: BigInt((mirrored - 1) * 2 + 1) });
			},
		),
	);
});
