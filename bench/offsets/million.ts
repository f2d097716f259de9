/**
 * Plan, journal entry, commit and read back of many groups over ports in memory: what kdr itself needs in time and memory, without a
 * broker. Run by `npm run bench:offsets`, in a process of its own with a bounded heap.
 */
import { z } from 'zod';
import { good, type Item } from '../../src/domain/item.ts';
import { PartitionMap, type TopicPartition } from '../../src/domain/kafka/partition.ts';
import type { CommittedOffset, GroupOffsets } from '../../src/ports/group-offsets.ts';
import type { LogEdges } from '../../src/ports/records.ts';
import type { Side, World } from '../../src/ports/world.ts';
import { offsetsCommit } from '../../src/steps/offsets/offsets-commit.ts';
import { context, link } from '../../test/support/estate.ts';

const [groups, topics, partitions] = process.argv.slice(2).map(Number) as [number, number, number];
const names = Array.from({ length: groups }, (_, n) => `group-${String(n).padStart(5, '0')}`);
const topicNames = Array.from({ length: topics }, (_, n) => `topic-${String(n).padStart(2, '0')}`);
const places = topicNames.flatMap((topic) =>
	Array.from({ length: partitions }, (_, partition) => ({ topic, partition })),
);
const held = new Map(names.map((name) => [name, new BigInt64Array(places.length)]));

const offsetsOf = (name: string): PartitionMap<CommittedOffset> =>
	PartitionMap.from(places.map((at, i) => [at, { offset: held.get(name)?.[i] ?? 0n, metadata: '' }] as const));
const index = PartitionMap.from(places.map((at, i) => [at, i] as const));

const memory: Pick<GroupOffsets, 'list' | 'committed' | 'commit'> = {
	list: async () => names.map((id) => ({ id, type: 'classic', state: 'Empty' })),
	committed: async (wanted) => new Map(wanted.map((name) => [name, good(offsetsOf(name))] as const)),
	commit: async (name, offsets) => {
		const out = new PartitionMap<Item<null>>();
		for (const [at, { offset }] of offsets) {
			const store = held.get(name);
			const i = index.get(at);
			if (store && i !== undefined) store[i] = offset;
			out.set(at, good(null));
		}
		return out;
	},
};
const edge = (i: number): Item<LogEdges> =>
	good({ logStart: 0n, end: 1_000_000_000n + BigInt(i), lastStable: 1_000_000_000n + BigInt(i) });
const to = {
	alias: 'west',
	groups: memory,
	cluster: { topics: async () => topicNames.map((name) => ({ name, id: name, partitions, replicationFactor: 1 })) },
	records: {
		edges: async (wanted: readonly TopicPartition[]) =>
			PartitionMap.from(wanted.map((at, i) => [at, edge(i)] as const)),
	},
} as unknown as Side;

const io = { world: {} as World, from: to, to };
const ctx = context({ run: '7f3a0001', link: { ...link, topics: topicNames } });
const params = offsetsCommit.params.parse({ reset: { to: 'latest' } });
let peak = 0;
const sample = setInterval(() => note(), 20);
function note(): void {
	peak = Math.max(peak, process.memoryUsage.rss());
}
const times: Record<string, number> = {};
async function timed<T>(name: string, work: () => T | Promise<T>): Promise<T> {
	const begun = performance.now();
	const result = await work();
	times[name] = Math.round(performance.now() - begun);
	note();
	return result;
}

async function planned() {
	const facts = await timed('observe', () => offsetsCommit.observe(params, io, ctx));
	const checks = await timed('check', () => offsetsCommit.check(facts, params, ctx));
	const { change } = await timed('plan', () => offsetsCommit.plan(facts, params, ctx));
	if (!change || checks.some(({ status }) => status === 'block')) throw new Error('nothing to set');
	return change;
}

const begun = performance.now();
const change = await planned();
const entry = await timed('entry', () => JSON.stringify(z.encode(offsetsCommit.change, change)).length);
const failed = await timed('apply', () => offsetsCommit.apply(change, io, ctx));
const seen = await timed('read back', async () => offsetsCommit.reread?.(change, params, io, ctx));
if (!seen) throw new Error('not read back');
const verified = await timed('verify', () => offsetsCommit.verify(seen, change, params, ctx, failed));
const wrong =
	verified.filter(({ status }) => status !== 'pass').length + (change.rows.length === groups * places.length ? 0 : 1);
clearInterval(sample);
const ms = performance.now() - begun;
process.stdout.write(
	`${JSON.stringify({ rows: change.rows.length, wrong, ms: Math.round(ms), rssMiB: Math.round(peak / 1_048_576), entryBytes: entry, times })}\n`,
);
