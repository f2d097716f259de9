import { z } from 'zod';
import type { Check } from '../../domain/check.ts';
import { PartitionMap, type TopicPartition } from '../../domain/kafka/partition.ts';
import type { ReadOptions } from '../../ports/records.ts';
import { connectorsOf, count, list, scopePartitions } from '../estate.ts';
import { gateKind, type StepContext, type StepIo } from '../kind.ts';
import { readsCommitted } from '../offsets/syncs.ts';
import { type Comparison, compareLogs } from '../rebuild/compare.ts';
import { inParallel } from '../salvage/tails.ts';

const params = z.object({
	/** Milliseconds in which it is compared again while something differs. */
	within: z.number().int().nonnegative().default(10_000),
});

interface Facts {
	/** Compacted topics are left out: brokers clean each side at their own pace. */
	compared: PartitionMap<Comparison>;
	compacted: number;
}

/** Shows that the rebuilt cluster holds what the active one holds, by count, as far as the copy reaches. Reads the active side whole. */
export const mirrorCompare = gateKind<z.infer<typeof params>, Facts>({
	type: 'gate',
	kind: 'mirror-compare',
	purpose: 'compare the copy with what it is a copy of',
	report: { phase: 'compare', notMeasured: ['records between the first and the last of a partition are counted, not compared one by one'] },
	params,
	async observe(_params, io, cx) {
		const partitions = await scopePartitions(io.to, cx.link);
		const compacted = await io.to.cluster.compacted([...new Set(partitions.map(({ topic }) => topic))]);
		const plain = partitions.filter(({ topic }) => !compacted.has(topic));
		const compared = cx.preview ? new PartitionMap<Comparison>() : await compareAll(io, cx, plain);
		return { compared, compacted: partitions.length - plain.length };
	},
	check: ({ compared, compacted }, _params, { preview }) => (preview ? [] : [countsEqual(compared, compacted)]),
	summary: ({ compared }) => ({ what: count(compared.size, 'partition'), now: 'copied', after: 'compared', undo: '-' }),
	waitMs: ({ within }) => within,
});

async function compareAll(io: StepIo, cx: StepContext, partitions: readonly TopicPartition[]): Promise<PartitionMap<Comparison>> {
	const sources = (await connectorsOf(io.from, cx.move.to)).filter(({ role }) => role === 'source');
	const options: ReadOptions = { isolation: sources.every(readsCommitted) ? 'committed' : 'uncommitted' };
	// The copy first: the active side only grows.
	const rebuilt = await io.from.records.edges(partitions);
	const active = await io.to.records.edges(partitions);
	const compared = new PartitionMap<Comparison>();
	let done = 0;
	await inParallel(partitions, async (at) => {
		cx.progress(`compared ${done++} of ${count(partitions.length, 'partition')}`);
		const [a, r] = [active.get(at), rebuilt.get(at)];
		if (!a?.ok || !r?.ok) compared.set(at, { kind: 'unknown', why: 'its log was not readable' });
		else compared.set(at, await compareLogs({ side: io.to, edge: a.value }, { side: io.from, edge: r.value }, at, options));
	});
	return compared;
}

function countsEqual(compared: PartitionMap<Comparison>, compacted: number): Check {
	const wrong = [...compared].flatMap(([{ topic, partition }, found]) =>
		found.kind === 'equal' ? [] : [{ kind: found.kind, text: `${topic} ${partition}: ${found.why}` }],
	);
	const records = [...compared.values()].reduce((sum, found) => sum + (found.kind === 'equal' ? found.records : 0n), 0n);
	const left = compacted === 0 ? '' : `; ${count(compacted, 'partition')} of compacted topics by their newest record only`;
	return {
		code: 'counts-equal',
		status: wrong.length === 0 ? 'pass' : wrong.some(({ kind }) => kind === 'differs') ? 'block' : 'unknown',
		what: 'records of both sides, as far as the copy reaches',
		observed:
			wrong.length > 0
				? list(wrong.map(({ text }) => text))
				: `${count(records, 'record')} in ${count(compared.size, 'partition')}: as many, and the first and last are the same${left}`,
		wanted: 'as many, the first and last the same',
		hint: 'a worker that crashed or retried copies records twice: kdr rebuild begins anew',
	};
}
