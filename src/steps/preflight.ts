import { z } from 'zod';
import { blockUnless, type Check } from '../domain/check.ts';
import type { LinkConfig } from '../domain/config/link.ts';
import { observedSide } from '../domain/dns/flip.ts';
import { ifUnreadable } from '../domain/errors/kdr-error.ts';
import { fenceDebts } from '../domain/fence/debt.ts';
import { unreadCheck, untouchedCheck } from '../domain/groups/untouched.ts';
import type { PartitionMap } from '../domain/kafka/partition.ts';
import { topicsInScope } from '../domain/kafka/scope.ts';
import type { CopyGap } from '../domain/lag/copy-gap.ts';
import type { Move } from '../domain/run/events.ts';
import { lastMove } from '../domain/run/last-move.ts';
import { count, list } from '../domain/text.ts';
import { connectorsOf, type LinkConnector, notStopped, settledConnectorsOf } from '../observe/connectors.ts';
import { observeCopyGaps } from '../observe/copy-gaps.ts';
import { type LinkGroups, observeLinkGroups } from '../observe/link-groups.ts';
import { observeCoverage } from '../observe/mirror-coverage.ts';
import { type ReturnedLost, returnedLost } from '../observe/returned-lost.ts';
import { type LinkRuns, linkRuns } from '../observe/runs.ts';
import { mirroredWorkerTopics } from '../observe/worker-topics.ts';
import type { Topic } from '../ports/cluster.ts';
import type { DnsRecord } from '../ports/dns.ts';
import type { Group } from '../ports/group-offsets.ts';
import type { Side, World } from '../ports/world.ts';
import { connectCluster, connectorStates, describeTopics, lookUpRecord, sidesToAsk, valuesOf } from './by-hand.ts';
import { copyCompleteCheck } from './copy-complete.ts';
import { paidCheck } from './fences-paid.ts';
import { type JournalTopic, journalChecks, observeJournalTopic } from './journal-kept.ts';
import { gateKind } from './kind.ts';
import { type LastingTransactions, lastingCheck, observeLasting } from './lasting-transactions.ts';
import { type MirrorScope, mirrorScope } from './mirror-scope.ts';
import { returnedLostCheck } from './returned-lost.ts';
import { leftOutTopics, mirroredTopics, namedTopicsMirrored, namedTopicsThere, strayTopics } from './scope-checks.ts';
import { observeStrangers, type Strangers, strangerChecks } from './strangers.ts';
import { activeOnTarget, activeOnTargetCheck } from './target-groups.ts';
import { observeWorkers, type Workers, workerChecks } from './workers.ts';

const params = z.object({
	mirror: z
		.enum(['running', 'any'])
		.default('running')
		.describe('What the mirror must be; `any`: a later step of the run starts it.'),
});

interface Facts extends MirrorScope {
	toTopics: Topic[];
	/** Every topic of the side that is asked for the names of kdr.yaml: the one we leave, or the standby if that is dead. */
	names: string[];
	/** null: the Connect cluster beside the side we leave did not answer. */
	reverse: LinkConnector[] | null;
	record: DnsRecord | null;
	/** The cluster that should be beside Connect of the one we move to. */
	beside: string;
	fromBeside: string;
	ids: { kafka: string; connect: string };
	/** The same of the side we leave; null: not asked, or its Connect did not answer. */
	fromIds: { kafka: string; connect: string } | null;
	/** What the copies on the side we move to lack; null: not asked, as above. */
	gaps: PartitionMap<CopyGap> | null;
	strangers: Strangers;
	workers: Workers;
	/** null: not asked, a failover waits for no journal of the side it leaves. */
	runs: LinkRuns | null;
	/** On the side we leave; null: not asked, that side is dead. */
	groups: LinkGroups | null;
	/** null: there is none yet. */
	journal: JournalTopic | null;
	/** null: not asked, a failover waits for no transaction. */
	lasting: LastingTransactions | null;
	/** null: not asked, a failover moves the groups it can. */
	active: Group[] | null;
	/** null: not asked, or no unplanned move came last. */
	lost: ReturnedLost | null;
}

