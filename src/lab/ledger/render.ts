import type { TableData } from '../table-data.ts';
import { numbers } from '../table-data.ts';
import type { LedgerResult } from './compute.ts';

const sum = (counts: Record<string, number>): number => Object.values(counts).reduce((total, one) => total + one, 0);

/** The ledger for people: partitions, then groups. */
export function ledgerTables(result: LedgerResult): TableData[] {
	return [
		{
			columns: [
				{ title: 'PARTITION' },
				...numbers('ACKED', 'LOST', 'NEVER MIRRORED', 'PHANTOM', 'DAMAGED', 'COPIED', 'MISORDERED'),
			],
			rows: result.partitions.map((row) => [
				`${row.topic}-${row.partition}`,
				...[row.acked, row.lost, row.orphans, row.phantoms, row.damaged, sum(row.duplicated), sum(row.reordered)],
			]),
		},
		{
			columns: [
				{ title: 'GROUP' },
				{ title: 'TOPIC' },
				...numbers('PROCESSED', 'SKIPPED', 'AGAIN', 'MOST', 'MISORDERED', 'PHANTOM', 'REMAINING'),
			],
			rows: byTopic(result).map((row) => [
				row.group,
				row.topic,
				...[row.processed, row.skipped, row.duplicated, row.worst, row.reordered, row.phantoms, row.remaining],
			]),
		},
	];
}

/** Partitions of a group added up; worst offenders are in the JSON. */
function byTopic({ groups }: LedgerResult): LedgerResult['groups'] {
	const rows = Map.groupBy(groups, ({ group, topic }) => `${group} ${topic}`);
	return [...rows.values()].flatMap((all) => all.slice(1).reduce((total, row) => add(total, row), all.slice(0, 1)));
}

type Row = LedgerResult['groups'][number];

function add([total]: Row[], row: Row): Row[] {
	if (!total) return [row];
	const { processed, skipped, duplicated, reordered, phantoms, remaining } = row;
	return [
		{
			...total,
			processed: total.processed + processed,
			skipped: total.skipped + skipped,
			duplicated: total.duplicated + duplicated,
			worst: Math.max(total.worst, row.worst),
			reordered: total.reordered + reordered,
			phantoms: total.phantoms + phantoms,
			remaining: total.remaining + remaining,
		},
	];
}

/** The verdict, a line each. */
export function verdict({ active, totals, lossMs, clients }: LedgerResult): string[] {
	const away = clients
		.filter(({ leftBehind }) => leftBehind)
		.map(({ client, side }) => `${client} (${side ?? 'nowhere'})`);
	const span = totals.lost > 0 ? `, ${(lossMs / 1000).toFixed(1)} s of acked writes` : '';
	return [
		`Clients belong on ${active}. ${number(totals.acked)} records were acked.`,
		`lost ${number(totals.lost)}${span}; never mirrored ${number(totals.orphans)}`,
		`skipped ${number(totals.skipped)}; processed again ${number(totals.duplicated)}; out of order ${number(totals.reordered)}; yet to process ${number(totals.remaining)}`,
		`in the logs: copied again ${number(totals.copied)}; out of order ${number(totals.misordered)}; damaged ${number(totals.damaged)}; aborted or refused and yet seen ${number(totals.phantoms)}`,
		away.length === 0 ? 'clients on the other side: none' : `clients on the other side: ${away.join(', ')}`,
	];
}

const number = (value: number): string => value.toLocaleString('en-US');
