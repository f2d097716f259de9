import { expect, test } from 'vitest';
import { parseUnmirrored } from '../../../../src/cli/consent-flags.ts';
import { unmirroredAccepted } from '../../../../src/domain/mirror/unmirrored.ts';

test('a topic and a partition are accepted by name, and nothing else with them', () => {
	const accepted = unmirroredAccepted(parseUnmirrored(['a.b:0', 'a_b:12']));
	expect(accepted({ topic: 'a.b', partition: 0 })).toBe(true);
	expect(accepted({ topic: 'a_b', partition: 12 })).toBe(true);
	for (const at of [
		{ topic: 'a_b', partition: 1 },
		{ topic: 'a.b', partition: 12 },
		{ topic: 'axb', partition: 0 },
	])
		expect(accepted(at), `${at.topic} ${at.partition}`).toBe(false);
	expect(unmirroredAccepted({})({ topic: 'a', partition: 0 })).toBe(false);
	expect(parseUnmirrored([])).toEqual({});
});

test('anything but a topic and a partition is refused as typed wrongly', () => {
	for (const text of ['orders', 'orders:', ':0', 'orders:x', 'orders:-1', 'orders 0', 'a:0,b:1', ''])
		expect(() => parseUnmirrored([text]), text).toThrow(/takes a topic and a partition/);
});