/** What must hold before anything is touched. */
export const preflight = gateKind<z.infer<typeof params>, Facts>({
	type: 'gate',
	kind: 'preflight',
	purpose: 'check that the move can start',
	report: { phase: 'checks' },
	params,
	async observe({ mirror }, io, ctx) {
		const { link, fromAlive, move } = ctx;
		const [fromAll, toAll, forward, reverse, record, identity, connect, runs, lost, active] = await Promise.all([
			fromAlive ? io.from.cluster.topics() : null,
			io.to.cluster.topics(),
			mirrorIsNeeded(mirror, move)
				? settledConnectorsOf(io.to, io.from, { link, clock: io.world.clock })
				: connectorsOf(io.to, io.from, link),
			fromAlive ? connectorsOf(io.from, io.to, link).catch(ifUnreadable(null)) : null,
			io.world.dns.zone.read(link.dns.name, link.dns.type),
			io.world.side(io.to.mirror.beside).cluster.identity(),
			io.to.mirror.kafkaClusterId(),
			move.mode === 'switchover' ? linkRuns(io.world, link) : null,
			move.mode === 'switchover' ? returnedLost(io.world, link) : null,
			move.mode === 'switchover' ? activeOnTarget(io, link) : null,
		]);
		const fromIds = fromAlive ? await connectIds(io.world, io.from).catch(ifUnreadable(null)) : null;
		const lasting = move.mode === 'switchover' ? await observeLasting(io, link, ctx) : null;
		const groups = fromAlive ? await groupsLeft(io.from, link, move) : null;
		const names = toAll.map(({ name }) => name);
		const mirrored = await mirroredTopics(io.to, forward, new Set(names));
		return {
			fromTopics: fromAll && topicsInScope(fromAll, link.topics),
			toTopics: topicsInScope(toAll, link.topics),
			names: fromAll?.map(({ name }) => name) ?? names,
			mirrored,
			journal: await observeJournalTopic(io.to, toAll, mirrored),
			forward,
			reverse,
			record,
			beside: io.to.mirror.beside,
			fromBeside: io.from.mirror.beside,
			ids: { kafka: identity.clusterId, connect },
			fromIds,
			coverage: mirrorIsNeeded(mirror, move) ? await observeCoverage(io.from, io.to, link) : null,
			workerTopics:
				fromAll && mirrorIsNeeded(mirror, move)
					? await mirroredWorkerTopics(io.from, sourcesOf(forward), fromAll, link)
					: null,
			gaps: mirrorIsNeeded(mirror, move) ? await observeCopyGaps(io.from, io.to, link) : null,
			strangers: await observeStrangers(io, ctx),
			workers: await observeWorkers(io, ctx),
			runs,
			lost,
			active,
			groups,
			lasting,
		};
	},
	check(facts, { mirror }, ctx) {
		const { move, link, fromAlive } = ctx;
		const side = observedSide(facts.record, link.dns.values);
		// Nothing else is true of a move that was made already; its advice would lead astray.
		if (side === move.to) return [activeSide(side, move)];
		return [
			namedTopicsThere(link, facts.names, facts.fromTopics ? move.from : move.to),
			namedTopicsMirrored(link),
			leftOutTopics(link, facts.names),
			topicsThere(facts, move.to),
			...(facts.mirrored ? [strayTopics(link, facts.mirrored)] : []),
			activeSide(side, move),
			oneDirection(facts, move, fromAlive),
			...(mirrorIsNeeded(mirror, move) ? [mirrorRuns(facts, move)] : []),
			...mirrorScope(facts, ctx),
			...(facts.lasting ? [lastingCheck(facts.lasting, move.from)] : []),
			...(facts.groups ? groupChecks(facts.groups, move) : []),
			...(facts.gaps ? [copyCompleteCheck(facts.gaps, move)] : []),
			...strangerChecks(facts.strangers, ctx),
			...workerChecks(facts.workers, ctx),
			...(facts.active ? [activeOnTargetCheck(facts.active, move)] : []),
			...(facts.lost ? [returnedLostCheck(facts.lost, move.to)] : []),
			...(facts.runs ? [paidCheck(fenceDebts(facts.runs.runs), facts.runs.missing)] : []),
			...(facts.journal ? journalChecks(facts.journal, ctx) : []),
			besideCheck(facts.ids, facts.beside, move.to),
			...(facts.fromIds ? [besideCheck(facts.fromIds, facts.fromBeside, move.from)] : []),
		];
	},
	summary: (facts, _params, { move }) => ({
		what: `${count(facts.toTopics.length, 'topic')}, ${count(facts.forward.length, 'connector')}, ${facts.record?.name ?? 'no record'}`,
		now: `clients on ${move.from}`,
		after: 'unchanged',
		undo: '-',
	}),
	byHand: ({ mirror }, { link, move, fromAlive }) => ({
		commands: [
			lookUpRecord(link),
			...sidesToAsk({ move, fromAlive }).flatMap((alias) => [
				describeTopics(alias, link),
				connectorStates(alias),
				connectCluster(alias),
			]),
		],
		see: [
			`the record holds ${valuesOf(link, move.from)}`,
			`each topic of the link is on ${move.to}, with as many partitions as on ${move.from}`,
			...(mirrorIsNeeded(mirror, move)
				? [`the source connectors ${move.from} → ${move.to} and all their tasks are RUNNING`]
				: []),
			`no source connector ${move.to} → ${move.from} is RUNNING`,
			'each Connect is beside the cluster it should be (kafka_cluster_id)',
		].join('; '),
	}),
	waitMs: () => 0,
});

const sourcesOf = (connectors: LinkConnector[]): LinkConnector[] => connectors.filter(({ role }) => role === 'source');

