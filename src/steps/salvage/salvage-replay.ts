import { z } from 'zod';
import { blockIf, blockUnless, type Check } from '../../domain/check.ts';
import { KdrError } from '../../domain/errors/kdr-error.ts';
import { fenceDebts } from '../../domain/fence/debt.ts';
import { forEachConcurrent } from '../../domain/for-each-concurrent.ts';
import type { TopicPartition } from '../../domain/kafka/partition.ts';
import { topicsInScope } from '../../domain/kafka/scope.ts';
import { pace, progressText } from '../../domain/lag/pace.ts';
import { withOrigin } from '../../domain/salvage/origin.ts';
import { type Fate, isWanted, selector } from '../../domain/salvage/tail-record.ts';
import { doubtfulOf, type SalvageView, salvageTotals } from '../../domain/salvage/view.ts';
import { count, list } from '../../domain/text.ts';
import { linkRuns } from '../../observe/runs.ts';
import { countTails, findTails, parkedOrigins, type TailSource, tailRecords } from '../../observe/salvage.ts';
import { tailsInFile } from '../../observe/salvage-file.ts';
import { partitionsAtOnce, type Tail } from '../../observe/tails.ts';
import type { NewRecord } from '../../ports/record-writer.ts';
import { changeKind, type StepContext, type StepIo } from '../kind.ts';

const params = z.object({
	topics: z.array(z.string()).default([]).describe('Exact names of topics; empty: every topic.'),
	keys: z
		.array(z.string())
		.default([])
		.describe('Exact keys, as text or as `base64:` and base64; empty: every record.'),
	conflicts: z
		.boolean()
		.default(true)
		.describe('Whether to replay records whose key was written on the active cluster since.'),
	toTopic: z
		.string()
		.optional()
		.describe('A quarantine topic on the active cluster; default: the topic each record is from.'),
	rate: z.number().int().positive().optional().describe('Records per second at most.'),
	file: z
		.string()
		.optional()
		.describe(
			'A file of `kdr salvage export --format binary` to read the records from; default: the returned cluster.',
		),
});
const change = params.extend({ records: z.number().int() });

type Params = z.infer<typeof params>;

interface Facts {
	view: SalvageView;
	/** The returned cluster is not fenced: its tail may still grow. */
	owed: boolean;
}

/** A batch must stay below the broker's limit of 1 MiB. */
const batch = { records: 500, bytes: 400_000 };
/** How often it is said how far it has come, ms. */
const sayEvery = 2_000;

/**
 * Writes the tail onto the active cluster, each with its origin in a header. What is there already by its origin
 * is not written again, and on a compacted topic an older value never follows a newer one.
 */
