import { z } from 'zod';
import { type Check, warnUnless } from '../../domain/check.ts';
import { isActive } from '../../domain/kafka/group.ts';
import { partitionName } from '../../domain/kafka/partition.ts';
import { mapOk } from '../../domain/kafka/partition-items.ts';
import { agreesBehind } from '../../domain/offsets/reread-agreed.ts';
import { durationParam } from '../../domain/runbook/duration-param.ts';
import { count, list } from '../../domain/text.ts';
import { scopeGroups, scopePartitions } from '../../observe/scope.ts';
import { askUntil } from '../../ports/ask-until.ts';
import { describeGroups } from '../by-hand.ts';
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
	/** Groups of which that could not be read: never settled. */
	unknown: { group: string; why: string }[];
	/** Where the logs end, together. */
	ends: bigint;
	/** It stopped waiting although not every group was done. */
	gaveUp: 'deadline' | 'pace' | null;
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
		let first: Facts | undefined;
		let gaveUp: Facts['gaveUp'] = null;
		const last = await askUntil(() => look(io, ctx), {
			...{ clock, signal: ctx.signal, withinMs: ctx.preview ? 0 : within, everyMs: 250 },
			isEnough(facts) {
				first ??= facts;
				const gone = clock.monotonic() - begin;
				const hopeless = facts.unknown.length === 0 && noneWillMakeIt(first, facts, gone, within - gone);
				const done = facts.behind.length + facts.unknown.length === 0;
				gaveUp = done ? null : gone >= within ? 'deadline' : 'pace';
				return done || (gone >= enoughToTell && hopeless);
			},
			waiting: ({ behind }) => ctx.progress(list(behind.map(({ group, offsets }) => `${group} ${offsets} behind`))),
		});
		return { ...last, gaveUp };
	},
	checkPlan: ({ behind, unknown, ends }, _params, { move }) =>
		move.mode === 'switchover' && unknown.length === 0 ? [plannedBehind(behind, ends, move.from)] : [],
	check: ({ groups, behind, unknown, gaveUp }, { within }, { move }): Check[] => {
		const open = [
			...unknown.map(({ group, why }) => `${group}: unknown (${why})`),
			...behind.map(({ group, offsets }) => `${group}: at most ${count(offsets, 'record')} left`),
		];
		return [
			warnUnless(open.length === 0, {
				code: 'groups-settled',
				what: `groups on ${move.from} that have not read everything`,
				observed: open.length === 0 ? `none of ${groups}` : `${list(open)}${gaveUpText(gaveUp, within)}`,
				wanted: 'none',
				hint: 'they continue at their last commit; what they processed since is read again',
			}),
		];
	},
	summary: ({ groups, behind, unknown }, { within }) => ({
		what: count(groups, 'group'),
		now:
			behind.length + unknown.length === 0
				? 'caught up'
				: `${count(behind.length, 'group')} behind${behind.length > 0 ? `, ≤ ${recordsOf(behind).toLocaleString('en-US')}` : ''}${unknown.length > 0 ? `, ${unknown.length} unknown` : ''}`,
		after: within === 0 ? 'reported, not waited for' : `waited for, at most ${within / 1_000} s`,
		undo: '-',
	}),
	byHand: (_params, { move }) => ({
		commands: [describeGroups(move.from)],
		see: 'LAG is 0 in the topics of the link for every group with members; a group that is behind reads again what it processed since its last commit',
	}),
	spends: (_facts, { within }) => ({ waitsMs: within }),
	waitMs: () => 0,
	output: ({ behind, unknown }) => [...behind, ...unknown].map(({ group }) => group),
});

const recordsOf = (behind: Facts['behind']): bigint => behind.reduce((sum, { offsets }) => sum + offsets, 0n);

/** A gate that let the run pass by its deadline, not because what it waits for is so, says it. */
const gaveUpText = (gaveUp: Facts['gaveUp'], within: number): string =>
	gaveUp === null || within === 0
		? ''
		: gaveUp === 'deadline'
			? `; the wait ended at its deadline of ${within / 1_000} s`
			: `; the wait ended early: at their pace they need longer than ${within / 1_000} s`;

/** Groups that read while the plan is made may be evicted there: what is ahead of them is the bound that the plan agrees to. */
const plannedBehind = (behind: Facts['behind'], ends: bigint, from: string): Check => ({
	code: 'groups-settled',
	status: 'pass',
	what: `groups on ${from} that have not read everything`,
	observed:
		behind.length === 0 ? 'none now' : list(behind.map(({ group, offsets }) => `${group}: at most ${offsets} now`)),
	agrees: agreesBehind(recordsOf(behind), ends),
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
	const live = groups.filter(isActive).map(({ id }) => id);
	const [committed, edges] = await Promise.all([io.from.groups.committed(live), io.from.records.edges(partitions)]);
	const ends = mapOk(edges, ({ lastStable }) => lastStable);
	const names = new Set(partitions.map(({ topic }) => topic));
	const last = await io.from.records.last(ends, { isolation: 'committed' });
	const facts: Facts = { groups: 0, behind: [], unknown: [], ends: 0n, gaveUp: null };
	for (const [, end] of mapOk(edges, ({ end }) => end)) facts.ends += end;
	for (const group of live) {
		const item = committed.get(group);
		if (!item?.ok) {
			facts.unknown.push({ group, why: item?.error.message ?? 'its commits were not answered' });
			continue;
		}
		// Groups of other topics are not the link's.
		if (item.value.topics().some((topic) => names.has(topic))) facts.groups++;
		let offsets = 0n;
		const unread: string[] = [];
		for (const [at, { offset }] of item.value) {
			// Only partitions of the link have an edge.
			if (!edges.has(at)) continue;
			const record = last.get(at);
			if (!record?.ok) unread.push(partitionName(at));
			else if (record.value && offset <= record.value.offset) offsets += record.value.offset + 1n - offset;
		}
		if (unread.length > 0) facts.unknown.push({ group, why: `the log of ${list(unread)} was not readable` });
		else if (offsets > 0n) facts.behind.push({ group, offsets });
	}
	return facts;
}
