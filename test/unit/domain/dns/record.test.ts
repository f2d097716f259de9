import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
	type DnsRecord,
	describeRecord,
	normalizeName,
	normalizeRecord,
	normalizeValue,
	sameAnswer,
	sameRecord,
} from '../../../../src/domain/dns/record.ts';

const record = (more: Partial<DnsRecord> = {}): DnsRecord => ({
	name: 'a.example.com.',
	type: 'A',
	ttl: 30,
	values: ['10.0.0.1'],
	...more,
});
const anyRecord = fc.record({
	name: fc.domain(),
	type: fc.constant('CNAME' as const),
	ttl: fc.nat(86_400),
	values: fc.array(fc.domain(), { minLength: 1, maxLength: 5 }),
});

describe('DNS names and values', () => {
	test.each([
		['Bootstrap.Kafka.Example.com', 'bootstrap.kafka.example.com.'],
		['a.example.com.', 'a.example.com.'],
		['\\052.example.com.', '*.example.com.'],
	])('%s is the name %s', (given, wanted) => {
		expect(normalizeName(given)).toBe(wanted);
	});

	test.each([
		['AAAA', '2001:DB8:0:0::1', '2001:db8::1'],
		['CNAME', 'East.example.com', 'east.example.com.'],
		['A', ' 10.0.0.1 ', '10.0.0.1'],
	] as const)('%s %s is compared as %s', (type, given, wanted) => {
		expect(normalizeValue(type, given)).toBe(wanted);
	});
});

describe('comparing records', () => {
	test('normalising twice is normalising once', () => {
		fc.assert(
			fc.property(anyRecord, (any) => {
				expect(normalizeRecord(normalizeRecord(any))).toEqual(normalizeRecord(any));
			}),
		);
	});

	test('case, final dots and order of values never make a difference', () => {
		fc.assert(
			fc.property(anyRecord, (any) => {
				const other = {
					...any,
					name: `${any.name.toUpperCase()}.`,
					values: any.values.map((value) => `${value.toUpperCase()}.`).reverse(),
				};
				expect(sameRecord(any, other)).toBe(true);
			}),
		);
	});

	test('one value more or less is another record', () => {
		expect(sameRecord(record({ values: ['10.0.0.1', '10.0.0.2'] }), record())).toBe(false);
		expect(sameRecord(record(), record({ values: ['10.0.0.1', '10.0.0.2'] }))).toBe(false);
		expect(sameRecord(record({ values: ['10.0.0.1', '10.0.0.1'] }), record({ values: ['10.0.0.1', '10.0.0.2'] }))).toBe(
			false,
		);
	});

	test('another TTL is another record, but the same answer', () => {
		expect(sameRecord(record(), record({ ttl: 31 }))).toBe(false);
		expect(sameAnswer(record(), record({ ttl: 31 }))).toBe(true);
	});

	test('a record that is not there reads as none', () => {
		expect(describeRecord(null)).toBe('no record');
		expect(describeRecord(record())).toBe('10.0.0.1 (TTL 30)');
	});
});
