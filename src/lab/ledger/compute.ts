import type { Binding, GroupWork } from './consumed.ts';
import { addConsumer, bindingIn } from './consumed.ts';
import type { GroupRow } from './group-rows.ts';
import { groupRows } from './group-rows.ts';
import type { History } from './history.ts';
import { indexLogs } from './log-index.ts';
import type { PartitionRow } from './losses.ts';
import { lossSpan, partitionRows } from './losses.ts';
import type { Produced } from './produced.ts';
import { producedIn } from './produced.ts';

/** A client and the side it was last active on. */
export interface ClientRow {
	client: string;
	role: 'producer' | 'consumer';
	/** Null: it never got through to any. */
	side: string | null;
	/** Not on the active side. */
	leftBehind: boolean;
}

export interface LedgerTotals {
	acked: number;
	lost: number;
	orphans: number;
	phantoms: number;
	damaged: number;
	/** In the logs of both sides. */
	copied: number;
	/** In the logs of both sides. */
	misordered: number;
	skipped: number;
	duplicated: number;
	reordered: number;
	remaining: number;
	leftBehind: number;
}

export interface LedgerResult {
	active: string;
	/** Time span of the loss, ms; 0 without loss. */
	lossMs: number;
	totals: LedgerTotals;
	partitions: PartitionRow[];
	groups: GroupRow[];
	clients: ClientRow[];
}

/** The truth about loss, repetition and order, from what clients wrote down and what the clusters hold. Pure. */
export function computeLedger(history: History): LedgerResult {
	const { produced, groups, bindings } = readFiles(history);
	const indexes = history.sides.map((side) => indexLogs(side, produced, history.compacted));
	const active = indexes.find(({ alias }) => alias === history.active);
	if (!active) throw new RangeError(`no dump of the active side ${history.active}`);
	const logs = { produced, active, indexes };
	const partitions = partitionRows(history.sides, logs);
	const sideOf = (cluster: string | null) => history.sides.find((side) => side.cluster === cluster) ?? null;
	const rows = [...groups.values()].flatMap((work) => groupRows(work, sideOf(work.cluster), produced));
	const clients = [...bindings.values()].map(({ client, role, cluster }) => {
		const side = sideOf(cluster)?.alias ?? null;
		return { client, role, side, leftBehind: side !== history.active };
	});
	const totals = sumUp(partitions, rows, clients);
	return {
		active: history.active,
		lossMs: lossSpan(logs),
		totals,
		partitions,
		groups: rows.sort(byGroup),
		clients: clients.sort(byClient),
	};
}

/** Skipping is never forgiven; losing is where the cluster that held the records is gone. */
export function isBad({ totals }: LedgerResult, lossAllowed = false): boolean {
	return totals.skipped > 0 || (totals.lost > 0 && !lossAllowed);
}

function readFiles({ files }: History): {
	produced: Map<string, Produced>;
	groups: Map<string, GroupWork>;
	bindings: Map<string, Binding>;
} {
	const produced = new Map<string, Produced>();
	const groups = new Map<string, GroupWork>();
	const bindings = new Map<string, Binding>();
	for (const { header, events } of files) {
		const list = [...events];
		if (header.role === 'producer') for (const record of producedIn(header, list)) produced.set(record.id, record);
		else addConsumer(groups, header, list);
		const binding = bindingIn(header, list);
		const known = bindings.get(header.client);
		if (!known || (binding.cluster !== null && binding.lastAt >= known.lastAt)) bindings.set(header.client, binding);
	}
	return { produced, groups, bindings };
}

function sumUp(
	partitions: readonly PartitionRow[],
	groups: readonly GroupRow[],
	clients: readonly ClientRow[],
): LedgerTotals {
	const overPartitions = (value: (row: PartitionRow) => number) => partitions.reduce((sum, row) => sum + value(row), 0);
	const overGroups = (value: (row: GroupRow) => number) => groups.reduce((sum, row) => sum + value(row), 0);
	const both = (counts: Record<string, number>) => Object.values(counts).reduce((sum, count) => sum + count, 0);
	return {
		acked: overPartitions((row) => row.acked),
		lost: overPartitions((row) => row.lost),
		orphans: overPartitions((row) => row.orphans),
		phantoms: overPartitions((row) => row.phantoms),
		damaged: overPartitions((row) => row.damaged),
		copied: overPartitions((row) => both(row.duplicated)),
		misordered: overPartitions((row) => both(row.reordered)),
		skipped: overGroups((row) => row.skipped),
		duplicated: overGroups((row) => row.duplicated),
		reordered: overGroups((row) => row.reordered),
		remaining: overGroups((row) => row.remaining),
		leftBehind: clients.filter(({ leftBehind }) => leftBehind).length,
	};
}

const byGroup = (a: GroupRow, b: GroupRow) =>
	a.group.localeCompare(b.group) || a.topic.localeCompare(b.topic) || a.partition - b.partition;
const byClient = (a: ClientRow, b: ClientRow) => a.role.localeCompare(b.role) || a.client.localeCompare(b.client);
