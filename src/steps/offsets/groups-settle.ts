import { z } from 'zod';
import type { Check } from '../../domain/check.ts';
import { PartitionMap } from '../../domain/kafka/partition.ts';
import { durationParam } from '../../domain/runbook/duration-param.ts';
import { count, list } from '../../domain/text.ts';
import { scopeGroups, scopePartitions } from '../../observe/scope.ts';
import { gateKind, type StepContext, type StepIo } from '../kind.ts';

const params = z.object({
	within: durationParam()
		.prefault('10s')
		.describe('How long groups have to catch up or stop; after that the move names those that did not, and continues.'),
});

interface Facts {
	groups: number;
	/** Groups with members that have not read everything, and how many offsets they are behind at most. */
	behind: { group: string; offsets: bigint }[];
}

/**
 * Gives the groups on the cluster we leave time to read what is there: with writers fenced, one that keeps up is done
 * in a moment and reads nothing again. One that lags continues at its commit.
 */
export const groupsSettle = gateKind<z.infer<typeof params>, Facts, 'movingGroups'>({
	type: 'gate',
	kind: 'groups-settle',
	purpose: 'wait until groups have read what is on the cluster we leave',
	report: { phase: 'settle' },
	params,
	produces: 'movingGroups',
	async observe({ within }, io, ctx) {
		const { clock } = io.world;
		const begin = clock.monotonic();
		const first = await look(io, ctx);
		let facts = first;
		while (!ctx.preview && facts.behind.length > 0) {
			const gone = clock.monotonic() - begin;
			if (gone >= within || (gone >= enoughToTell && noneWillMakeIt(first, facts, gone, within - gone))) break;
			ctx.progress(`${list(facts.behind.map(({ group, offsets }) => `${group} ${offsets} behind`))}`);
			await clock.wait(250, ctx.signal);
			facts = await look(io, ctx);
		}
		return facts;
	},
	check: ({ groups, behind }, _params, { move, preview }): Check[] =>
		preview
			? []
			: [
					{
						code: 'groups-settled',
						status: behind.length === 0 ? 'pass' : 'warn',
						what: `groups on ${move.from} that have not read everything`,
						observed:
							behind.length === 0
								? `none of ${groups}`
								: list(behind.map(({ group, offsets }) => `${group}: at most ${count(offsets, 'record')} left`)),
						wanted: 'none',
						hint: 'they continue at their last commit; what they processed since is read again',
					},
				],
	summary: ({ groups, behind }, { within }) => ({
		what: count(groups, 'group'),
		now: behind.length === 0 ? 'caught up' : `${count(behind.length, 'group')} behind`,
		after: `within ${within / 1_000} s`,
		undo: '-',
	}),
	waitMs: () => 0,
	output: ({ behind }) => behind.map(({ group }) => group),
});

/** Milliseconds of watching after which a group's pace tells whether waiting helps. */
const enoughToTell = 1_500;

/** True when each group that is behind would need longer than is left at the pace seen: waiting would only prolong the outage. */
function noneWillMakeIt(first: Facts, now: Facts, goneMs: number, leftMs: number): boolean {
	const before = new Map(first.behind.map(({ group, offsets }) => [group, offsets]));
	return now.behind.every(({ group, offsets }) => {
		const read = Number((before.get(group) ?? offsets) - offsets);
		return (Number(offsets) * goneMs) / Math.max(read, 1) > leftMs;
	});
}

async function look(io: StepIo, { link }: StepContext): Promise<Facts> {
	const [groups, partitions] = await Promise.all([scopeGroups(io.from, link), scopePartitions(io.from, link)]);
	const live = groups.filter(({ state }) => state !== 'Empty' && state !== 'Dead').map(({ id }) => id);
	const [committed, edges] = await Promise.all([io.from.groups.committed(live), io.from.records.edges(partitions)]);
	const ends = PartitionMap.from(
		[...edges].flatMap(([at, edge]) => (edge.ok ? [[at, edge.value.lastStable] as const] : [])),
	);
	const last = await io.from.records.last(ends, { isolation: 'committed' });
	const behind = live.flatMap((group) => {
		const item = committed.get(group);
		if (!item?.ok) return [];
		let offsets = 0n;
		for (const [at, { offset }] of item.value) {
			const record = last.get(at);
			const end = record?.ok && record.value ? record.value.offset + 1n : offset;
			if (offset < end) offsets += end - offset;
		}
		return offsets > 0n ? [{ group, offsets }] : [];
	});
	return { groups: live.length, behind };
}
