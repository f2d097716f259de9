import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readFact } from '../../../../src/domain/fact.ts';
import { compareTails } from '../../../../src/domain/offsets/content.ts';
import { type PlaceFacts, place, placeByCheckpoint, placeByTimestamp } from '../../../../src/domain/offsets/place.ts';
import { type MirroredLogs, mirroredLogs, textOf } from '../../../support/mirrored-logs.ts';

const drained = ({ source, mirrored }: MirroredLogs): boolean => mirrored === source.length;

function factsOf(logs: MirroredLogs): PlaceFacts {
	const { source, target, sourceEnd, targetEnd, commit, checkpoint } = logs;
	const drainedTo = drained(logs) ? (source.at(-1)?.offset ?? sourceEnd - 1n) + 1n : null;
	const tail = drainedTo === null || commit >= drainedTo ? null : compareTails(source, target)(commit);
	return {
		source: commit,
		target: { logStart: 0n, end: targetEnd },
		checkpoint,
		prior: null,
		drained: drainedTo === null ? null : readFact({ upTo: drainedTo, targetEnd }, 0),
		tail,
		moving: null,
	};
}

const read = ({ target }: MirroredLogs, offset: bigint): string[] =>
	target.filter((record) => record.offset >= offset).map(textOf);
const unread = ({ source, commit, mirrored }: MirroredLogs): string[] =>
	source
		.slice(0, mirrored)
		.filter(({ offset }) => offset >= commit)
		.map(textOf);

/** `of` without what is in `from`, each as often as it is there. */
function without(of: string[], from: string[]): string[] {
	const left = [...from];
	return of.filter((one) => {
		const found = left.indexOf(one);
		if (found >= 0) left.splice(found, 1);
		return found < 0;
	});
}

describe('whatever gaps, repetitions, identical records and aborted stretches the logs have', () => {
	test('no unread record that was mirrored lies only before the chosen offset', () => {
		fc.assert(
			fc.property(mirroredLogs, (logs) => {
				for (const chosen of [place(factsOf(logs)), placeByCheckpoint(factsOf(logs))]) {
					expect(without(unread(logs), read(logs, chosen.offset)), JSON.stringify(chosen.evidence)).toEqual([]);
				}
			}),
			{ numRuns: 3_000 },
		);
	});

	test('"exact" reads exactly the unread records again, in their order', () => {
		let exact = 0;
		fc.assert(
			fc.property(mirroredLogs, (logs) => {
				const chosen = place(factsOf(logs));
				if (chosen.proof !== 'exact') return;
				exact++;
				expect(chosen.rereadAtMost).toBe(0n);
				expect(read(logs, chosen.offset)).toEqual(unread(logs));
			}),
			{ numRuns: 3_000 },
		);
		expect(exact).toBeGreaterThan(500);
	});

	test('no group reads more again than was said', () => {
		fc.assert(
			fc.property(mirroredLogs, (logs) => {
				for (const chosen of [place(factsOf(logs)), placeByCheckpoint(factsOf(logs))]) {
					const again = without(read(logs, chosen.offset), unread(logs)).length;
					expect(BigInt(again), chosen.evidence).toBeLessThanOrEqual(chosen.rereadAtMost);
				}
			}),
			{ numRuns: 3_000 },
		);
	});

	test('the offset lies within the log of the cluster we move to', () => {
		fc.assert(
			fc.property(mirroredLogs, fc.nat({ max: 12 }), (logs, start) => {
				const facts = factsOf(logs);
				const logStart = BigInt(start) < facts.target.end ? BigInt(start) : facts.target.end;
				const { offset } = place({ ...facts, target: { ...facts.target, logStart } });
				expect(offset).toBeGreaterThanOrEqual(logStart);
				expect(offset).toBeLessThanOrEqual(facts.target.end);
			}),
			{ numRuns: 1_000 },
		);
	});
});

describe('a single group and partition', () => {
	const facts: PlaceFacts = {
		source: 50n,
		target: { logStart: 10n, end: 90n },
		checkpoint: { upstream: 40n, downstream: 38n, at: 0 },
		prior: null,
		drained: null,
		tail: null,
		moving: null,
	};

	test('resumes at the checkpoint when the logs could not be compared', () => {
		expect(place(facts)).toMatchObject({ offset: 38n, proof: 'bounded', rereadAtMost: 52n });
	});

	test('reads from the beginning when it was rewound on the source since the checkpoint', () => {
		expect(place({ ...facts, source: 39n })).toMatchObject({
			offset: 10n,
			proof: 'earliest',
			evidence: 'rewound on the source since the last checkpoint',
		});
	});

	test('trusts the checkpoint when the source cannot be asked', () => {
		expect(place({ ...facts, source: null })).toMatchObject({ offset: 38n, proof: 'bounded' });
	});

	test('says that it is rewound when the standby itself has a later commit', () => {
		expect(place({ ...facts, prior: 60n }).rewinds).toBe(true);
		expect(place({ ...facts, prior: 38n }).rewinds).toBe(false);
	});

	test('is at the end when its position is at or after the last data record, whatever markers follow', () => {
		expect(place({ ...facts, source: 60n, drained: readFact({ upTo: 58n, targetEnd: 90n }, 0) })).toMatchObject({
			offset: 90n,
			proof: 'exact',
			rereadAtMost: 0n,
		});
	});

	test('nothing but an end that all have read proves "everything read"', () => {
		expect(
			place({
				...facts,
				source: 57n,
				drained: readFact({ upTo: 58n, targetEnd: 90n }, 0),
				tail: { unread: 1n, sameFrom: null },
			}).proof,
		).toBe('bounded');
	});

	test('by time: the record found, or the end when none is that new, or the beginning when no time is known', () => {
		expect(placeByTimestamp(facts, { at: 1_000, found: 45n })).toMatchObject({
			offset: 45n,
			proof: 'bounded',
		});
		expect(placeByTimestamp(facts, { at: 1_000, found: null })).toMatchObject({
			offset: 90n,
			proof: 'bounded',
		});
		const unknown = { at: null, found: null };
		expect(placeByTimestamp(facts, unknown)).toMatchObject({ offset: 10n, proof: 'earliest' });
		expect(placeByTimestamp(facts, { ...unknown, why: 'no answer' })).toMatchObject({
			offset: 10n,
			evidence: 'no answer',
		});
	});
});
