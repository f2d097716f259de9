import { z } from 'zod';
import { blockUnless } from '../../domain/check.ts';
import { count, list } from '../../domain/text.ts';
import type { OldTopic } from '../../observe/old-topics.ts';
import { changeKind } from '../kind.ts';
import { oldTopicsOf } from '../old-topics.ts';

const params = z.object({});
const change = z.object({ topics: z.array(z.object({ cluster: z.string(), name: z.string(), id: z.string() })) });

interface Facts {
	/** Topics recorded at the beginning that still are there under their old id. */
	left: OldTopic[];
}

/** Deletes the topics a rebuild recorded, each by the id it had: what was created since under the same name has another id and stays. */
export const topicsDelete = changeKind<z.infer<typeof params>, Facts, z.infer<typeof change>>({
	type: 'change',
	kind: 'topics-delete',
	role: 'deletes-topics',
	purpose: 'delete the topics on the cluster to rebuild',
	report: { phase: 'rebuild' },
	params,
	change,
	uses: ['oldTopics'],
	grants: () => [
		{ side: 'from', on: 'topics', operation: 'delete' },
		{ side: 'from', on: 'memory', operation: 'delete' },
		{ side: 'to', on: 'memory', operation: 'delete' },
	],
	settleMs: 60_000,
	async observe(_params, io, ctx) {
		const old = await oldTopicsOf(io, ctx);
		const there = await Promise.all(
			[io.from, io.to].map(async ({ alias, cluster }) => [alias, await cluster.topics()] as const),
		);
		const ids = new Set(there.flatMap(([alias, topics]) => topics.map(({ id }) => `${alias} ${id}`)));
		return { left: old.filter(({ cluster, id }) => ids.has(`${cluster} ${id}`)) };
	},
	check: () => [],
	plan({ left }, _params, { move }) {
		const topics = left.map(({ cluster, name, id }) => ({ cluster, name, id }));
		const mine = left.filter(({ own }) => !own);
		return {
			change: topics.length > 0 ? { topics } : null,
			summary: {
				what:
					mine.length > 0
						? `${count(mine.length, 'topic')} of ${move.from}: ${list(mine.map(({ name }) => name))}`
						: 'what the mirror remembers',
				now: count(
					left.reduce((sum, { partitions }) => sum + partitions, 0),
					'partition',
				),
				after: 'deleted',
				undo: '-',
			},
		};
	},
	async apply({ topics }, io) {
		const byCluster = Map.groupBy(topics, ({ cluster }) => cluster);
		for (const [alias, mine] of byCluster) {
			const answers = await io.world.side(alias).cluster.deleteTopics(mine.map(({ id }) => id));
			for (const item of answers.values()) if (!item.ok) throw item.error;
		}
		return [];
	},
	verify: ({ left }) => [
		blockUnless(left.length === 0, {
			code: 'topics-deleted',
			what: 'topics still there under their old id',
			observed: list(left.map(({ cluster, name }) => `${name} on ${cluster}`)) || 'none',
			wanted: 'none',
		}),
	],
	undo: { none: 'a deleted topic does not come back; everything the active cluster holds is mirrored again' },
});
