import { KdrError } from '../../src/domain/errors/kdr-error.ts';
import { FakeDns } from '../fakes/dns.ts';
import { dnsZoneContract, east, name } from './dns-zone.contract.ts';

const unreachable = (): KdrError => new KdrError('KDR_DNS_UNREACHABLE', 'nobody answers');

dnsZoneContract('FakeDns', async (propagationMs) => {
	const dns = new FakeDns({ records: [east], propagationMs });
	return {
		zone: dns,
		answers: dns,
		async truth() {
			dns.readFault = null;
			return dns.read(name, 'A');
		},
		overwrite: async (record) => dns.overwrite(record),
		loseAnswer: () => dns.failSwap({ when: 'after' }),
		loseAnswerAndDie: () =>
			dns.failSwap({
				when: 'after',
				error: new KdrError('KDR_OUTCOME_UNKNOWN', 'no answer', { worldMayHaveChanged: true }),
			}),
		die() {
			dns.readFault = unreachable();
			dns.failSwap({ when: 'before' });
		},
		writes: () => dns.written.length,
		close: async () => {},
	};
});
