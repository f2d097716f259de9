import { expect, test } from 'vitest';
import type { KafkaRecord } from '../../../../src/domain/kafka/record.ts';
import { compareTails } from '../../../../src/domain/offsets/content.ts';

/** A log from text: each letter a record, `.` an offset without one. */
const log = (text: string, more: Partial<KafkaRecord> = {}): KafkaRecord[] =>
	[...text].flatMap((letter, i) =>
		letter === '.'
			? []
			: [
					{
						topic: 't',
						partition: 0,
						offset: BigInt(i),
						timestamp: 1n,
						timestampType: 'create',
						key: null,
						value: Buffer.from(letter),
						headers: [],
						...more,
					},
				],
	);

test('a gap of markers or compaction on either side shifts nothing', () => {
	expect(compareTails(log('ab..cd..ef'), log('abcd...ef'))(4n)).toEqual({ unread: 4n, sameFrom: 2n });
	expect(compareTails(log('ab..cd..ef'), log('abcd...ef'))(7n)).toEqual({ unread: 2n, sameFrom: 7n });
});

test('a group that lags past a repetition in the target is not given an offset: the repetition would be read twice', () => {
	const tail = compareTails(log('abcdef'), log('abcdbcdef'));
	expect(tail(1n)).toEqual({ unread: 5n, sameFrom: 4n });
	expect(tail(0n)).toEqual({ unread: 6n, sameFrom: null });
});

test('identical records are counted, not searched for', () => {
	const tail = compareTails(log('xxxxx'), log('yxxxxx'));
	expect(tail(3n)).toEqual({ unread: 2n, sameFrom: 4n });
	expect(tail(0n)).toEqual({ unread: 5n, sameFrom: 1n });
});

test('with nothing unread there is nothing to compare', () => {
	expect(compareTails(log('abc'), log('abc'))(3n)).toEqual({ unread: 0n, sameFrom: null });
});

test('the same value at another time, under another key or with another header is another record', () => {
	const one = log('a');
	for (const other of [
		{ timestamp: 2n },
		{ key: Buffer.from('k') },
		{ headers: [[Buffer.from('h'), null]] as const },
	]) {
		expect(compareTails(one, log('a', other))(0n).sameFrom).toBeNull();
	}
});

test('where the broker stamps append time, the time of a copy says nothing', () => {
	expect(compareTails(log('a'), log('a', { timestamp: 9n, timestampType: 'log-append' }))(0n).sameFrom).toBe(0n);
});

test('a tombstone is not an empty value', () => {
	expect(compareTails(log('a', { value: null }), log('a', { value: Buffer.alloc(0) }))(0n).sameFrom).toBeNull();
});
