import { describe, expect, test } from 'vitest';
import type { KafkaRecord } from '../../../../src/domain/kafka/record.ts';
import { leftAlone } from '../../../../src/domain/kafka/scope.ts';
import { fingerprintOf, locate } from '../../../../src/domain/offsets/content.ts';
import { mirrorNames } from '../../../../src/domain/offsets/mirror-maker.ts';
import { addSync, emptyHistory, foldSyncs, type SyncHistory } from '../../../../src/domain/offsets/syncs.ts';
import { translate, translateBack } from '../../../../src/domain/offsets/translate.ts';
import { offsetSyncRecord } from '../../../fakes/mm2-bytes.ts';

const record = (key: Buffer | null, value: Buffer | null): KafkaRecord => ({
	...{
		topic: 'mm2-offset-syncs.east.internal',
		partition: 0,
		offset: 0n,
		timestamp: 0n,
		timestampType: 'create',
		key,
		value,
		headers: [],
	},
});
const sync = (topic: string, partition: number, upstream: bigint, downstream: bigint): KafkaRecord => {
	const { key, value } = offsetSyncRecord(topic, partition, upstream, downstream);
	return record(key, value);
};
const historyOf = (...syncs: [bigint, bigint][]): SyncHistory => {
	const history = emptyHistory();
	for (const [upstream, downstream] of syncs) addSync(history, upstream, downstream);
	return history;
};
const facts = {
	...{
		target: { logStart: 0n, end: 10_000n },
		settled: false,
		fillers: false,
		checkpoint: null,
	},
};

describe('the offset-syncs topic', () => {
	test('is read byte for byte as MirrorMaker writes it: key STRING topic, INT32 partition; value two INT64', async () => {
		const key = Buffer.from('00066f726465727300000000', 'hex');
		const value = Buffer.from('0000000000000064000000000000005a', 'hex');
		const { partitions } = await foldSyncs([record(key, value)]);
		const history = partitions.get({ topic: 'orders', partition: 0 });
		expect([history?.length, history?.upstream[0], history?.downstream[0]]).toEqual([1, 100n, 90n]);
	});
	test('survives tombstones and junk, and counts them', async () => {
		const { key, value } = offsetSyncRecord('orders', 1, 5n, 3n);
		const junk = [
			record(null, value),
			record(key, Buffer.alloc(15)),
			record(Buffer.from('ff', 'hex'), value),
			record(Buffer.from('ffff00000000', 'hex'), value),
			record(key, offsetSyncRecord('orders', 1, -1n, 3n).value),
			record(offsetSyncRecord('orders', -1, 0n, 0n).key, value),
		];
		const table = await foldSyncs([...junk, record(key, null), record(key, value)]);
		expect(table).toMatchObject({ read: 8, tombstones: 1, junk: 6 });
		expect(table.partitions.get({ topic: 'orders', partition: 1 })?.length).toBe(1);
	});
	test('keeps offsets past 2^53 to the last digit', async () => {
		const { partitions } = await foldSyncs([sync('orders', 0, 9_007_199_254_740_993n, 9_007_199_254_740_995n)]);
		const history = partitions.get({ topic: 'orders', partition: 0 }) ?? emptyHistory();
		expect(
			translate(history, 9_007_199_254_740_993n, { ...facts, target: { logStart: 0n, end: 2n ** 62n } })?.offset,
		).toBe(9_007_199_254_740_995n);
	});
	test('of a million syncs takes seconds and 16 bytes each', async () => {
		const { key } = offsetSyncRecord('orders', 0, 0n, 0n);
		function* many(): Generator<KafkaRecord> {
			for (let i = 0n; i < 1_000_000n; i++) {
				const value = Buffer.alloc(16);
				value.writeBigInt64BE(i * 2n, 0);
				value.writeBigInt64BE(i, 8);
				yield record(key, value);
			}
		}
		const history = (await foldSyncs(many())).partitions.get({ topic: 'orders', partition: 0 });
		expect(history?.length).toBe(1_000_000);
		expect(history?.upstream.byteLength).toBeLessThanOrEqual(2 ** 20 * 8);
	}, 60_000);
	test('begins a new lifetime where the mirror went back, and forgets a target that was created again', () => {
		expect(historyOf([0n, 0n], [100n, 100n], [50n, 151n], [60n, 161n]).lifetimes).toEqual([0, 2]);
		expect(historyOf([0n, 0n], [100n, 100n], [100n, 100n]).length).toBe(2);
		expect(historyOf([0n, 0n], [100n, 100n], [120n, 3n])).toMatchObject({ length: 1, lifetimes: [0] });
	});
});

