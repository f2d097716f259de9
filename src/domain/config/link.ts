/** A secret is named, never given: the value is read when a connection needs it and goes nowhere else. */
export type SecretRef = { file: string } | { env: string } | { command: string[] };

export interface ClusterConfig {
	alias: string;
	bootstrap: string[];
	tls?: { ca?: SecretRef; cert?: SecretRef; key?: SecretRef; servername?: string };
	sasl?: { mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512'; username: string; password: SecretRef };
	/** `beside`: the cluster beside these workers, where it is not this one. */
	connect: { urls: string[]; auth?: { username: string; password: SecretRef }; beside?: string };
}

/** What keeps applications from writing on a cluster that is left. */
export interface FenceConfig {
	/** In this order. */
	driver: ('acl' | 'quota' | 'exec' | 'manual')[];
	/** Principals to fence, e.g. `User:app`; MirrorMaker's and kdr's must not be among them. */
	principals?: string[] | undefined;
	/** Instead: all whom ACLs allow to read or write the topics of the link, but these. */
	allBut?: string[] | undefined;
	/** Beginnings of transactional ids that are denied too; absent: those that ACLs allow the principals. */
	transactionalIds?: string[] | undefined;
	/** Milliseconds for which no log end may move; absent: 10 s. */
	still?: number | undefined;
	/** What becomes of the fence when somebody writes in spite of it: it is kept (default), or the run is undone. */
	ifNotStill?: 'keep' | 'lift' | undefined;
	/** An application's own credentials per cluster, for a write that must be refused. */
	canary?: Record<string, CanaryConfig> | undefined;
	/** Brake per user; absent: 1 byte a second. */
	quota?: { bytesPerSecond: number } | undefined;
	exec?: FencePrograms | undefined;
	/** What the operator must do. */
	manual?: { apply?: string | undefined; lift?: string | undefined } | undefined;
}

export type CanaryConfig = { [K in 'sasl' | 'tls']?: ClusterConfig[K] | undefined };

/** Programs that put the fence up, tell by exit 0 that it is up, and take it down. */
export interface FencePrograms {
	apply: string[];
	verify: string[];
	lift: string[];
	/** Milliseconds each may take. */
	within: number;
}

/** `source`: a list where several share the topics, in the same order in both directions. */
export interface ConnectorNames {
	source: string | string[];
	checkpoint: string;
	heartbeat?: string;
}

export interface LinkConfig {
	name: string;
	/** The two clusters; which one is active is observed, never configured. */
	clusters: [string, string];
	/** Full-match regular expressions, as MirrorMaker 2's `topics`. */
	topics: string[];
	/** Full-match regular expressions; default: every group but those MirrorMaker 2 excludes by default. */
	groups: { include: string[]; exclude: string[] };
	mirror: {
		driver: 'connect';
		/** Connector names per direction, keyed `<source>-to-<target>`. */
		connectors: Record<string, ConnectorNames>;
		/** Connectors that other links between the same clusters name: none of this one's business. */
		foreign?: string[];
		/** How mirrored topics are named; absent: `identity`. With `default` groups are moved, but there is no way back. */
		policy?: 'identity' | 'default';
		/** `replication.policy.separator`; absent: ".". */
		separator?: string;
	};
	dns: {
		driver: 'route53';
		zone: string;
		/** Fully qualified, ends in a dot. */
		name: string;
		type: 'A' | 'AAAA' | 'CNAME';
		/** Seconds. */
		ttl: number;
		/** What the record holds when clients belong on that cluster. */
		values: Record<string, string[]>;
		region: string;
		/** Instead of AWS's own endpoint: for the lab. */
		endpoint?: string;
		/** Access key for the provider; absent: the SDK's own credential chain. */
		credentials?: { accessKeyId: string; secretAccessKey: SecretRef };
		/** `address:port` of the authoritative servers; absent: looked up from the zone's delegation. */
		servers?: string[];
	};
	fence: FenceConfig;
	objectives: {
		/** Milliseconds. */
		rpo: number;
		/** Milliseconds. */
		rto: number;
	};
	/** Each is overridden only by its id, with a reason. */
	rules?: {
		/** `HH:MM-HH:MM`, UTC: no switchover is begun then. */
		forbiddenHours?: string[] | undefined;
		/** Milliseconds of writes a failover may lose at most, whatever a person accepts. */
		maxLoss?: number | undefined;
		/** Milliseconds after a move in which a failover needs a reason; 0: none. */
		antiFlap?: number | undefined;
		/** `second-person`: no move without another user's approval of its plan. */
		approval?: 'second-person' | undefined;
	};
}

export interface KdrConfig {
	/** Absolute path of the file it was read from. */
	file: string;
	clusters: Record<string, ClusterConfig>;
	links: Record<string, LinkConfig>;
}

/** The other cluster of a link. */
export function otherSide(link: LinkConfig, alias: string): string {
	return link.clusters[0] === alias ? link.clusters[1] : link.clusters[0];
}

/** Names of the connectors of a role; none where kdr.yaml gives none. */
export const namesOfRole = (names: ConnectorNames | undefined, role: keyof ConnectorNames): string[] =>
	[names?.[role] ?? []].flat();

export const direction = (source: string, target: string): string => `${source}-to-${target}`;
