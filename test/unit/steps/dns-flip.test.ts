import { expect, test } from 'vitest';
import { dnsFlip } from '../../../src/steps/dns-flip.ts';
import { estate, planOf, recordOf, saysOf, statusOf, take, undo, verifyNow } from '../../support/estate.ts';

test('the record goes from one side to the other by one swap, and every server is asked', async () => {
	const here = estate();
	const { verified } = await take(dnsFlip, here);
	expect(here.dns.written).toEqual([recordOf(['127.0.2.1'])]);
	expect(saysOf(verified, 'KDR_DNS_NOT_IN_SYNC')).toBe('2 of 2 answer 127.0.2.1');
	expect((await planOf(dnsFlip, here)).change).toBeNull();
});

test("a third value is somebody else's: nothing is swapped", async () => {
	const here = estate();
	here.dns.overwrite(recordOf(['127.0.9.9']));
	const { checks } = await planOf(dnsFlip, here);
	expect(statusOf(checks, 'KDR_DNS_UNEXPECTED_VALUE')).toBe('block');
	expect(saysOf(checks, 'KDR_DNS_UNEXPECTED_VALUE')).toBe('127.0.9.9 (TTL 5)');
	here.dns.overwrite(recordOf(['127.0.1.1', '127.0.9.9']));
	expect(statusOf((await planOf(dnsFlip, here)).checks, 'KDR_DNS_UNEXPECTED_VALUE')).toBe('block');
});

test('a record changed between plan and swap is not overwritten', async () => {
	const here = estate();
	const { change } = await planOf(dnsFlip, here);
	here.dns.overwrite(recordOf(['127.0.9.9']));
	if (!change) throw new Error('no change planned');
	await expect(undo({ ...dnsFlip, undo: { of: (same) => same } }, here, change)).rejects.toMatchObject({
		code: 'KDR_DNS_UNEXPECTED_VALUE',
	});
	expect(here.dns.written).toEqual([]);
});

test('a server that answers the old value, or not at all, keeps the flip from being done', async () => {
	const here = estate();
	await take(dnsFlip, here);
	here.dns.silent.add('127.0.0.2:53');
	const verified = await verifyNow(dnsFlip, here);
	expect(statusOf(verified, 'KDR_DNS_NOT_IN_SYNC')).toBe('block');
	expect(saysOf(verified, 'KDR_DNS_NOT_IN_SYNC')).toBe('127.0.0.2:53: no answer within 800 ms');
	expect(statusOf(verified, 'dns-flipped')).toBe('pass');
});

test('a change that never gets INSYNC does not hold the run without end: the servers are asked', async () => {
	const here = estate();
	here.dns.pendingForever = true;
	const begin = here.world.clock.now();
	const { verified } = await take(dnsFlip, here, { params: { within: 5_000 } });
	expect(here.world.clock.now() - begin).toBe(5_000);
	expect(statusOf(verified, 'KDR_DNS_NOT_IN_SYNC')).toBe('pass');
});

test('flipped back by its own undo, TTL and all', async () => {
	const here = estate();
	here.dns.overwrite({ ...recordOf(['127.0.1.1']), ttl: 300 });
	const { change } = await take(dnsFlip, here);
	if (!change) throw new Error('nothing was changed');
	await undo(dnsFlip, here, change);
	expect(here.dns.written.at(-1)).toEqual({ ...recordOf(['127.0.1.1']), ttl: 300 });
});
