import { z } from 'zod';
import { blockUnless } from '../../domain/check.ts';
import { PartitionMap, type TopicPartition } from '../../domain/kafka/partition.ts';
import type { ItemFailure } from '../../domain/run/events.ts';
import { count, list } from '../../domain/text.ts';
import { scopeGroups } from '../../observe/scope.ts';
import { changeKind } from '../kind.ts';
import { oldTopicsOf } from '../old-topics.ts';

const params = z.object({});
const change = z.object({
	groups: z.array(
		z.object({ group: z.string(), partitions: z.array(z.object({ topic: z.string(), partition: z.number().int() })) }),
	),
});

interface Facts {
	groups: { group: string; partitions: TopicPartition[] }[];
}

/** Deletes what groups have committed on topics that were created again: those offsets are of logs that are gone. Brokers mostly have done so. */
export const offsetsDelete = changeKind<z.infer<typeof params>, Facts, z.infer<typeof change>>({
	type: 'change',
	kind: 'offsets-delete',
	formerly: ['offsets-forget'],
	purpose: 'delete group offsets of the deleted topics',
	report: { phase: 'rebuild' },
	params,
	change,
	uses: ['oldTopics'],
	grants: () => [
		{ side: 'from', on: 'groups', operation: 'delete' },
		{ side: 'from', on: 'topics', operation: 'read' },
	],
	settleMs: 15_000,
	async observe(_params, io, ctx) {
		const [old, groups] = await Promise.all([oldTopicsOf(io, ctx), scopeGroups(io.from, ctx.link)]);
		const names = new Set(old.filter(({ own }) => !own).map(({ name }) => name));
		const committed = await io.from.groups.committed(groups.map(({ id }) => id));
		const found = [...committed].map(([group, item]) => {
			if (!item.ok) throw item.error;
			return { group, partitions: [...item.value.keys()].filter(({ topic }) => names.has(topic)) };
		});
		return { groups: found.filter(({ partitions }) => partitions.length > 0) };
	},
	check: () => [],
	plan({ groups }, _params, { move }) {
		const offsets = groups.reduce((sum, { partitions }) => sum + partitions.length, 0);
		return {
			change: groups.length > 0 ? { groups } : null,
			summary: {
				what: `${count(groups.length, 'group')} on ${move.from}`,
				now: count(offsets, 'offset'),
				after: 'none, until the mirror brings them',
				undo: '-',
			},
		};
	},
	async apply({ groups }, io) {
		const failures: ItemFailure[] = [];
		for (const { group, partitions } of groups) {
			const answers = await io.from.groups.forget(
				group,
				PartitionMap.from(partitions.map((at) => [at, null] as const)),
			);
			const refused = [...answers.values()].find((item) => !item.ok);
			if (refused && !refused.ok)
				failures.push({ item: `group ${group}`, code: refused.error.code, message: refused.error.message });
		}
		return failures;
	},
	verify({ groups }, _change, _params, _cx, failed) {
		const named = new Set(failed.map(({ item }) => item));
		const left = groups.filter(({ group }) => !named.has(`group ${group}`)).map(({ group }) => group);
		return [
			blockUnless(left.length === 0, {
				code: 'offsets-forgotten',
				what: 'groups with offsets of the old logs',
				observed: list(left) || 'none',
				wanted: 'none',
			}),
		];
	},
	undo: { none: 'they are offsets of deleted logs' },
});
