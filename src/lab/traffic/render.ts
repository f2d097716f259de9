import { numbers, type TableData } from '../table-data.ts';
import type { TrafficStatus } from './status.ts';

/** Records acked per second since every client was active. */
export function rateOf({ steady }: TrafficStatus): number {
	return steady === null || steady.ms === 0 ? 0 : Math.round((steady.acked / steady.ms) * 1000);
}

/** What each client has done. */
export function trafficTables({ clients, phase }: TrafficStatus): TableData[] {
	const side = (alias: string | null) => (phase === 'stopped' ? 'left' : (alias ?? 'looking'));
	const producers = clients.filter(({ role }) => role === 'producer');
	const members = clients.filter(({ role }) => role === 'consumer');
	return [
		{
			columns: [
				{ title: 'PRODUCER' },
				{ title: 'SIDE' },
				...numbers('SENT', 'ACKED', 'REFUSED', 'UNKNOWN', 'RESTARTS'),
			],
			rows: producers.map((one) => [
				one.client,
				side(one.side),
				one.sent,
				one.acked,
				one.failed,
				one.unknown,
				one.restarts,
			]),
		},
		{
			columns: [{ title: 'CONSUMER' }, { title: 'GROUP' }, { title: 'SIDE' }, ...numbers('PROCESSED', 'RESTARTS')],
			rows: members.map((one) => [one.client, one.group ?? '', side(one.side), one.processed, one.restarts]),
		},
	];
}

/** One line: rate, and what the groups did not get to. */
export function trafficSummary(status: TrafficStatus): string {
	if (status.phase === 'running') return 'Every client is active.';
	const rate = `${rateOf(status)} records/s acked over ${((status.steady?.ms ?? 0) / 1000).toFixed(1)} s.`;
	return status.undrained.length === 0 ? rate : `${rate} Not drained: ${status.undrained.join(', ')}.`;
}
