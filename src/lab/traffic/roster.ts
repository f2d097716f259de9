import type { LabAlias } from '../estate.ts';

/** Who takes part in the traffic. The brokers' ACLs of `app` name the same topics, groups and transactional ids. */
export interface ProducerPlan {
	kind: 'plain' | 'transactional' | 'java';
	client: string;
	topic: string;
	partitions: number;
	/** Records per second. */
	rate: number;
	/** How many different keys it uses per partition. */
	keys: number;
	/** One record in so many is a tombstone; 0: none. */
	tombstones: number;
	/** It knows this side's brokers by address and never asks the name. */
	pinned?: LabAlias;
}

export interface GroupPlan {
	kind: 'kafkajs' | 'java-classic' | 'java-kip848';
	group: string;
	topics: string[];
	members: number;
	/** Records per second it processes at most; 0: as fast as it can. */
	pace: number;
}

export interface Roster {
	producers: ProducerPlan[];
	groups: GroupPlan[];
}

/** The traffic at a total of `rate` records per second; `stray`: and one producer more, which no DNS record moves off that side. */
export function roster(rate: number, stray?: LabAlias): Roster {
	const share = (part: number) => Math.max(1, Math.round(rate * part));
	const orders = share(0.5);
	return {
		producers: [
			{ kind: 'plain', client: 'orders', topic: 'orders', partitions: 6, rate: orders, keys: 50, tombstones: 50 },
			{
				kind: 'plain',
				client: 'payments',
				topic: 'payments',
				partitions: 3,
				rate: share(0.2),
				keys: 50,
				tombstones: 50,
			},
			{
				kind: 'plain',
				client: 'compacted',
				topic: 'compacted',
				partitions: 2,
				rate: share(0.1),
				keys: 20,
				tombstones: 10,
			},
			{ kind: 'transactional', client: 'tx', topic: 'tx', partitions: 2, rate: share(0.12), keys: 50, tombstones: 0 },
			{ kind: 'java', client: 'java', topic: 'java', partitions: 2, rate: share(0.08), keys: 0, tombstones: 0 },
			...(stray ? [strayOn(stray)] : []),
		],
		groups: [
			{ kind: 'kafkajs', group: 'billing', topics: ['orders', 'payments'], members: 2, pace: 0 },
			{ kind: 'kafkajs', group: 'search', topics: ['orders'], members: 1, pace: 0 },
			{ kind: 'kafkajs', group: 'slow', topics: ['orders'], members: 1, pace: orders / 2 },
			{ kind: 'kafkajs', group: 'txread', topics: ['tx'], members: 1, pace: 0 },
			{ kind: 'kafkajs', group: 'compact', topics: ['compacted'], members: 1, pace: 0 },
			{ kind: 'java-classic', group: 'java-classic', topics: ['java'], members: 1, pace: 0 },
			{ kind: 'java-kip848', group: 'java-kip848', topics: ['java'], members: 1, pace: 0 },
		],
	};
}

const strayOn = (pinned: LabAlias): ProducerPlan => ({
	kind: 'plain',
	client: 'stray',
	topic: 'orders',
	partitions: 6,
	rate: 20,
	keys: 5,
	tombstones: 0,
	pinned,
});
