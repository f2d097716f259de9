import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { locate } from '../../../../src/domain/offsets/content.ts';
import { refine, type Translation, translate, translateBack } from '../../../../src/domain/offsets/translate.ts';
import { type Copy, judge, lives, type SimulatedMirror, simulate } from '../../../support/simulated-mirror.ts';

/** Enough to find every slip made on the way here; the machine may be busy. */
const runs = 150;
vi.setConfig({ testTimeout: 60_000 });

type Translator = (
	mirror: SimulatedMirror,
	position: bigint,
) => (Pick<Translation, 'offset' | 'rereadAtMost'> & { proof?: 'exact' | 'bounded' }) | null;

interface Demands {
	/** Lives in which the demand is made at all. */
	given?: (mirror: SimulatedMirror) => boolean;
	/** Look at nothing but skips: the bounds rest on a premise that does not hold here. */
	skipsOnly?: boolean;
	/** Count second copies of the mirror's own making too. */
	strict?: boolean;
	/** Only positions that the source's log of today holds. */
	inside?: boolean;
}

/** Every position of a mirror's life against the judge: no record is skipped, a bound holds, `exact` is exact. */
function breach(
	mirror: SimulatedMirror,
	translator: Translator,
	{ strict = false, skipsOnly = false, inside = false }: Demands,
): string | null {
	const from = mirror.source[0]?.offset ?? 0n;
	for (let position = inside ? from : from > 3n ? from - 3n : 0n; position <= mirror.sourceEnd; position++) {
		const found = translator(mirror, position);
		if (!found) continue;
		const { skipped, again, againInAll } = judge(mirror, position, found.offset);
		const reread = strict ? againInAll : again;
		const where = `${position} → ${found.offset} (${found.proof ?? 'bounded'} ≤ ${found.rereadAtMost})`;
		if (skipped !== null) return `${where} skips ${skipped}`;
		if (skipsOnly) continue;
		if (reread > found.rereadAtMost) return `${where} reads ${reread} again`;
		if (found.proof === 'exact' && reread > 0n) return `${where} is not exact: ${reread} again`;
	}
	return null;
}

function holds(life: Parameters<typeof lives>[0], translator: Translator, demands: Demands = {}, equal = 0): void {
	fc.assert(
		fc.property(
			lives(life),
			fc.integer({ min: 0, max: 500 }),
			fc.constantFrom(0, 5, 20, 100),
			(stretches, start, lagMax) => {
				const mirror = simulate(stretches, { start, lagMax, equal });
				if (demands.given?.(mirror) ?? true) expect(breach(mirror, translator, demands)).toBe(null);
			},
		),
		{ numRuns: runs },
	);
}

const facts = ({ end }: SimulatedMirror, over: Partial<Parameters<typeof translate>[2]> = {}) => ({
	target: { logStart: 0n, end },
	settled: false,
	fillers: false,
	checkpoint: null,
	...over,
});

const raw: Translator = (mirror, position) => translate(mirror.history, position, facts(mirror));
const settled: Translator = (mirror, position) => translate(mirror.history, position, facts(mirror, { settled: true }));
const exactlyOnce: Translator = (mirror, position) =>
	translate(mirror.history, position, facts(mirror, { fillers: true }));
const careful: Translator = (mirror, position) => {
	const found = translate(mirror.history, position, facts(mirror));
	return found?.conservative ?? null;
};

const slice = (target: readonly Copy[], from: bigint, to: bigint) =>
	target.filter(({ offset }) => offset >= from && offset < to);

const counted: Translator = (mirror, position) => {
	const found = translate(mirror.history, position, facts(mirror));
	const { before, after } = found?.bracket ?? {};
	if (!found || !before || !after) return null;
	const start = before.downstream - 2n * (after.downstream - before.downstream);
	const earlier = slice(mirror.target, start, before.downstream + 1n);
	const inside = slice(mirror.target, before.downstream + 1n, after.downstream + 1n);
	const from = mirror.source[0]?.offset ?? 0n;
	return refine(found, position < from ? from : position, {
		inside,
		earlier: earlier.length >= inside.length || start <= 0n ? earlier : null,
	});
};

const byContent: Translator = (mirror, position) => {
	const found = translate(mirror.history, position, facts(mirror));
	if (!found) return null;
	const { before, after } = found.bracket;
	const [low, high] = [before?.upstream ?? -1n, after?.upstream ?? mirror.sourceEnd];
	const located = locate(position, {
		source: mirror.source.filter(({ offset }) => offset >= low && offset <= high),
		target: slice(mirror.target, before ? before.downstream : 0n, after ? after.downstream + 1n : mirror.end),
		before,
		after,
		end: mirror.end,
	});
	return located && { ...located, proof: located.rereadAtMost === 0n ? 'exact' : 'bounded' };
};

