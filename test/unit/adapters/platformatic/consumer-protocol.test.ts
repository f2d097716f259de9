import fc from 'fast-check';
import { expect, test } from 'vitest';
import { consumerTopics } from '../../../../src/adapters/platformatic/consumer-protocol.ts';

const topicBytes = (name: string): Buffer => {
	const bytes = Buffer.alloc(2 + Buffer.byteLength(name));
	bytes.writeUInt16BE(Buffer.byteLength(name));
	bytes.write(name, 2);
	return bytes;
};

const head = (topics: number): Buffer => {
	const bytes = Buffer.alloc(6);
	bytes.writeInt16BE(1);
	bytes.writeInt32BE(topics, 2);
	return bytes;
};

/** With user data of no length behind it, as kafkajs and Java clients send it. */
const subscription = (...topics: string[]): Buffer =>
	Buffer.concat([head(topics.length), ...topics.map(topicBytes), Buffer.from([255, 255, 255, 255])]);

const assignment = (...topics: [name: string, partitions: number[]][]): Buffer =>
	Buffer.concat([
		head(topics.length),
		...topics.flatMap(([name, partitions]) => {
			const numbers = Buffer.alloc(4 + partitions.length * 4);
			numbers.writeInt32BE(partitions.length);
			for (const [i, partition] of partitions.entries()) numbers.writeInt32BE(partition, 4 + i * 4);
			return [topicBytes(name), numbers];
		}),
	]);

const none = Buffer.alloc(0);

test('the topics of a classic member are those it subscribes to and those it was given', () => {
	expect(consumerTopics(subscription('payments', 'orders'), assignment(['orders', [0, 1]]))).toEqual([
		'orders',
		'payments',
	]);
	expect(consumerTopics(none, assignment(['orders', [0, 1, 2]], ['a', []]))).toEqual(['a', 'orders']);
	expect(consumerTopics(subscription(), none)).toEqual([]);
});

test('a member of which the broker keeps nothing has unknown topics, not none', () => {
	expect(consumerTopics(none, none)).toBeNull();
});

test('bytes of any client are read to an end', () => {
	fc.assert(
		fc.property(fc.uint8Array({ maxLength: 64 }), fc.uint8Array({ maxLength: 64 }), (a, b) => {
			const topics = consumerTopics(Buffer.from(a), Buffer.from(b));
			expect(topics === null || topics.length <= 64).toBe(true);
		}),
	);
});
