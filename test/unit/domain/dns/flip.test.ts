import { describe, expect, test } from 'vitest';
import { observedSide, planFlip, wantedRecord } from '../../../../src/domain/dns/flip.ts';
import type { DnsRecord } from '../../../../src/domain/dns/record.ts';
import { dnsConfig } from '../../../fakes/dns-lab.ts';

const values = { east: ['10.1.0.10', '10.1.0.11'], west: ['10.2.0.10'] };
const now: DnsRecord = { name: 'bootstrap.kafka.example.com.', type: 'A', ttl: 300, values: ['127.0.1.1'] };

describe('which side a record sends clients to', () => {
	test.each([
		['all of one side, in any order', ['10.1.0.11', '10.1.0.10'], 'east'],
		['the only value of the other', ['10.2.0.10'], 'west'],
		['some of one side', ['10.1.0.10'], null],
		['both sides at once', ['10.1.0.10', '10.1.0.11', '10.2.0.10'], null],
		['a stranger', ['10.9.0.4'], null],
	])('%s', (_what, observed, side) => {
		expect(observedSide({ type: 'A', values: observed }, values)).toBe(side);
	});

	test('no record is nobody', () => expect(observedSide(null, values)).toBeNull());

	test('values that are both sides say nothing', () => {
		expect(observedSide({ type: 'A', values: ['10.0.0.1'] }, { east: ['10.0.0.1'], west: ['10.0.0.1'] })).toBeNull();
	});

	test('host names are compared as names', () => {
		expect(
			observedSide({ type: 'CNAME', values: ['east.example.com.'] }, { east: ['East.example.com'], west: ['w.'] }),
		).toBe('east');
	});
});

describe('the plan of a flip', () => {
	const config = dnsConfig('http://127.0.0.1:1');

	test('waits for the old TTL, which caches hold, not for the new one', () => {
		const plan = planFlip(now, wantedRecord(config, 'west') as DnsRecord);
		expect(plan).toEqual({
			change: { from: now, to: { ...now, ttl: 5, values: ['127.0.2.1'] } },
			worstWaitSeconds: 302,
		});
	});

	test('changes nothing when the record is as wanted, however it is spelled', () => {
		const same = { ...now, name: 'Bootstrap.kafka.example.com', ttl: 5 };
		expect(planFlip(same, wantedRecord(config, 'east') as DnsRecord)).toEqual({ change: null, worstWaitSeconds: 0 });
	});

	test('has no wanted record for a cluster the link does not know', () =>
		expect(wantedRecord(config, 'north')).toBeNull());
});
