import { z } from 'zod';
import { blockUnless, type Check } from '../../domain/check.ts';
import { direction } from '../../domain/config/link.ts';
import { observedSide } from '../../domain/dns/flip.ts';
import type { UnreadGroup } from '../../domain/groups/untouched.ts';
import { takesTopic } from '../../domain/mirror/topics.ts';
import { count, list } from '../../domain/text.ts';
import { connectorsOf, type LinkConnector } from '../../observe/connectors.ts';
import { observeLinkGroups } from '../../observe/link-groups.ts';
import { type OldTopic, observeOldTopics } from '../../observe/old-topics.ts';
import { scopeTopics } from '../../observe/scope.ts';
import type { Topic } from '../../ports/cluster.ts';
import type { DnsRecord } from '../../ports/dns.ts';
import type { Group } from '../../ports/group-offsets.ts';
import {
	connectCluster,
	connectorConfigs,
	describeMembers,
	describeTopics,
	lookUpRecord,
	valuesOf,
} from '../by-hand.ts';

import { gateKind, type RunFacts } from '../kind.ts';

const params = z.object({});

interface Facts {
	record: DnsRecord | null;
	/** Topics of the link on the active cluster. */
	active: Topic[];
	old: OldTopic[];
	/** Groups that somebody reads with on the cluster that is to be rebuilt. */
	live: Group[];
	unread: UnreadGroup[];
	/** Source connectors into it and out of it. */
	into: LinkConnector[];
	outOf: LinkConnector[];
	/** The cluster that should be beside Connect of the rebuilt one. */
	beside: string;
	ids: { kafka: string; connect: string };
}

/**
 * What must hold before a cluster is emptied: its clients are elsewhere, and a mirror can fill it again. Records the topics as they are:
 * only those, by their ids, are ever deleted.
 */
export const rebuildReady = gateKind<z.infer<typeof params>, Facts, 'oldTopics'>({
	type: 'gate',
	kind: 'rebuild-ready',
	purpose: 'check that the cluster can be rebuilt',
	report: { phase: 'checks' },
	params,
	produces: 'oldTopics',
	askAgain: true,
	async observe(_params, io, { link }) {
		const [record, active, old, groups, into, outOf, identity, connect] = await Promise.all([
			io.world.dns.zone.read(link.dns.name, link.dns.type),
			scopeTopics(io.to, link),
			observeOldTopics(io, link),
			observeLinkGroups(io.from, link, { live: true }),
			connectorsOf(io.from, io.to, link),
			connectorsOf(io.to, io.from, link),
			io.world.side(io.from.mirror.beside).cluster.identity(),
			io.from.mirror.kafkaClusterId(),
		]);
		const source = ({ role }: LinkConnector) => role === 'source';
		return {
			...{
				record,
				active,
				old,
				live: groups.groups,
				unread: groups.unread,
				into: into.filter(source),
				outOf: outOf.filter(source),
			},
			...{ beside: io.from.mirror.beside, ids: { kafka: identity.clusterId, connect } },
		};
	},
	check: (facts, _params, ctx) => [
		elsewhere(observedSide(facts.record, ctx.link.dns.values), ctx),
		nobodyThere(facts, ctx),
		filler(facts, ctx),
		allTaken(facts, ctx),
		blockUnless(facts.ids.kafka === facts.ids.connect, {
			code: 'KDR_CLUSTER_WRONG',
			what: `Connect of ${ctx.move.from} is beside ${facts.beside}`,
			observed: facts.ids.connect,
			wanted: facts.ids.kafka,
		}),
	],
	summary({ old, active }, _params, { move }) {
		const mine = old.filter(({ own }) => !own);
		return {
			what: `${count(mine.length, 'topic')} of ${move.from}, ${count(active.length, 'topic')} of ${move.to}`,
			now: `clients on ${move.to}`,
			after: 'unchanged',
			undo: '-',
		};
	},
	byHand: (_params, { link, move }) => ({
		commands: [
			lookUpRecord(link),
			describeTopics(move.from, link),
			describeTopics(move.to, link),
			describeMembers(move.from),
			connectorConfigs(move.from),
			connectCluster(move.from),
		],
		see: [
			`the record holds ${valuesOf(link, move.to)}`,
			`no group that reads topics of the link has a member on ${move.from}`,
			`the topics of the source connector ${move.to} → ${move.from} take every topic of the link, from the earliest record`,
			`Connect is beside the cluster it should be (kafka_cluster_id)`,
		].join('; '),
	}),
	waitMs: () => 0,
	output: ({ old }) => old,
});