describe('translation by raw syncs', () => {
	const plain = historyOf([100n, 0n], [200n, 100n], [300n, 180n]);
	const restarted = historyOf([0n, 0n], [100n, 100n], [50n, 151n], [150n, 251n]);
	test.each([
		['on a sync it is its offset', plain, 200n, { offset: 100n, rereadAtMost: 0n }],
		['in a closed window it is the one place', plain, 150n, { offset: 50n, rereadAtMost: 0n }],
		['where the source has gaps it is the lower of two bounds', plain, 250n, { offset: 130n, rereadAtMost: 49n }],
		['just past a sync it is never below one past it', plain, 201n, { offset: 101n, rereadAtMost: 0n }],
		['before the first sync it is the log start', plain, 90n, { offset: 0n, rereadAtMost: 0n }],
		['past the last sync it is one past it while the mirror runs', plain, 350n, { offset: 181n, rereadAtMost: 49n }],
		['the newest lifetime that reaches back is taken', restarted, 75n, { offset: 176n, rereadAtMost: 0n }],
		['an older lifetime lies below a later one', restarted, 25n, { offset: 25n, rereadAtMost: 126n }],
	] as const)('%s', (_, history, position, expected) => {
		expect(translate(history, position, facts)).toMatchObject(expected);
	});
	test('nothing is counted back from the first sync: what lies below it may be no copy', () => {
		expect(translate(historyOf([1_000n, 500n]), 990n, facts)).toMatchObject({ offset: 0n, rereadAtMost: 500n });
	});
	test('a position of a checkpoint is looked for in no lifetime that began after the checkpoint', () => {
		// The topic was created again at 5,001: the group has not committed since.
		const again = historyOf([0n, 0n], [5_000n, 5_000n], [0n, 5_001n], [100n, 5_101n]);
		const checkpoint = { upstream: 5_001n, downstream: 5_001n };
		expect(translate(again, 5_001n, { ...facts, checkpoint })).toMatchObject({ offset: 5_001n });
		expect(translate(again, 60n, { ...facts, checkpoint: { upstream: 60n, downstream: 5_061n } })).toMatchObject({
			offset: 5_061n,
		});
	});
	test('with transaction markers on the target no count of offsets is believed', () => {
		expect(translate(plain, 150n, { ...facts, fillers: true })).toMatchObject({
			offset: 1n,
			rereadAtMost: 49n,
		});
		expect(translate(historyOf([0n, 0n], [10n, 15n]), 5n, facts)).toMatchObject({
			offset: 1n,
			rereadAtMost: 4n,
		});
	});
});

describe('the way back', () => {
	const history = historyOf([100n, 0n], [200n, 100n], [300n, 180n]);
	test.each([
		[50n, true, 150n, 'exact'],
		[100n, false, 200n, 'exact'],
		[140n, true, 240n, 'bounded'],
		[140n, false, 201n, 'bounded'],
		[190n, true, 301n, 'bounded'],
	] as const)('%s on the standby (pure: %s) is %s at home, %s', (position, pure, offset, proof) => {
		expect(translateBack(history, position, { pure })).toMatchObject({ offset, proof });
	});
	test('has no word on what was there before the mirror', () => {
		expect(translateBack(historyOf([100n, 50n]), 49n, { pure: true })).toBe(null);
	});
});

describe('finding by content', () => {
	const prints = (text: string, from: bigint) => [...text].map((print, i) => ({ offset: from + BigInt(i), print }));
	const sides = { before: null, after: null, end: 100n };
	test('takes the next record still there when the one at the position was compacted away on the source', () => {
		const source = prints('abcdef', 10n).filter(({ print }) => print !== 'c');
		expect(locate(12n, { ...sides, source, target: prints('abcdef', 0n) })).toMatchObject({
			offset: 2n,
			rereadAtMost: 1n,
		});
	});
	test('is exact when the target was compacted and the record is there', () => {
		const target = prints('abcdef', 0n).filter(({ print }) => print !== 'b');
		expect(locate(13n, { ...sides, source: prints('abcdef', 10n), target })).toMatchObject({
			offset: 3n,
			rereadAtMost: 0n,
		});
	});
	test('says nothing where no record is distinct from another', () => {
		expect(locate(12n, { ...sides, source: prints('aaaaa', 10n), target: prints('aaaa', 0n) })).toBe(null);
	});
	test('tells a null value from an empty one, and headers from none', () => {
		const base = { ...record(Buffer.from('k'), null), headers: [] };
		const all = [
			base,
			{ ...base, value: Buffer.alloc(0) },
			{ ...base, headers: [[Buffer.from('h'), null]] as const },
			{ ...base, timestamp: 1n },
		].map((one) => fingerprintOf(one, true).print);
		expect(new Set(all).size).toBe(4);
		expect(fingerprintOf(base, false)).toEqual(fingerprintOf({ ...base, timestamp: 1n }, false));
	});
});

describe('names and groups', () => {
	test('Identity keeps names, the default policy puts alias and separator in front', () => {
		const identity = mirrorNames({}, 'east', 'west');
		expect([identity.onTarget('orders'), identity.onSource('orders'), identity.checkpoints]).toEqual([
			'orders',
			'orders',
			'east.checkpoints.internal',
		]);
		const renamed = mirrorNames({ policy: 'default', separator: '_' }, 'east', 'west');
		expect([renamed.onTarget('a.b'), renamed.onSource('east_a.b'), renamed.onSource('a.b')]).toEqual([
			'east_a.b',
			'a.b',
			null,
		]);
		expect(renamed.syncs).toEqual({
			target: 'mm2-offset-syncs_east_internal',
			source: 'mm2-offset-syncs_west_internal',
		});
	});
	test('groups without plain committed offsets are left alone, and it is said why', () => {
		expect(leftAlone({ id: 'connect-sink', type: 'classic' })).toMatch(/Connect/);
		expect(leftAlone({ id: 'shared', type: 'share' })).toMatch(/share group/);
		expect(leftAlone({ id: 'topology', type: 'streams' })).toMatch(/streams group/);
		expect(leftAlone({ id: 'billing', type: 'consumer' })).toBe(null);
	});
});
