import { salvagedFiles } from '../../src/adapters/system/salvaged-files.ts';
import { KdrError } from '../../src/domain/errors/kdr-error.ts';
import type { DnsAnswers, DnsZone } from '../../src/ports/dns.ts';
import type { Side, World } from '../../src/ports/world.ts';
import { FakeClock } from './clock.ts';
import { Faults } from './faults.ts';
import { FakeJournal } from './journal.ts';
import { FakeKafka } from './kafka.ts';
import { FakeMirror } from './mirror.ts';
import { FakePrograms } from './programs.ts';
import {
	fakeAcls,
	fakeCanary,
	fakeCluster,
	fakeGroups,
	fakePermissions,
	fakeQuotas,
	fakeRecords,
	fakeWatch,
	fakeWriter,
} from './side.ts';

export interface FakeWorldOptions {
	clock?: FakeClock;
	/** Default: east and west. */
	aliases?: readonly [string, string];
	dns: { zone: DnsZone; answers: DnsAnswers };
	/** Puts forward connectors (first alias → second) on the second side; default true. */
	forward?: boolean;
}

export interface FakeWorld extends World {
	readonly clock: FakeClock;
	readonly faults: Faults;
	readonly kafka: Readonly<Record<string, FakeKafka>>;
	readonly mirrors: Readonly<Record<string, FakeMirror>>;
	readonly journals: Readonly<Record<string, FakeJournal>>;
	readonly programs: FakePrograms;
	kill(alias: string): void;
	freeze(alias: string): void;
	revive(alias: string): void;
	/** Lets every mirror copy what it can. Also happens by itself whenever time moves. */
	pump(): void;
}

/** Two clusters, Connect beside each, a journal on each, a zone and a clock: the World kdr's steps see, in memory. */
export function fakeWorld(options: FakeWorldOptions): FakeWorld {
	const clock = options.clock ?? new FakeClock();
	const faults = new Faults(clock);
	const aliases = options.aliases ?? ['east', 'west'];
	const each = <T>(make: (alias: string) => T): Record<string, T> =>
		Object.fromEntries(aliases.map((alias) => [alias, make(alias)]));
	const kafka = each((alias) => new FakeKafka(alias, clock));
	const surroundings = {
		kafka: (alias: string) => kafka[alias],
		reachable: (alias: string) => faults.health(alias) === 'up',
	};
	const mirrors = each((alias) => new FakeMirror(known(kafka, alias), surroundings, clock));
	const journals = each(() => new FakeJournal(clock));
	const sides = each((alias) => sideOf(known(kafka, alias), known(mirrors, alias), known(journals, alias), faults));
	if (options.forward ?? true)
		for (const role of ['source', 'checkpoint', 'heartbeat'] as const) mirrors[aliases[1]]?.add(role, aliases[0]);
	const pump = (): void => Object.values(mirrors).forEach((mirror) => void mirror.pump());
	clock.onAdvance(pump);
	return {
		clock,
		faults,
		kafka,
		mirrors,
		journals,
		programs: new FakePrograms(),
		salvaged: salvagedFiles,
		side: (alias) => known(sides, alias),
		dns: {
			zone: faults.wrap('dns', 'zone', options.dns.zone),
			answers: faults.wrap('dns', 'answers', options.dns.answers),
		},
		kill: (alias) => faults.setHealth(alias, 'dead'),
		freeze: (alias) => faults.setHealth(alias, 'frozen'),
		revive: (alias) => faults.setHealth(alias, 'up'),
		pump,
		close: async () => {},
	};
}

function sideOf(kafka: FakeKafka, mirror: FakeMirror, journal: FakeJournal, faults: Faults): Side {
	const { alias } = kafka;
	journal.wrapWriter = (writer) => faults.wrap(alias, 'journal', writer);
	return {
		alias,
		cluster: faults.wrap(alias, 'cluster', fakeCluster(kafka)),
		records: faults.wrap(alias, 'records', fakeRecords(kafka)),
		writer: faults.wrap(alias, 'writer', fakeWriter(kafka)),
		groups: faults.wrap(alias, 'groups', fakeGroups(kafka)),
		acls: faults.wrap(alias, 'acls', fakeAcls(kafka)),
		watch: faults.wrap(alias, 'watch', fakeWatch(kafka)),
		quotas: faults.wrap(alias, 'quotas', fakeQuotas(kafka)),
		permissions: fakePermissions(kafka),
		get canary() {
			return kafka.application === null ? null : faults.wrap(alias, 'canary', fakeCanary(kafka, kafka.application));
		},
		mirror: faults.wrap(alias, 'mirror', mirror),
		journal: faults.wrap(alias, 'journal', journal),
	};
}

function known<T>(map: Readonly<Record<string, T>>, alias: string): T {
	const value = map[alias];
	if (value === undefined) throw new KdrError('KDR_LINK_UNKNOWN', `no side ${alias}`);
	return value;
}
