import { expect, test } from 'vitest';
import { KdrError } from '../../../src/domain/errors/kdr-error.ts';
import { run } from '../../../src/engine/execute.ts';
import { dnsFlip } from '../../../src/steps/dns-flip.ts';
import {
	at,
	eastToWest,
	estate,
	planOf,
	processOf,
	produce,
	recordOf,
	request,
	saysOf,
	shipped,
	statusOf,
	take,
	undo,
	verifyNow,
} from '../../support/estate.ts';

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

/** A whole move whose DNS is as `spoil` makes it: how it ends, and what it says of the servers. */
async function moved(spoil: (here: ReturnType<typeof estate>) => void) {
	const here = estate();
	for (const partition of [0, 1]) produce(here.east, 5, at(partition));
	here.world.pump();
	spoil(here);
	const outcome = await run(processOf(here, eastToWest), request('r1', eastToWest, await shipped('switchover')));
	const checks = outcome.state?.steps.find(({ step }) => step.id === 'dns-flip')?.checks ?? [];
	return { ...outcome, record: here.dns.written.at(-1), servers: statusOf(checks, 'KDR_DNS_NOT_IN_SYNC'), checks };
}

test('servers that kdr cannot reach do not stop a move when the provider says INSYNC; the plan names them', async () => {
	const spoil = (here: ReturnType<typeof estate>) => void here.dns.silent.add('127.0.0.2:53');
	const { exit, servers } = await moved(spoil);
	expect([exit, servers]).toEqual([0, 'warn']);
	const here = estate();
	spoil(here);
	const { checks } = await planOf(dnsFlip, here);
	expect(statusOf(checks, 'dns-servers')).toBe('warn');
	expect(saysOf(checks, 'dns-servers')).toBe('127.0.0.2:53: no answer within 800 ms');
	const none = await moved((world) => {
		world.dns.ask = async () => {
			throw new KdrError('KDR_DNS_UNREACHABLE', 'no name server found');
		};
	});
	expect([none.exit, none.servers]).toEqual([0, 'warn']);
});

test('a silent server stops the run at the flip as long as the provider has not said INSYNC', async () => {
	const { exit, servers } = await moved((here) => {
		here.dns.silent.add('127.0.0.2:53');
		here.dns.pendingForever = true;
	});
	expect([exit, servers]).toEqual([5, 'block']);
});

test('a provider that does not let kdr ask for INSYNC stops nothing while every server answers the new record', async () => {
	const { exit, servers, record } = await moved((here) => {
		here.dns.state = async () => {
			throw new KdrError('KDR_DNS_DENIED', 'Route 53 refused GetChange');
		};
	});
	expect([exit, servers, record?.values]).toEqual([0, 'pass', ['127.0.2.1']]);
});
