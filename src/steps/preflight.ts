import { z } from 'zod';
import type { Check } from '../domain/check.ts';
import { observedSide } from '../domain/dns/flip.ts';
import { fenceDebts } from '../domain/fence/debt.ts';
import { topicsInScope } from '../domain/kafka/scope.ts';
import { lastMove } from '../domain/run/last-move.ts';
import { count, list } from '../domain/text.ts';
import { connectorsOf, notStopped } from '../observe/connectors.ts';
import { type ReturnedLost, returnedLost } from '../observe/returned-lost.ts';
import { type LinkRuns, linkRuns } from '../observe/runs.ts';
import type { Topic } from '../ports/cluster.ts';
import type { DnsRecord } from '../ports/dns.ts';
import type { Connector } from '../ports/mirror.ts';
import { paidCheck } from './fences-paid.ts';
import { gateKind } from './kind.ts';
import { returnedLostCheck } from './returned-lost.ts';
import { leftOutTopics, mirroredTopics, namedTopicsMirrored, namedTopicsThere, strayTopics } from './scope-checks.ts';

const params = z.object({
	mirror: z
		.enum(['running', 'any'])
		.default('running')
		.describe('What the mirror must be; `any`: a later step of the run starts it.'),
});

interface Facts {
	/** null: not asked, that side is dead. */
	fromTopics: Topic[] | null;
	toTopics: Topic[];
	/** Every topic of the side that is asked for the names of kdr.yaml: the one we leave, or the standby if that is dead. */
	names: string[];
	/** null: Connect does not tell. */
	mirrored: string[] | null;
	forward: Connector[];
	/** null: the Connect cluster beside the side we leave did not answer. */
	reverse: Connector[] | null;
	record: DnsRecord | null;
	/** The cluster that should be beside Connect of the one we move to. */
	beside: string;
	ids: { kafka: string; connect: string };
	/** null: not asked, a failover waits for no journal of the side it leaves. */
	runs: LinkRuns | null;
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
	async observe(_params, io, { link, fromAlive, move }) {
		const [fromAll, toAll, forward, reverse, record, identity, connect, runs, lost] = await Promise.all([
			fromAlive ? io.from.cluster.topics() : null,
			io.to.cluster.topics(),
			connectorsOf(io.to, move.from, link),
			fromAlive ? connectorsOf(io.from, move.to, link).catch(() => null) : null,
			io.world.dns.zone.read(link.dns.name, link.dns.type),
			io.world.side(io.to.mirror.beside).cluster.identity(),
			io.to.mirror.kafkaClusterId(),
			move.mode === 'switchover' ? linkRuns(io.world, link) : null,
			move.mode === 'switchover' ? returnedLost(io.world, link) : null,
		]);
		const names = toAll.map(({ name }) => name);
		return {
			fromTopics: fromAll && topicsInScope(fromAll, link.topics),
			toTopics: topicsInScope(toAll, link.topics),
			names: fromAll?.map(({ name }) => name) ?? names,
			mirrored: await mirroredTopics(io.to, forward, new Set(names)),
			forward,
			reverse,
			record,
			beside: io.to.mirror.beside,
			ids: { kafka: identity.clusterId, connect },
			runs,
			lost,
		};
	},
	check(facts, { mirror }, { move, link }) {
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
			oneDirection(facts, move),
			...(move.mode === 'switchover' && mirror === 'running' ? [mirrorRuns(facts, move)] : []),
			...(facts.lost ? [returnedLostCheck(facts.lost, move.to)] : []),
			...(facts.runs ? [paidCheck(fenceDebts(facts.runs.runs), facts.runs.missing)] : []),
			besideCheck(facts, move.to),
		];
	},
	summary: (facts, _params, { move }) => ({
		what: `${count(facts.toTopics.length, 'topic')}, ${count(facts.forward.length, 'connector')}, ${facts.record?.name ?? 'no record'}`,
		now: `clients on ${move.from}`,
		after: 'unchanged',
		undo: '-',
	}),
	waitMs: () => 0,
});

const besideCheck = ({ ids, beside }: Facts, to: string): Check => ({
	code: 'KDR_CLUSTER_WRONG',
	status: ids.kafka === ids.connect ? 'pass' : 'block',
	what: `Connect of ${to} is beside ${beside}`,
	observed: ids.connect,
	wanted: ids.kafka,
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

function oneDirection({ forward, reverse }: Facts, { from, to }: { from: string; to: string }): Check {
	const running = (connectors: Connector[]) =>
		connectors.filter((connector) => connector.role === 'source' && notStopped(connector)).map(({ name }) => name);
	const both = reverse ? running(reverse) : [];
	return {
		code: 'KDR_MIRROR_BOTH_DIRECTIONS',
		status: both.length === 0 ? 'pass' : 'block',
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
	return {
		code: 'KDR_MIRROR_NOT_RUNNING',
		status: sources.length > 0 && bad.length === 0 ? 'pass' : 'block',
		what: `mirror ${move.from} → ${move.to}`,
		observed: sources.length === 0 ? 'no source connector' : bad.length > 0 ? list(bad) : 'RUNNING',
		wanted: 'RUNNING, with all tasks',
		hint: unplanned
			? `run ${last.run} brought the clients to ${move.from} by a failover; the way back: kdr failback --to ${move.to}`
			: 'what is not mirrored cannot be drained: kdr mirror status; kdr failover would lose it',
	};
}