export const salvageReplay = changeKind<Params, Facts, z.infer<typeof change>>({
	type: 'change',
	kind: 'salvage-replay',
	purpose: 'write the tail onto the active cluster',
	report: { phase: 'salvage' },
	params,
	change,
	grants: (_link, { toTopic }) => [
		{ side: 'to', on: toTopic === undefined ? 'topics' : { topic: toTopic }, operation: 'write' },
	],
	settleMs: 10_000,
	async observe(given, io, { link }) {
		const [source, { runs }] = await Promise.all([tailSourceOf(given, io, link), linkRuns(io.world, link)]);
		const view = await countTails(io.world, link, source, selector(given));
		const owed = given.file === undefined && fenceDebts(runs).some(({ cluster }) => cluster === view.returned);
		return { view, owed };
	},
	check: ({ view, owed }, { topics, toTopic }, { link }): Check[] => [
		blockIf(owed, {
			code: 'KDR_FENCE_OWED',
			what: `fence on ${view.returned}`,
			observed: owed ? 'owed' : 'none owed',
			wanted: 'paid, so that the tail no longer grows',
			hint: 'kdr fence pay',
		}),
		tailKnown(view, topics),
		...(toTopic === undefined ? [] : [apart(toTopic, topicsInScope([{ name: toTopic }], link.topics).length > 0)]),
	],
	plan({ view }, given, { move }) {
		const records = open(view, given);
		const { fates, quarantined } = salvageTotals(view.rows);
		const left = [
			...(fates.replayed > 0 ? [`${fates.replayed.toLocaleString('en-US')} there already`] : []),
			...(given.toTopic === undefined && fates.superseded > 0
				? [`${fates.superseded.toLocaleString('en-US')} older than what is there`]
				: []),
			...(given.toTopic !== undefined && total(quarantined) > 0
				? [`${total(quarantined).toLocaleString('en-US')} in quarantine`]
				: []),
			...(fates.conflict > 0 && !given.conflicts ? [`${fates.conflict.toLocaleString('en-US')} in conflict`] : []),
		];
		return {
			change: records > 0 ? { ...given, records } : null,
			summary: {
				what: `${count(records, 'record')} of ${view.returned}${left.length > 0 ? `; left out: ${left.join(', ')}` : ''}`,
				now: given.file === undefined ? `only on ${view.returned}` : `in ${given.file}`,
				after: given.toTopic === undefined ? `appended on ${move.to}` : `appended to ${given.toTopic} on ${move.to}`,
				undo: '-',
			},
		};
	},
	async apply(given, io, ctx) {
		const source = await tailSourceOf(given, io, ctx.link);
		if (!source) throw new KdrError('KDR_DRIFT', 'the move that left the tail is no longer the newest');
		const placeOf = await destination(given, io, source);
		const parked = await parkedOrigins(io.to, source.quarantine);
		const { wait, wrote } = pacer(given, io, ctx);
		await forEachConcurrent(source.tails, partitionsAtOnce, async (tail) => {
			for await (const records of batchesOf(io, source, tail, { given, parked })) {
				await wait(records.length);
				ctx.signal.throwIfAborted();
				await io.to.writer.append(placeOf(tail), records);
				wrote(records.length);
			}
		});
		return [];
	},
	verify({ view }, _change, given, { move }): Check[] {
		const missing = open(view, given);
		return [
			blockUnless(missing === 0, {
				code: 'tail-replayed',
				what: `tail wanted on ${move.to}`,
				observed: missing === 0 ? `all there, read back by their origin` : `${count(missing, 'record')} missing`,
				wanted: 'all there',
			}),
		];
	},
	undo: { none: 'a record cannot be taken out of a log; each carries its origin in the header kdr-origin' },
});

/** With a quarantine topic that no journalled replay names yet. */
async function tailSourceOf(
	{ file, toTopic }: Params,
	io: StepIo,
	link: StepContext['link'],
): Promise<TailSource | null> {
	const found =
		file === undefined ? await findTails(io.world, link) : await tailsInFile(io.world, link, io.to.alias, file);
	if (!found || toTopic === undefined || found.quarantine.includes(toTopic)) return found;
	return { ...found, quarantine: [...found.quarantine, toTopic] };
}

/** How many records are asked for and not written yet. */
function open({ rows }: SalvageView, { conflicts, toTopic }: Params): number {
	const { fates, quarantined } = salvageTotals(rows);
	const quarantine = toTopic !== undefined;
	const wanted = (Object.keys(fates) as Fate[]).filter((fate) => isWanted(fate, { conflicts, quarantine }));
	return wanted.reduce((sum, fate) => sum + fates[fate] - (quarantine ? quarantined[fate] : 0), 0);
}

const total = (fates: Record<Fate, number>): number => Object.values(fates).reduce((sum, n) => sum + n, 0);

/** Records parked among those of the link would be taken for what applications wrote. */
function apart(topic: string, inScope: boolean): Check {
	return blockIf(inScope, {
		code: 'quarantine-apart',
		what: `quarantine topic ${topic}`,
		observed: inScope ? 'a topic of the link' : 'none of the link',
		wanted: 'none of the link',
	});
}