function elsewhere(side: string | null, { move }: RunFacts): Check {
	return blockUnless(side === move.to, {
		code: side === move.from ? 'KDR_SAME_SIDE' : 'KDR_DNS_UNEXPECTED_VALUE',
		what: 'the side the record points to',
		observed: side ?? 'neither side',
		wanted: move.to,
		hint: side === move.from ? `the clients are on ${move.from}: it must not be emptied` : 'kdr dns show',
	});
}

function nobodyThere({ live, unread }: Facts, { move }: RunFacts): Check {
	const unknown = unread.map(({ group, why }) => `${group}: unknown (${why})`);
	return {
		code: 'KDR_GROUP_ACTIVE',
		status: live.length > 0 ? 'block' : unknown.length > 0 ? 'unknown' : 'pass',
		what: `groups with members on ${move.from}`,
		observed: list([...live.map(({ id, state }) => `${id} (${state})`), ...unknown]) || 'none',
		wanted: 'none',
		hint: 'kdr fence pay evicts readers that remain there after a failover',
	};
}

/** Without IdentityReplicationPolicy the topics have other names there; a mirror that does not begin at the start fills nothing. */
function filler({ into, outOf }: Facts, { link, move }: RunFacts): Check {
	const base = {
		code: 'KDR_CONNECTOR_MISSING',
		what: `mirror ${move.to} → ${move.from}`,
		wanted: 'one that copies from the start',
	};
	if (link.mirror.policy === 'default')
		return { ...base, status: 'block', observed: 'names are changed on the way (policy default)' };
	const [source] = into.length > 0 ? into : outOf;
	if (!source)
		return { ...base, status: 'block', observed: 'none, and none to take settings from', hint: 'kdr mirror status' };
	const named = into.length > 0 || link.mirror.connectors[direction(move.to, move.from)] !== undefined;
	if (!named)
		return { ...base, status: 'block', observed: 'none, and no name for one', hint: 'mirror.connectors in kdr.yaml' };
	const { config } = source;
	const reset = config['source.consumer.auto.offset.reset'] ?? config['consumer.auto.offset.reset'] ?? 'earliest';
	if (reset !== 'earliest')
		return { ...base, status: 'block', observed: `${source.name} begins at ${reset}`, hint: 'auto.offset.reset' };
	return {
		...base,
		status: 'pass',
		observed: into.length > 0 ? list(into.map(({ name }) => name)) : `made from ${source.name}`,
	};
}

/** A topic that no connector takes would stay empty for good. */
function allTaken({ active, into, outOf }: Facts, { move }: RunFacts): Check {
	const takes = (into.length > 0 ? into : outOf).map(({ config }) => takesTopic(config));
	const untaken = active.map(({ name }) => name).filter((name) => !takes.some((take) => take(name)));
	return blockUnless(active.length > 0 && untaken.length === 0, {
		code: 'KDR_TOPIC_MISSING',
		what: `topics of the link on ${move.to} that the mirror takes`,
		observed: active.length === 0 ? 'there are none' : untaken.length === 0 ? 'all' : `not ${list(untaken)}`,
		wanted: 'all',
		hint: 'topics and topics.exclude of the source connector',
	});
}
