import type { TopicPartition } from '../../domain/kafka/partition.ts';
import { PartitionMap } from '../../domain/kafka/partition.ts';
import type { ActorHeader, LedgerEvent } from './events.ts';

/** One record handed to a group's application. */
export interface Processing {
	t: number;
	id: string;
	at: TopicPartition;
}

/** What the clients of one group did, all runs together. */
export interface GroupWork {
	group: string;
	topics: Set<string>;
	/** In order of time; within a client in the order of its file. */
	processings: Processing[];
	/** Per cluster id: one past the last offset the group committed or processed there. */
	positions: Map<string, PartitionMap<bigint>>;
	/** Cluster of the group's last activity; null when it never had any. */
	cluster: string | null;
	lastAt: number;
}

/** Where a client was last seen active. */
export interface Binding {
	client: string;
	role: 'producer' | 'consumer';
	cluster: string | null;
	lastAt: number;
}

/** Adds one file of a consumer to its group. */
export function addConsumer(groups: Map<string, GroupWork>, header: ActorHeader, events: Iterable<LedgerEvent>): void {
	const group = header.group ?? header.client;
	const work: GroupWork = groups.get(group) ?? {
		group,
		topics: new Set(),
		processings: [],
		positions: new Map(),
		cluster: null,
		lastAt: 0,
	};
	groups.set(group, work);
	for (const topic of header.topics) work.topics.add(topic);
	let cluster: string | null = null;
	for (const event of events) {
		if (event.e === 'session') cluster = event.cluster;
		if (cluster === null) continue;
		if (event.e === 'processed') {
			const at = { topic: event.topic, partition: event.partition };
			work.processings.push({ t: event.t, id: event.id, at });
			advance(work, cluster, at, BigInt(event.offset) + 1n);
		}
		if (event.e === 'commit' && event.outcome === 'ok') advance(work, cluster, event, BigInt(event.offset));
		if (isWork(event) && event.t >= work.lastAt) Object.assign(work, { cluster, lastAt: event.t });
	}
}

function advance(work: GroupWork, cluster: string, at: TopicPartition, to: bigint): void {
	const positions = work.positions.get(cluster) ?? new PartitionMap<bigint>();
	work.positions.set(cluster, positions);
	const before = positions.get(at) ?? 0n;
	if (to > before) positions.set(at, to);
}

/** Where the client was last active; a later run of the traffic replaces an earlier one. */
export function bindingIn(header: ActorHeader, events: Iterable<LedgerEvent>): Binding {
	const binding: Binding = { client: header.client, role: header.role, cluster: null, lastAt: header.t };
	let cluster: string | null = null;
	for (const event of events) {
		if (event.e === 'session') cluster = event.cluster;
		if (isWork(event)) Object.assign(binding, { cluster, lastAt: event.t });
	}
	return binding;
}

/** Something the cluster has answered: no mere attempt. */
function isWork(event: LedgerEvent): boolean {
	if (event.e === 'commit') return event.outcome === 'ok';
	return event.e === 'assigned' || event.e === 'processed' || event.e === 'ok';
}
