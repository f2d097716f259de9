import { z } from 'zod';
import { blockUnless } from '../../domain/check.ts';
import { count, list } from '../../domain/text.ts';
import type { OldTopic } from '../../observe/old-topics.ts';
import { scopeTopics } from '../../observe/scope.ts';
import type { Topic } from '../../ports/cluster.ts';
import { changeKind } from '../kind.ts';
import { oldTopicsOf } from '../old-topics.ts';

const params = z.object({});
const change = z.object({
	topics: z.array(
		z.object({
			name: z.string(),
			partitions: z.number().int(),
			replicationFactor: z.number().int(),
			config: z.record(z.string(), z.string()),
		}),
	),
});

interface Facts {
	old: OldTopic[];
	there: Topic[];
	active: Topic[];
}

/**
 * Creates the topics again: as many partitions as the active cluster has, replicas and settings as they were. MirrorMaker 2 would make them
 * with `replication.factor` of the connector, and without `min.insync.replicas` and the other settings it never copies.
 */
export const topicsCreate = changeKind<z.infer<typeof params>, Facts, z.infer<typeof change>>({
	type: 'change',
	kind: 'topics-create',
	purpose: 'create the topics again, with the settings they had',
	report: { phase: 'rebuild' },
	params,
	change,
	uses: ['oldTopics'],
	grants: () => [{ side: 'from', on: 'to-be-made', operation: 'create' }],
	settleMs: 30_000,
	async observe(_params, io, ctx) {
		const [old, there, active] = await Promise.all([
			oldTopicsOf(io, ctx),
			scopeTopics(io.from, ctx.link),
			scopeTopics(io.to, ctx.link),
		]);
		return { old, there, active };
	},
	check: () => [],
	plan(facts, _params, { move, preview }) {
		const topics = preview ? wanted(facts) : absent(facts);
		return {
			change: topics.length > 0 ? { topics } : null,
			summary: {
				what: `${count(wanted(facts).length, 'topic')} on ${move.from}, partitions as on ${move.to}`,
				now: preview ? 'as they are' : `${topics.length} absent`,
				after: 'empty, with the settings they had',
				undo: '-',
			},
		};
	},
	async apply({ topics }, io, ctx) {
		for (const topic of topics) {
			await ctx.assertHeld?.();
			await io.from.cluster.ensureTopic(topic);
		}
		return [];
	},
	verify(facts) {
		const names = absent(facts).map(({ name }) => name);
		return [
			blockUnless(names.length === 0, {
				code: 'KDR_TOPIC_MISSING',
				what: 'topics to be mirrored into',
				observed: names.length === 0 ? 'all there' : `absent: ${list(names)}`,
				wanted: 'all there',
			}),
		];
	},
	undo: { none: 'they stay, for the mirror to fill' },
});

/** One that only the rebuilt cluster had is not made again: nothing would ever fill it. */
function wanted({ old, active }: Facts): z.infer<typeof change>['topics'] {
	const partitions = new Map(active.map((topic) => [topic.name, topic.partitions]));
	return old
		.filter(({ own }) => !own)
		.flatMap(({ name, replicationFactor, settings }) => {
			const many = partitions.get(name);
			return many === undefined ? [] : [{ name, partitions: many, replicationFactor, config: settings }];
		});
}

function absent(facts: Facts): z.infer<typeof change>['topics'] {
	const there = new Set(facts.there.map(({ name }) => name));
	return wanted(facts).filter(({ name }) => !there.has(name));
}
