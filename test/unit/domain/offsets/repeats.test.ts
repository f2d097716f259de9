import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readFact } from '../../../../src/domain/fact.ts';
import { type PlaceFacts, place } from '../../../../src/domain/offsets/place.ts';
import { addSync, emptyHistory, repeatedFrom, repeatsOf, surplusOf } from '../../../../src/domain/offsets/syncs.ts';
import { translate } from '../../../../src/domain/offsets/translate.ts';
import { lives, type SimulatedMirror, simulate } from '../../../support/simulated-mirror.ts';

/** Everything read more often than needed from an offset on: what was processed, and second copies of what was not. */
function extra({ target }: SimulatedMirror, position: bigint, offset: bigint): bigint {
	const above = target.filter((one) => one.offset >= offset);
	const wanted = new Set(above.filter(({ upstream }) => upstream >= position).map(({ upstream }) => upstream));
	return BigInt(above.length - wanted.size);
}

const historyOf = (...syncs: [bigint, bigint][]) => {
	const history = emptyHistory();
	for (const [upstream, downstream] of syncs) addSync(history, upstream, downstream);
	return history;
};

describe('what the mirror copied twice', () => {
	test('is counted from the syncs on both sides of a restart, however many gaps there are', () => {
		fc.assert(
			fc.property(lives({ gaps: true, restarts: true }), fc.constantFrom(0, 5, 20, 100), (stretches, lagMax) => {
				const mirror = simulate(stretches, { start: 7, lagMax, equal: 0 });
				const repeats = surplusOf(mirror.history);
				const facts = { settled: false, fillers: false, checkpoint: null };
				for (let position = 7n; position <= mirror.sourceEnd; position++) {
					const found = translate(mirror.history, position, { ...facts, target: { logStart: 0n, end: mirror.end } });
					if (!found) continue;
					expect(extra(mirror, position, found.offset)).toBeLessThanOrEqual(
						found.rereadAtMost + repeatedFrom(repeats, found.offset),
					);
				}
			}),
			{ numRuns: 150 },
		);
	});

	test('is the very number where nothing else is missing or too much', () => {
		// Copied 0…149 with a sync every 100; killed; copied again from 120.
		expect(repeatsOf(historyOf([0n, 0n], [101n, 101n], [120n, 150n]))).toEqual([{ until: 150n, records: 30n }]);
	});

	test('is not confused with the marker an exactly-once worker leaves with every batch', () => {
		expect(repeatsOf(historyOf([0n, 0n], [50n, 51n], [100n, 102n], [150n, 153n], [151n, 154n]))).toEqual([]);
	});

	test('makes "exact" say so: the position stays exact, what is read twice after it is reported', () => {
		const facts: PlaceFacts = {
			...{
				source: 50n,
				target: { logStart: 0n, end: 200n },
				checkpoint: null,
				prior: 40n,
				drained: null,
				moving: null,
				tail: null,
			},
			content: readFact({ offset: 50n, rereadAtMost: 0n, evidence: 'the same 51 records since offset 0' }, 0),
			repeats: [{ until: 150n, records: 30n }],
		};
		expect(place(facts)).toMatchObject({
			...{ offset: 50n, proof: 'exact', rereadAtMost: 30n, mirrorMaker: { rereadAtMost: 40n, skips: 0n } },
			evidence: 'the same 51 records since offset 0; the mirror copied up to 30 above it twice',
		});
		const after = {
			...facts,
			source: 130n,
			content: readFact({ offset: 160n, rereadAtMost: 0n, evidence: 'found' }, 0),
		};
		expect(place(after)).toMatchObject({ offset: 160n, proof: 'exact', rereadAtMost: 0n, evidence: 'found' });
	});
});
