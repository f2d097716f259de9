import type { LabDnsOptions } from '../dns/options.ts';
import type { EstateName, LabAlias, LabTopic } from '../estate.ts';
import type { Permission } from '../permissions.ts';
import type { Release } from '../releases.ts';
import type { Roster } from '../traffic/roster.ts';

/** Configuration of connectors, by name. */
export type Connectors = Record<string, Record<string, string>>;

/** How one kind of lab is built. Whatever an estate leaves as it is in `home` it takes from there. */
export interface Estate {
	name: EstateName;
	summary: string;
	/** What is built otherwise than in `home`, and what that does to an operator; one sentence each. */
	odd: readonly string[];
	/** Of the brokers. */
	release: Release;
	/** Of the Connect workers and the mirror. */
	connect: Release;
	/** ZooKeeper keeps the metadata, one node for each side; otherwise KRaft. */
	zookeeper: boolean;
	/** Brokers of each side, unless `--brokers` says it. */
	brokers: Readonly<Record<LabAlias, number>>;
	/** What `up` creates on east; MirrorMaker 2 creates them on west. All of them belong to the link. */
	topics: readonly LabTopic[];
	/** Topics that `up` creates on west itself, so that they have settings of their own there. */
	standbyTopics: readonly LabTopic[];
	/** Of the record, in seconds. */
	ttl: number;
	/** Further records of the zone. */
	records: NonNullable<LabDnsOptions['records']>;
	/** Another team's topics, groups and clients are on the clusters. */
	otherTeam: boolean;
	/** Clients beyond the traffic of `home`. */
	traffic: Roster;
	/** Groups of the lab's traffic that the brokers of this release do not serve. */
	groupsWithout: readonly string[];
	/** What a Connect worker has beyond the lab's own settings. */
	worker(alias: LabAlias): Record<string, string>;
	/** The connectors source → target, made of those of `home`. */
	mirror(connectors: Connectors): Connectors;
	/** What users may do beyond `home`. */
	permissions: readonly Permission[];
}
