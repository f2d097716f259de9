import type { LabState } from '../../src/lab/estate.ts';
import { LogReader } from '../../src/lab/ledger/log-reader.ts';
import { readSecret } from '../../src/lab/state.ts';
import type { Log } from './judge.ts';
import { aged, kinds, partitions } from './topics.ts';

/** The visible records of every partition, by topic and partition, and where each log ends; read with none of kdr's own adapters. */
export type Logs = Map<string, Log & { end: number }>;

export const keyOfLog = (topic: string, partition: number): string => `${topic} ${partition}`;

/** Reads one side's logs from beginning to end; `aged` of the pre-aged topic are gone from east. */
export async function readLogs(state: LabState, alias: 'east' | 'west'): Promise<Logs> {
	const reader = new LogReader(state.sides[alias], await readSecret(state.dir, 'admin'));
	const logs: Logs = new Map();
	try {
		await reader.partitions(kinds.map(({ topic }) => topic));
		for (const { kind, topic } of kinds) {
			for (const partition of partitions) {
				const { records } = await reader.read(
					{ topic, partition },
					alias === 'east' && kind === 'pre-aged' ? BigInt(aged) : 0n,
				);
				const visible = records.filter(({ state: seen }) => seen === 'visible');
				const strange = visible.find(({ id }) => id === null);
				if (strange) throw new Error(`${alias}: record ${strange.offset} of ${topic}-${partition} is none of ours`);
				logs.set(keyOfLog(topic, partition), {
					offsets: Float64Array.from(visible, ({ offset }) => Number(offset)),
					numbers: Float64Array.from(visible, ({ id }) => Number(id?.split('.')[1])),
					end: visible.length === 0 ? 0 : Number(visible.at(-1)?.offset) + 1,
				});
			}
		}
	} finally {
		await reader.close();
	}
	return logs;
}
