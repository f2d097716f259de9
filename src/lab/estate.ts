import type { Release } from './releases.ts';

/** How a lab can be built; `estates/` has a file for each. */
export const estateNames = ['home', 'hostile', 'old', 'new', 'eos'] as const;
export type EstateName = (typeof estateNames)[number];

/** What a lab is made of, as it is kept in `<lab dir>/lab.json` (0600) from `up` to `down`. */
export interface LabState {
	v: 1;
	name: string;
	estate: EstateName;
	/** Which slice of 127.0.0.0/8 it has: addresses are 127.<40 + index>.x.y. */
	index: number;
	/** Absolute path; holds everything of the lab and is removed by `down`. */
	dir: string;
	kafkaVersion: Release;
	/** Directories of jars: of the brokers, and of the Connect workers. */
	jars: string;
	connectJars: string;
	/** Directory of the jars of Kafka's own verifiable clients. */
	clientJars: string;
	createdAt: string;
	/** False until `up` has finished once: what it started is then stopped, not restarted. */
	complete: boolean;
	sides: { east: LabSide; west: LabSide };
	/** The emulated Route 53 endpoint and the authoritative DNS server: one process. */
	dns: {
		process: LabProcess;
		route53Url: string;
		host: string;
		port: number;
		/** `address:port` of every name server of the zone. */
		servers: string[];
		zoneId: string;
		/** Fully qualified, ends in a dot. */
		name: string;
		/** Seconds. */
		ttl: number;
	};
	/** Running traffic, if any. */
	traffic?: { process: LabProcess };
	/** Processes that play others who use the clusters: another team, robots. */
	others: { name: string; program: string; args: string[]; process: LabProcess }[];
}

export interface LabSide {
	alias: LabAlias;
	/** As every client sees it; with ZooKeeper the first broker makes it up, and it is empty until then. */
	clusterId: string;
	/** Every broker listens on the same port, on its own address. */
	brokers: { id: number; host: string; port: number; process: LabProcess }[];
	connect: { url: string; process: LabProcess };
	/** Only in an estate with ZooKeeper: its one node, which holds what KRaft's controller would. */
	zookeeper?: { host: string; port: number; process: LabProcess };
}

/** A process of the lab. `pid` 0: not started yet. */
export interface LabProcess {
	pid: number;
	/** Opaque; tells the process from a later one that got the same pid (see processes.ts). */
	startedAt: string;
	/** Absolute path of what it printed. */
	log: string;
}

export const labAliases = ['east', 'west'] as const;
export type LabAlias = (typeof labAliases)[number];

/** Programs that put back what they found when they began, as operators and GitOps do. */
export const robotKinds = ['acl', 'connector', 'dns'] as const;
export type RobotKind = (typeof robotKinds)[number];

/** SASL users of both clusters, `tenant` for another team's application; passwords are in `<lab dir>/secrets/<user>` (0600). */
export const labUsers = ['admin', 'mm2', 'kdr', 'app', 'tenant'] as const;
export type LabUser = (typeof labUsers)[number];

export interface LabTopic {
	name: string;
	partitions: number;
	config: Record<string, string>;
}

/** The topics of `home`. */
export const labTopics: readonly LabTopic[] = [
	{ name: 'orders', partitions: 6, config: {} },
	{ name: 'payments', partitions: 3, config: {} },
	{ name: 'tx', partitions: 2, config: {} },
	{ name: 'compacted', partitions: 2, config: { 'cleanup.policy': 'compact' } },
	{ name: 'java', partitions: 2, config: {} },
];