/** A cluster that dies meanwhile must not stop a failover. */
const groupsLeft = (from: Side, link: LinkConfig, { mode }: Move): Promise<LinkGroups | null> =>
	observeLinkGroups(from, link).catch((thrown: unknown) => {
		if (mode === 'failover') return null;
		throw thrown;
	});

const groupChecks = ({ untouched, unread, others }: LinkGroups, move: Move): Check[] => [
	untouchedCheck(untouched, others, move),
	unreadCheck(unread, move),
];

const mirrorIsNeeded = (mirror: 'running' | 'any', { mode }: Move): boolean =>
	mode === 'switchover' && mirror === 'running';

async function connectIds(world: World, { mirror }: Side): Promise<{ kafka: string; connect: string }> {
	const [identity, connect] = await Promise.all([
		world.side(mirror.beside).cluster.identity(),
		mirror.kafkaClusterId(),
	]);
	return { kafka: identity.clusterId, connect };
}

const besideCheck = (ids: Facts['ids'], beside: string, alias: string): Check =>
	blockUnless(ids.kafka === ids.connect, {
		code: 'KDR_CLUSTER_WRONG',
		what: `Connect of ${alias} is beside ${beside}`,
		observed: ids.connect,
		wanted: ids.kafka,
		hint: `clusters.${alias}.connect.urls in kdr.yaml`,
	});

function topicsThere({ fromTopics, toTopics }: Facts, to: string): Check {
	const partitions = new Map(toTopics.map(({ name, partitions }) => [name, partitions]));
	const absent = (fromTopics ?? []).filter((topic) => (partitions.get(topic.name) ?? 0) < topic.partitions);
	const base = {
		code: 'KDR_TOPIC_MISSING',
		what: `topics of the link on ${to}`,
		wanted: 'every topic with all its partitions',
	};
	if (toTopics.length === 0)
		return { ...base, status: 'block', observed: 'none', hint: 'does the mirror run? kdr mirror status' };
	if (absent.length === 0) return { ...base, status: 'pass', observed: count(toTopics.length, 'topic') };
	const names = absent.map(
		({ name, partitions: wanted }) => `${name} has ${partitions.get(name) ?? 0} of ${count(wanted, 'partition')}`,
	);
	return {
		...base,
		status: 'block',
		observed: list(names),
		hint: 'clients of these topics would fail there: mirror them, or remove them from the link',
	};
}

function activeSide(side: string | null, move: { from: string; to: string }): Check {
	const base = {
		code: side === move.to ? 'KDR_SAME_SIDE' : 'KDR_DNS_UNEXPECTED_VALUE',
		what: 'the side the record points to',
		wanted: move.from,
	};
	if (side === move.from) return { ...base, status: 'pass', observed: side };
	// Resuming past the flip finds the record already there: the engine does not ask again then, a new run is refused.
	if (side === move.to)
		return { ...base, status: 'block', observed: side, hint: `the clients are already on ${move.to}` };
	return { ...base, status: 'block', observed: 'neither side', hint: 'kdr dns show' };
}

function oneDirection({ forward, reverse }: Facts, { from, to }: Move, fromAlive: boolean): Check {
	const running = (connectors: LinkConnector[]) =>
		connectors.filter((connector) => connector.role === 'source' && notStopped(connector)).map(({ name }) => name);
	const both = reverse ? running(reverse) : [];
	return {
		code: 'KDR_MIRROR_BOTH_DIRECTIONS',
		status: both.length > 0 ? 'block' : reverse || !fromAlive ? 'pass' : 'warn',
		what: `source connectors ${to} → ${from}`,
		observed:
			both.length === 0
				? reverse
					? 'none runs'
					: `unknown: Connect of ${from} does not answer`
				: `${list(both)} runs, and ${list(running(forward)) || 'none'} ${from} → ${to}`,
		wanted: 'none runs: records would circle',
	};
}

function mirrorRuns({ forward, runs }: Facts, move: { from: string; to: string }): Check {
	const last = lastMove(runs?.runs ?? []);
	const unplanned = last?.move.mode === 'failover' && last.move.to === move.from;
	const sources = forward.filter(({ role }) => role === 'source');
	const bad = sources.flatMap(({ name, state, tasks }) => [
		...(state === 'RUNNING' ? [] : [`${name} is ${state}`]),
		...tasks.filter((task) => task.state !== 'RUNNING').map((task) => `${name} task ${task.id} is ${task.state}`),
		...(tasks.length === 0 ? [`${name} has no tasks`] : []),
	]);
	return blockUnless(sources.length > 0 && bad.length === 0, {
		code: 'KDR_MIRROR_NOT_RUNNING',
		what: `mirror ${move.from} → ${move.to}`,
		observed: sources.length === 0 ? 'no source connector' : bad.length > 0 ? list(bad) : 'RUNNING',
		wanted: 'RUNNING, with all tasks',
		hint: unplanned
			? `run ${last.run} brought the clients to ${move.from} by a failover; the way back: kdr failback --to ${move.to}`
			: 'what is not mirrored cannot be drained: kdr mirror status; kdr failover would lose it',
	});
}
