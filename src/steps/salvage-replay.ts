import { z } from 'zod';
import type { Check } from '../domain/check.ts';
import { KdrError } from '../domain/errors/kdr-error.ts';
import { fenceDebts } from '../domain/fence/debt.ts';
import { withOrigin } from '../domain/salvage/origin.ts';
import { type Fate, isWanted, type SalvageFilter } from '../domain/salvage/orphan.ts';
import { type SalvageView, salvageTotals } from '../domain/salvage/view.ts';
import type { NewRecord } from '../ports/record-writer.ts';
import { count, list } from './estate.ts';
import { linkRuns } from './fence-facts.ts';
import { changeKind, type StepIo } from './kind.ts';
import { inParallel, type LeftBehind, leftBehind, locateTails, observeSalvage, orphansOf, type Tail } from './salvage-facts.ts';

const params = z.object({
	/** Exact names; empty: every topic. */
	topics: z.array(z.string()).default([]),
	/** Whether records are taken whose key was written on the active cluster since. */
	conflicts: z.boolean().default(true),
});
const change = z.object({ topics: z.array(z.string()), conflicts: z.boolean(), records: z.number().int() });

interface Facts {
	view: SalvageView;
	/** The returned cluster is not fenced: its tail may still grow. */
	owed: boolean;
}

/** A batch must stay below the broker's limit of 1 MiB. */
const batch = { records: 500, bytes: 400_000 };

/**
 * Writes the records left behind onto the active cluster, each with its origin in a header. What is there already by its origin
 * is not written again, and on a compacted topic an older value never follows a newer one.
 */
export const salvageReplay = changeKind<z.infer<typeof params>, Facts, z.infer<typeof change>>({
	type: 'change',
	kind: 'salvage-replay',
	purpose: 'write the records left behind onto the active cluster',
	report: { phase: 'salvage' },
	params,
	change,
	settleMs: 10_000,
	async observe(_params, io, { link }) {
		const [view, { runs }] = await Promise.all([observeSalvage(io.world, link), linkRuns(io.world, link)]);
		return { view, owed: fenceDebts(runs).some(({ cluster }) => cluster === view.returned) };
	},
	check: ({ view, owed }, { topics }): Check[] => [
		{
			code: 'KDR_FENCE_OWED',
			status: owed ? 'block' : 'pass',
			what: `fence on ${view.returned}`,
			observed: owed ? 'owed' : 'none owed',
			wanted: 'paid, so that the tail no longer grows',
			hint: 'kdr fence pay',
		},
		tailKnown(view, topics),
	],
	plan({ view }, filter) {
		const records = open(view, filter);
		const { fates } = salvageTotals(view.rows.filter(({ topic }) => filter.topics.length === 0 || filter.topics.includes(topic)));
		const left = [
			...(fates.replayed > 0 ? [`${fates.replayed.toLocaleString('en-US')} there already`] : []),
			...(fates.superseded > 0 ? [`${fates.superseded.toLocaleString('en-US')} older than what is there`] : []),
			...(fates.conflict > 0 && !filter.conflicts ? [`${fates.conflict.toLocaleString('en-US')} in conflict`] : []),
		];
		return {
			change: records > 0 ? { topics: filter.topics, conflicts: filter.conflicts, records } : null,
			summary: {
				what: `${count(records, 'record')} of ${view.returned}${left.length > 0 ? `; left out: ${left.join(', ')}` : ''}`,
				now: `only on ${view.returned}`,
				after: `appended on ${view.active}`,
				undo: '-',
			},
		};
	},
	async apply(filter, io, cx) {
		const left = await leftBehind(io.world, cx.link);
		if (!left) throw new KdrError('KDR_DRIFT', 'the move that left records behind is no longer the newest');
		const { tails } = await locateTails(io.world, cx.link, left);
		let done = 0;
		await inParallel(tails, async (tail) => {
			for await (const records of batchesOf(io, left, tail, filter)) {
				cx.signal.throwIfAborted();
				await io.world.side(left.active).writer.append(tail, records);
				done += records.length;
				cx.progress(`${done.toLocaleString('en-US')} of ${count(filter.records, 'record')}`);
			}
		});
		return [];
	},
	verify({ view }, _change, filter): Check[] {
		const missing = open(view, filter);
		return [
			{
				code: 'tail-replayed',
				status: missing === 0 ? 'pass' : 'block',
				what: `records left behind and wanted on ${view.active}`,
				observed: missing === 0 ? `all there, read back by their origin` : `${count(missing, 'record')} missing`,
				wanted: 'all there',
			},
		];
	},
	undo: { none: 'a record cannot be taken out of a log; each carries its origin in the header kdr-origin' },
});

/** How many records the filter takes and the active cluster does not have yet. */
function open({ rows }: SalvageView, filter: SalvageFilter): number {
	const fates: Fate[] = ['free', 'conflict'];
	return rows.reduce(
		(sum, { topic, fates: of }) => sum + fates.reduce((n, fate) => n + (isWanted(fate, topic, filter) ? of[fate] : 0), 0),
		0,
	);
}

export function tailKnown({ unknown, returned }: SalvageView, topics: readonly string[]): Check {
	const mine = unknown.filter(({ topic }) => topics.length === 0 || topics.includes(topic));
	return {
		code: 'KDR_TAIL_UNKNOWN',
		status: mine.length === 0 ? 'pass' : 'block',
		what: `records left behind on ${returned}`,
		observed:
			mine.length === 0 ? 'known in every partition' : list(mine.map(({ topic, partition, reason }) => `${topic} ${partition}: ${reason}`)),
		wanted: 'known in every partition',
		hint: 'kdr salvage plan; --topic takes only the topics named',
	};
}

async function* batchesOf(io: StepIo, left: LeftBehind, tail: Tail, filter: SalvageFilter): AsyncIterable<NewRecord[]> {
	let records: NewRecord[] = [];
	let bytes = 0;
	for await (const { record, fate } of orphansOf(io.world, left, tail)) {
		if (!isWanted(fate, tail.topic, filter)) continue;
		const size = (record.key?.length ?? 0) + (record.value?.length ?? 0);
		if (records.length > 0 && (records.length >= batch.records || bytes + size > batch.bytes)) {
			yield records;
			[records, bytes] = [[], 0];
		}
		records.push(withOrigin(record, left.returned));
		bytes += size;
	}
	if (records.length > 0) yield records;
}
