import { z } from 'zod';
import type { Item } from '../domain/item.ts';
import type { PartitionMap, TopicPartition } from '../domain/kafka/partition.ts';
import type { ActiveProducer, LogEdges } from '../ports/records.ts';
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
	/** Producers with an id, before and after the watching. */
	producers: [PartitionMap<Item<ActiveProducer[]>>, PartitionMap<Item<ActiveProducer[]>>];
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
		const look = () => Promise.all([io.from.records.edges(partitions), io.from.records.producers(partitions)]);
		const [before, known] = await look();
		if (!cx.preview) await io.world.clock.wait(stillFor, cx.signal);
		const [after, now] = await look();
		return { before, after, producers: [known, now] };
	},
	check({ before, after, producers }, { stillFor }, { preview }) {
		const moving: string[] = [];
		const open: string[] = [];
		const unread: string[] = [];
		for (const [at, edges] of after) {
			const name = `${at.topic} ${at.partition}`;
			const earlier = before.get(at);
			const active = activeOf(at, producers);
			if (!edges.ok || !earlier?.ok || !active) unread.push(name);
			else if (edges.value.end !== earlier.value.end || active.wrote.length > 0)
				moving.push(`${name} (+${edges.value.end - earlier.value.end}${by(active.wrote)})`);
			else if (edges.value.lastStable < edges.value.end || active.open.length > 0) open.push(name + by(active.open));
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
					bad.length > 0
						? list(bad)
						: `${count(after.size, 'partition')} stood still for ${stillFor / 1_000} s, no transaction open, no producer newer`,
				wanted: 'stand still, no transaction open, no producer newer',
				hint: 'a principal that is not in fence.principals still writes, or a transaction waits for its time-out',
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

/** Who wrote to the partition while it was watched, and whose transaction is open; null when the leader did not say. */
function activeOf(at: TopicPartition, [known, now]: Facts['producers']): { wrote: ActiveProducer[]; open: ActiveProducer[] } | null {
	const [before, after] = [known.get(at), now.get(at)];
	if (!before?.ok || !after?.ok) return null;
	const earlier = new Map(before.value.map((producer) => [producer.producerId, producer]));
	const wrote = after.value.filter(({ producerId, lastSequence, lastTimestamp }) => {
		const same = earlier.get(producerId);
		return same === undefined || same.lastSequence !== lastSequence || same.lastTimestamp !== lastTimestamp;
	});
	return { wrote, open: after.value.filter(({ openFrom }) => openFrom !== null) };
}

function by(producers: readonly ActiveProducer[]): string {
	const named = producers.map(({ producerId, lastTimestamp, openFrom }) => {
		const since = openFrom === null ? '' : `, open from offset ${openFrom}`;
		return ` by producer ${producerId}${since}, last record of ${timeText(lastTimestamp)}`;
	});
	return named.length > 0 ? `,${list(named, 2)}` : '';
}

/** Producers may stamp anything, even what no calendar has. */
function timeText(ms: bigint): string {
	const date = new Date(Number(ms));
	return ms < 0n || Number.isNaN(date.getTime()) ? 'no time' : date.toISOString();
}
