import { z } from 'zod';
import type { Check } from '../../domain/check.ts';
import { forEachConcurrent } from '../../domain/for-each-concurrent.ts';
import { PartitionMap, type TopicPartition } from '../../domain/kafka/partition.ts';
import { durationParam } from '../../domain/runbook/duration-param.ts';
import { count, list } from '../../domain/text.ts';
import { compareKeys } from '../../observe/compare-keys.ts';
import { type Comparison, compareLogs } from '../../observe/compare-logs.ts';
import { connectorsOf, positionsOf, readsCommitted } from '../../observe/connectors.ts';
import { scopePartitions } from '../../observe/scope.ts';
import { partitionsAtOnce } from '../../observe/tails.ts';
import type { ReadOptions } from '../../ports/records.ts';
import { logEnds, logStarts } from '../by-hand.ts';
import { gateKind, type StepContext, type StepIo } from '../kind.ts';

const params = z.object({
	within: durationParam().prefault('10s').describe('How long to compare again while something differs.'),
});

interface Facts {
	compared: PartitionMap<Comparison>;
	/** Partitions of compacted topics: by the newest record of each key. */
	byKey: PartitionMap<Comparison>;
}

/** Shows that the rebuilt cluster holds what the active one holds, by count, as far as the copy reaches. Reads the active side whole. */
export const mirrorCompare = gateKind<z.infer<typeof params>, Facts>({
	type: 'gate',
	kind: 'mirror-compare',
	purpose: 'compare the copy with the original',
	report: {
		phase: 'compare',
		notMeasured: ['records between the first and the last of a partition are counted, not compared one by one'],
	},
	params,
	async observe(_params, io, ctx) {
		const partitions = await scopePartitions(io.to, ctx.link);
		if (ctx.preview) return { compared: new PartitionMap(), byKey: new PartitionMap() };
		const compacted = await io.to.cluster.compacted([...new Set(partitions.map(({ topic }) => topic))]);
		const all = await compareAll(io, ctx, partitions, compacted);
		const some = (keyed: boolean) =>
			PartitionMap.from([...all].filter(([{ topic }]) => compacted.has(topic) === keyed));
		return { compared: some(false), byKey: some(true) };
	},
	checkPlan: () => [],
	check: (facts) => [countsEqual(facts)],
	summary: ({ compared, byKey }, _params, { preview }) => ({
		what: preview ? 'every partition' : count(compared.size + byKey.size, 'partition'),
		now: 'copied',
		after: 'compared',
		undo: '-',
	}),
	byHand: (_params, { link, move }) => ({
		commands: [move.from, move.to].flatMap((alias) => [logStarts(alias, link), logEnds(alias, link)]),
		see: 'log end minus log start is the same on both sides for every partition, up to transaction markers and what compaction removed',
	}),
	waitMs: ({ within }) => within,
});

async function compareAll(
	io: StepIo,
	ctx: StepContext,
	partitions: readonly TopicPartition[],
	compacted: ReadonlySet<string>,
): Promise<PartitionMap<Comparison>> {
	const sources = (await connectorsOf(io.from, io.to, ctx.link)).filter(({ role }) => role === 'source');
	const options: ReadOptions = { isolation: sources.every(readsCommitted) ? 'committed' : 'uncommitted' };
	// The position first, then the copy: the active side only grows.
	const positions = await positionsOf(io.from, io.to, ctx.link);
	const rebuilt = await io.from.records.edges(partitions);
	const active = await io.to.records.edges(partitions);
	const compared = new PartitionMap<Comparison>();
	let done = 0;
	await forEachConcurrent(partitions, partitionsAtOnce, async (at) => {
		ctx.progress(`compared ${done++} of ${count(partitions.length, 'partition')}`);
		const [a, r] = [active.get(at), rebuilt.get(at)];
		if (!a?.ok || !r?.ok) return void compared.set(at, { kind: 'unknown', why: 'its log was not readable' });
		const logs = [
			{ side: io.to, edge: a.value },
			{ side: io.from, edge: r.value },
		] as const;
		const position = positions.get(at) ?? null;
		const keyed = compacted.has(at.topic);
		compared.set(
			at,
			await (keyed ? compareKeys(...logs, at, { position, options }) : compareLogs(...logs, at, options)),
		);
	});
	return compared;
}

function countsEqual({ compared, byKey }: Facts): Check {
	const wrong = [...compared, ...byKey].flatMap(([{ topic, partition }, found]) =>
		found.kind === 'equal' ? [] : [{ kind: found.kind, text: `${topic} ${partition}: ${found.why}` }],
	);
	const sum = (all: PartitionMap<Comparison>): bigint =>
		[...all.values()].reduce((total, found) => total + (found.kind === 'equal' ? found.records : 0n), 0n);
	const keys =
		byKey.size === 0
			? ''
			: `; the newest of ${count(sum(byKey), 'key')} in ${count(byKey.size, 'compacted partition')}`;
	return {
		code: 'counts-equal',
		status: wrong.length === 0 ? 'pass' : wrong.some(({ kind }) => kind === 'differs') ? 'block' : 'unknown',
		what: 'records of both sides, as far as the copy reaches',
		observed:
			wrong.length > 0
				? list(wrong.map(({ text }) => text))
				: `${count(sum(compared), 'record')} in ${count(compared.size, 'partition')}: as many, and the first and last are the same${keys}`,
		wanted: 'as many, the first and last the same',
		hint: 'a worker that crashed or retried copies records twice: kdr rebuild starts again',
	};
}
