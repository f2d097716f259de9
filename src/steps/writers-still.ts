import { z } from 'zod';
import type { Item } from '../domain/item.ts';
import type { PartitionMap } from '../domain/kafka/partition.ts';
import type { LogEdges } from '../ports/records.ts';
import { count, list, scopePartitions } from './estate.ts';
import { gateKind } from './kind.ts';

const params = z.object({
	/** Milliseconds the log ends must stand still. */
	stillFor: z.number().int().positive().default(3_000),
	/** Milliseconds to wait for that at most. */
	within: z.number().int().positive().default(90_000),
});

interface Facts {
	before: PartitionMap<Item<LogEdges>>;
	after: PartitionMap<Item<LogEdges>>;
}

/** Waits until nobody writes on the cluster we leave: log ends stand still and no transaction is open. */
export const writersStill = gateKind<z.infer<typeof params>, Facts>({
	type: 'gate',
	kind: 'writers-still',
	purpose: 'see that nobody writes on the cluster we leave any more',
	report: { phase: 'fence', notMeasured: ['a producer that was silent for as long as log ends were watched is not seen'] },
	params,
	async observe({ stillFor }, io, cx) {
		const partitions = await scopePartitions(io.from, cx.link);
		const before = await io.from.records.edges(partitions);
		if (!cx.preview) await io.world.clock.wait(stillFor, cx.signal);
		return { before, after: await io.from.records.edges(partitions) };
	},
	check({ before, after }, { stillFor }, { preview }) {
		const moving: string[] = [];
		const open: string[] = [];
		const unread: string[] = [];
		for (const [at, edges] of after) {
			const name = `${at.topic} ${at.partition}`;
			const earlier = before.get(at);
			if (!edges.ok || !earlier?.ok) unread.push(name);
			else if (edges.value.end !== earlier.value.end) moving.push(`${name} (+${edges.value.end - earlier.value.end})`);
			else if (edges.value.lastStable < edges.value.end) open.push(name);
		}
		const bad = [
			...moving.map((name) => `written: ${name}`),
			...open.map((name) => `transaction open: ${name}`),
			...unread.map((name) => `unknown: ${name}`),
		];
		if (preview) return [];
		return [
			{
				code: 'KDR_WRITERS_NOT_STILL',
				status: unread.length > 0 ? 'unknown' : bad.length > 0 ? 'block' : 'pass',
				what: 'log ends of the cluster we leave',
				observed:
					bad.length > 0 ? list(bad) : `${count(after.size, 'partition')} stood still for ${stillFor / 1_000} s, no transaction open`,
				wanted: 'stand still, no transaction open',
				hint: 'a principal that is not in fence.principals still writes',
			},
		];
	},
	summary: ({ after }, { stillFor }) => ({
		what: count(after.size, 'partition'),
		now: 'log ends move',
		after: `still for ${stillFor / 1_000} s`,
		undo: '-',
	}),
	waitMs: ({ within }) => within,
});