describe('raw syncs: no record is skipped, bounds hold and exact is exact', () => {
	test('on a pure mirror, however many syncs were lost', () => {
		holds({ gaps: true, losses: true }, raw, { strict: true });
	});
	test('with restarts, as long as no sync was lost', () => {
		holds({ gaps: true, restarts: true }, raw);
	});
	test('with unannounced markers it still skips nothing, as long as no sync was lost', () => {
		holds({ gaps: true, markers: true, restarts: true }, raw, { skipsOnly: true });
	});
	test('with an exactly-once worker, however many syncs were lost', () => {
		holds({ gaps: true, markers: true, losses: true }, exactlyOnce, { strict: true });
	});
	test('by the final position, once the mirror is stopped', () => {
		holds({ gaps: true, losses: true }, settled, { strict: true });
	});
	test('by its own rule MirrorMaker needs no premise but that restarts left their syncs', () => {
		holds({ gaps: true, markers: true, restarts: true }, careful);
		holds({ gaps: true, markers: true, losses: true }, careful, { strict: true });
	});
	test('after the source topic was created again', () => {
		holds({ gaps: true, recreated: true }, raw, { inside: true });
	});
});

describe('reading the window: no premise at all', () => {
	test('counting on the target skips nothing and its exact is exact, whatever was lost, repeated or marked', () => {
		holds({ gaps: true, markers: true, restarts: true, losses: true }, counted);
	});
	test('the records themselves skip nothing and prove exactly, whatever was lost, repeated or marked', () => {
		holds({ gaps: true, markers: true, restarts: true, losses: true, recreated: true }, byContent);
	});
	test('however both logs were compacted since', () => {
		fc.assert(
			fc.property(
				lives({ gaps: true, markers: true, losses: true }),
				fc.integer({ min: 2, max: 9 }),
				fc.integer({ min: 2, max: 9 }),
				(life, a, b) => {
					const mirror = simulate(life, { start: 7, lagMax: 20, equal: 0 });
					const [source, target] = [
						mirror.source.filter((_, i) => i % a !== 1),
						mirror.target.filter((_, i) => i % b !== 1),
					];
					expect(breach({ ...mirror, source, target }, byContent, { strict: true })).toBe(null);
				},
			),
			{ numRuns: runs },
		);
	});
	test('records that look identical are distinguished by their neighbours or not at all', () => {
		holds({ gaps: true, markers: true, losses: true }, byContent, {}, 3);
	});
	test('every position between two syncs is found exactly on logs that lost nothing', () => {
		holds({ gaps: true, markers: true, losses: true }, (mirror, position) => {
			const found = byContent(mirror, position);
			const inside = mirror.syncs[0] && position >= mirror.syncs[0].upstream;
			if (inside && found?.proof !== 'exact') throw new Error(`${position} was not found exactly`);
			return found;
		});
	});
});

describe('the way back', () => {
	test('on a pure mirror no position is translated past its own record', () => {
		fc.assert(
			fc.property(lives({ gaps: true, losses: true }), fc.integer({ min: 0, max: 500 }), (stretches, start) => {
				const { history, target, end } = simulate(stretches, { start, lagMax: 20, equal: 0 });
				for (let position = 0n; position <= end; position++) {
					const back = translateBack(history, position, { pure: true });
					const truth = target.find(({ offset }) => offset >= position)?.upstream;
					if (!back || truth === undefined) continue;
					expect(back.offset).toBeLessThanOrEqual(truth);
					if (back.rereadAtMost !== null) expect(truth - back.offset).toBeLessThanOrEqual(back.rereadAtMost);
				}
			}),
			{ numRuns: runs },
		);
	});
	test('with markers on the mirror one past the sync is never past the record', () => {
		fc.assert(
			fc.property(lives({ gaps: true, losses: true, markers: true }), (stretches) => {
				const { history, target, end } = simulate(stretches, { start: 7, lagMax: 20, equal: 0 });
				for (let position = 0n; position <= end; position++) {
					const back = translateBack(history, position, { pure: false });
					const truth = target.find(({ offset }) => offset >= position)?.upstream;
					if (back && truth !== undefined) expect(back.offset).toBeLessThanOrEqual(truth);
				}
			}),
			{ numRuns: runs },
		);
	});
});

describe('the judge catches', () => {
	const aged = simulate(
		[
			{ gap: 0, records: 30, markers: 0, again: 0, lost: false, recreated: false },
			{ gap: 2, records: 40, markers: 0, again: 0, lost: false, recreated: false },
		],
		{ start: 50, lagMax: 10, equal: 0 },
	);
	const skewed = (mirror: SimulatedMirror, position: bigint, skew: number) => {
		// Ten records a second: the first record at or after the group's time, on a clock that is off.
		const first = mirror.target.find(({ upstream }) => upstream * 100n >= position * 100n + BigInt(skew));
		return { offset: first?.offset ?? mirror.end, proof: 'exact' as const, rereadAtMost: 0n };
	};

	test('nothing in an honest translation', () => {
		expect(breach(aged, raw, { strict: true })).toBe(null);
		expect(breach(aged, (mirror, position) => skewed(mirror, position, 0), {})).toBe(null);
	});
	test('a translation that is one too high', () => {
		const plusOne: Translator = (mirror, position) => {
			const found = raw(mirror, position);
			return found && { ...found, offset: found.offset + 1n };
		};
		expect(breach(aged, plusOne, {})).toMatch(/skips/);
	});
	test('a literal copy', () => {
		expect(breach(aged, (_, position) => ({ offset: position, proof: 'exact', rereadAtMost: 0n }), {})).toMatch(
			/skips/,
		);
	});
	test('a clock that is a second fast or slow', () => {
		expect(breach(aged, (mirror, position) => skewed(mirror, position, 1_000), {})).toMatch(/skips/);
		expect(breach(aged, (mirror, position) => skewed(mirror, position, -1_000), {})).toMatch(/again/);
	});
});
