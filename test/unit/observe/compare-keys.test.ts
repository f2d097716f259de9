import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compareKeys } from '../../../src/observe/compare-keys.ts';
import type { Comparison } from '../../../src/observe/compare-logs.ts';
import { FakeLog } from '../../fakes/log.ts';
import { at, type Estate, estate } from '../../support/estate.ts';

interface Change {
	key: string;
	/** null: the key is gone. */
	value: string | null;
}

const changes = fc.array(
	fc.record({
		key: fc.constantFrom('a', 'b', 'c', 'd'),
		value: fc.option(fc.constantFrom('1', '2', '3'), { nil: null }),
	}),
	{ minLength: 1, maxLength: 20 },
);

const newestOf = (index: number, all: readonly Change[]): number =>
	all.findLastIndex(({ key }) => key === all[index]?.key);

/** `keep`: whether a cleaner has left a record that is not the newest of its key, or says that its key is gone; what came before goes before it. */
function fill(log: FakeLog, all: readonly Change[], keep: (index: number) => boolean): void {
	for (const [index, { key, value }] of all.entries()) {
		const newest = newestOf(index, all);
		const there = all[newest]?.value !== null || keep(newest);
		if (there && (newest === index || keep(index))) log.append({ key, value, timestamp: BigInt(index) }, 0);
		else log.skip(1n);
	}
}

function compare(here: Estate, position: bigint | null): Promise<Comparison> {
	const [active, rebuilt] = [here.west, here.east].map(({ alias, log }, i) => {
		const kafka = i === 0 ? here.west : here.east;
		return { side: here.world.side(alias), edge: kafka.log(at(0)).edges(), log };
	});
	if (!active || !rebuilt) throw new Error('no sides');
	return compareKeys(active, rebuilt, at(0), { position, options: { isolation: 'committed' } });
}

function sides(west: (log: FakeLog) => void, east: (log: FakeLog) => void): Estate {
	const here = estate();
	for (const [kafka, made] of [
		[here.west, west],
		[here.east, east],
	] as const) {
		const log = new FakeLog('orders', 0);
		made(log);
		kafka.topics.get('orders')?.logs.splice(0, 1, log);
	}
	return here;
}

test('however far each side was cleaned, and whatever was written after the mirrored position, a copy is equal', async () => {
	await fc.assert(
		fc.asyncProperty(
			changes,
			changes,
			fc.array(fc.boolean()),
			fc.array(fc.boolean()),
			async (copied, later, left, right) => {
				const here = sides(
					(log) => fill(log, [...copied, ...later], (index) => left[index] ?? false),
					(log) => fill(log, copied, (index) => right[index] ?? true),
				);
				const gone = new Set(later.filter(({ value }) => value === null).map(({ key }) => key));
				// A key that is gone and cleaned away while the copy is made: a day has passed by default.
				if (
					[...gone].some(
						(key) => ![...here.west.log(at(0)).read(0n, 100n, 'committed')].some((one) => String(one.key) === key),
					)
				)
					return;
				expect((await compare(here, BigInt(copied.length - 1))).kind).toBe('equal');
			},
		),
		{ numRuns: 200 },
	);
});

test('a key that is missing, stale or risen from the dead is seen', async () => {
	const whole: Change[] = [
		{ key: 'a', value: '1' },
		{ key: 'b', value: '1' },
		{ key: 'a', value: '2' },
		{ key: 'c', value: '1' },
		{ key: 'c', value: null },
	];
	const all = () => true;
	for (const wrong of [whole.slice(0, 1), whole.slice(0, 2), whole.slice(0, 4), [...whole, { key: 'x', value: '1' }]]) {
		const here = sides(
			(log) => fill(log, whole, all),
			(log) => fill(log, wrong, all),
		);
		expect(await compare(here, 4n)).toMatchObject({ kind: 'differs' });
	}
});

test('without a mirrored position nothing is claimed, unless there is nothing', async () => {
	const some = (log: FakeLog) => fill(log, [{ key: 'a', value: '1' }], () => true);
	expect((await compare(sides(some, some), null)).kind).toBe('unknown');
	expect(
		await compare(
			sides(
				() => {},
				() => {},
			),
			null,
		),
	).toEqual({ kind: 'equal', records: 0n });
});
