import { describe, expect, test } from 'vitest';
import {
	neverMirroredNames,
	topicsInScope,
	topicsLeftOut,
	unmatchedNames,
} from '../../../../src/domain/kafka/scope.ts';

const scope = (topics: string[], patterns: string[]) =>
	topicsInScope(
		topics.map((name) => ({ name })),
		patterns,
	).map(({ name }) => name);

describe('a topic that kdr.yaml names', () => {
	test.each(['orders.internal', 'billing-internal'])('is served although it looks internal: %s', (name) => {
		expect(scope([name, 'other'], [name])).toEqual([name]);
		expect(scope([name, 'other'], [name.replaceAll('.', '\\.')])).toEqual([name]);
	});

	test('and that is not there is found out, also when its dots are escaped', () => {
		expect(unmatchedNames(['orders'], ['orders', 'a\\.b', 'tx-.*'])).toEqual(['a\\.b']);
	});

	test.each([
		['device.heartbeats', 'device\\.heartbeats'],
		['heartbeats', 'heartbeats'],
		['.audit', '\\.audit'],
		['__audit', '__audit'],
		['mm2-offset-syncs.east.internal', 'mm2-offset-syncs.east.internal'],
		['kdr-journal.internal', 'kdr-journal.internal'],
	])('and that MirrorMaker 2 renames or never mirrors is refused by name: %s', (name, pattern) => {
		expect(scope([name], [pattern])).toEqual([]);
		expect(neverMirroredNames([pattern])).toEqual([name]);
	});
});

describe('names for one thing', () => {
	const topics = ['a.b', 'a_b', 'axb', 'Orders', 'orders'];

	test('a dot of a plain name is a dot: the topic of another team that it matches as an expression is no part of the link, and named', () => {
		expect(scope(topics, ['a.b'])).toEqual(['a.b']);
		expect(scope(topics, ['a\\.b'])).toEqual(['a.b']);
		expect(scope(topics, ['a.b', 'a_b'])).toEqual(['a.b', 'a_b']);
		expect(scope(topics, ['a.b', 'a.*'])).toEqual(['a.b', 'a_b', 'axb']);
		expect(topicsLeftOut(topics, ['a.b'])).toEqual(['a_b', 'axb']);
	});

	test('a name that only another topic is like is found out', () => {
		expect(unmatchedNames(['a_b', 'axb', 'Orders'], ['a.b', 'orders'])).toEqual(['a.b', 'orders']);
	});

	test('names differ by case', () => {
		expect(scope(topics, ['orders'])).toEqual(['orders']);
	});
});

test('a regular expression leaves internal topics out, and says which', () => {
	const topics = ['orders', 'orders.internal', 'orders.heartbeats', 'mm2-status.east.internal', '__consumer_offsets'];
	expect(scope(topics, ['.*'])).toEqual(['orders']);
	expect(topicsLeftOut(topics, ['.*'])).toEqual(['orders.internal', 'orders.heartbeats']);
	expect(topicsLeftOut(topics, ['.*', 'orders.internal'])).toEqual(['orders.heartbeats']);
});
