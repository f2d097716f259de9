import type { LabAlias } from '../estate.ts';
import { type ClientKind, clientKinds, usualClients } from './client-kinds.ts';

/** `hasty` starts again 100 ms after an error, whatever it was. `stubborn` stays with the cluster it found first. */
export type Manner = 'hasty' | 'stubborn';

/** Who takes part in the traffic. The brokers' ACLs of `app` name the same topics, groups and transactional ids. */
export interface ProducerPlan {
	kind: 'plain' | 'transactional' | 'java' | 'open-transaction';
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
	manner?: Manner;
}

export interface GroupPlan {
	kind: 'kafkajs' | 'java-classic' | 'java-kip848' | 'librdkafka';
	group: string;
	topics: string[];
	members: number;
	/** Records per second it processes at most; 0: as fast as it can. */
	pace: number;
	manner?: Manner;
}

export interface Roster {
	producers: ProducerPlan[];
	groups: GroupPlan[];
}

export interface RosterOptions {
	/** Records per second of the usual producers together. */
	rate: number;
	clients?: readonly ClientKind[] | undefined;
	/** One producer more, which no DNS record moves off that side. */
	stray?: LabAlias | undefined;
}

/** The clients of the kinds asked for. */
export function roster({ rate, clients = usualClients, stray }: RosterOptions): Roster {
	const all = usual(rate);
	const isJava = (plan: { kind: string }): boolean => plan.kind.startsWith('java');
	const kinds = {
		kafkajs: {
			producers: all.producers.filter((plan) => !isJava(plan)),
			groups: all.groups.filter((plan) => !isJava(plan)),
		},
		java: { producers: all.producers.filter(isJava), groups: all.groups.filter(isJava) },
		...special,
	};
	const chosen = clientKinds.filter((kind) => clients.includes(kind)).map((kind) => kinds[kind]);
	return {
		producers: [...chosen.flatMap(({ producers }) => producers), ...(stray ? [strayOn(stray)] : [])],
		groups: chosen.flatMap(({ groups }) => groups),
	};
}

const orders = { topic: 'orders', partitions: 6, rate: 20, keys: 5, tombstones: 0 };
const oneMember = { topics: ['orders'], members: 1, pace: 0 };

/** Whose ways are their own. What they may use in the brokers' eyes begins with `app-`. */
const special: Record<'librdkafka' | Manner | 'open-transaction', Roster> = {
	librdkafka: {
		producers: [],
		groups: [{ kind: 'librdkafka', group: 'app-librdkafka', manner: 'stubborn', ...oneMember }],
	},
	hasty: {
		producers: [{ kind: 'plain', client: 'hasty', manner: 'hasty', ...orders }],
		groups: [{ kind: 'kafkajs', group: 'app-hasty', manner: 'hasty', ...oneMember, members: 2 }],
	},
	stubborn: {
		producers: [{ kind: 'plain', client: 'stubborn', manner: 'stubborn', ...orders }],
		groups: [{ kind: 'kafkajs', group: 'app-stubborn', manner: 'stubborn', ...oneMember }],
	},
	'open-transaction': { producers: [{ kind: 'open-transaction', client: 'open-transaction', ...orders }], groups: [] },
};

function usual(rate: number): Roster {
	const share = (part: number) => Math.max(1, Math.round(rate * part));
	const ordersRate = share(0.5);
	return {
		producers: [
			{ kind: 'plain', client: 'orders', topic: 'orders', partitions: 6, rate: ordersRate, keys: 50, tombstones: 50 },
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
		],
		groups: [
			{ kind: 'kafkajs', group: 'billing', topics: ['orders', 'payments'], members: 2, pace: 0 },
			{ kind: 'kafkajs', group: 'search', topics: ['orders'], members: 1, pace: 0 },
			{ kind: 'kafkajs', group: 'slow', topics: ['orders'], members: 1, pace: ordersRate / 2 },
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
	...orders,
	pinned,
});