export function tailKnown({ rows, unknown, returned, active }: SalvageView, topics: readonly string[]): Check {
	const doubtful = rows.reduce((sum, row) => sum + doubtfulOf(row), 0);
	const known = `known in every partition${doubtful > 0 ? `; up to ${count(doubtful, 'record')} may be on ${active} already` : ''}`;
	const mine = unknown.filter(({ topic }) => topics.length === 0 || topics.includes(topic));
	return {
		code: 'KDR_TAIL_UNKNOWN',
		status: mine.length > 0 ? 'block' : doubtful > 0 ? 'warn' : 'pass',
		what: `tail on ${returned}`,
		observed:
			mine.length === 0 ? known : list(mine.map(({ topic, partition, reason }) => `${topic} ${partition}: ${reason}`)),
		wanted: 'known in every partition',
		hint: 'kdr salvage plan; --topic takes only the topics named',
	};
}

/** Where records of a partition go: where they are from, or a partition of the quarantine topic, which is made if it is not there. */
async function destination(
	{ toTopic }: Params,
	io: StepIo,
	{ tails }: TailSource,
): Promise<(tail: Tail) => TopicPartition> {
	if (toTopic === undefined) return ({ topic, partition }) => ({ topic, partition });
	const topics = await io.to.cluster.topics();
	const there = topics.find(({ name }) => name === toTopic);
	const partitions = there?.partitions ?? Math.max(1, ...tails.map(({ partition }) => partition + 1));
	if (!there) {
		const like = topics.find(({ name }) => name === tails[0]?.topic);
		// Nothing that was parked may expire before somebody has looked at it.
		const config = { 'cleanup.policy': 'delete', 'retention.ms': '-1' };
		await io.to.cluster.ensureTopic({
			name: toTopic,
			partitions,
			replicationFactor: like?.replicationFactor ?? 1,
			config,
		});
	}
	return ({ partition }) => ({ topic: toTopic, partition: partition % partitions });
}

/** Keeps to the rate over all partitions, and says now and then how far it has come. */
function pacer({ rate, records }: z.infer<typeof change>, { world: { clock } }: StepIo, ctx: StepContext) {
	const begun = clock.monotonic();
	let [asked, done, reportedAt] = [0, 0, begun];
	return {
		async wait(size: number): Promise<void> {
			const due = rate === undefined ? begun : begun + (asked / rate) * 1_000;
			asked += size;
			const early = due - clock.monotonic();
			if (early > 0) await clock.wait(early, ctx.signal);
		},
		wrote(size: number): void {
			done += size;
			const now = clock.monotonic();
			if (now - reportedAt < sayEvery) return;
			reportedAt = now;
			ctx.progress(
				progressText({
					...pace({ done: BigInt(done), total: BigInt(records), since: 0n, ms: now - begun }),
					bytes: null,
				}),
			);
		},
	};
}

async function* batchesOf(
	io: StepIo,
	source: TailSource,
	tail: Tail,
	{ given, parked }: { given: Params; parked: ReadonlySet<string> },
): AsyncIterable<NewRecord[]> {
	const { conflicts, rate } = given;
	const quarantine = given.toTopic !== undefined;
	// Four batches a second at a low rate, not one burst every minute.
	const most = Math.min(batch.records, Math.max(1, Math.ceil((rate ?? Number.POSITIVE_INFINITY) / 4)));
	let records: NewRecord[] = [];
	let bytes = 0;
	for await (const { record, fate, quarantined } of tailRecords(io.world, source, tail, {
		parked,
		wanted: selector(given),
	})) {
		if (!isWanted(fate, { conflicts, quarantine }) || (quarantine && quarantined)) continue;
		const size = (record.key?.length ?? 0) + (record.value?.length ?? 0);
		if (records.length > 0 && (records.length >= most || bytes + size > batch.bytes)) {
			yield records;
			[records, bytes] = [[], 0];
		}
		records.push(withOrigin(record, source.returned));
		bytes += size;
	}
	if (records.length > 0) yield records;
}
