import { z } from 'zod';
import type { Check } from '../../domain/check.ts';
import { direction } from '../../domain/config/link.ts';
import { PartitionMap, type TopicPartition } from '../../domain/kafka/partition.ts';
import { reversed } from '../../domain/mirror/reverse.ts';
import { int64 } from '../../domain/run/outputs.ts';
import { count, list } from '../../domain/text.ts';
import { connectorsOf } from '../../observe/connectors.ts';
import { scopePartitions } from '../../observe/scope.ts';
import type { Connector } from '../../ports/mirror.ts';
import { changeKind, type RunFacts } from '../kind.ts';
import { seedCommands } from '../vanilla.ts';
import { connectorThere, noSourceRuns } from './mirror-stop.ts';

const params = z.object({
	allowRunning: z
		.boolean()
		.default(false)
		.describe('Leave a reverse mirror alone that already runs and is past the cut.'),
});
const change = z.object({
	create: z.array(z.object({ name: z.string(), config: z.record(z.string(), z.string()) })),
	/** Name of the source connector, and the offset of the last record it counts as mirrored, per partition. */
	connector: z.string(),
	source: z.string(),
	positions: z.array(z.object({ topic: z.string(), partition: z.number(), offset: int64 })),
	/** The connector's position before, if it had one. */
	before: z.array(z.object({ topic: z.string(), partition: z.number(), offset: int64 })).default([]),
	/** Connectors to take away again. */
	remove: z.array(z.string()).default([]),
});
type Change = z.infer<typeof change>;

interface Facts {
	forward: Connector[];
	reverse: Connector[];
	/** Positions the reverse source connector has now. */
	positions: PartitionMap<bigint>;
	/** Read for a preview only, whose commands name them. */
	partitions: TopicPartition[];
}

/**
 * Makes the mirror of the way back ready: connectors created STOPPED, seeded at the cut, so that only records written
 * after it flow. Without a seed every record would be copied back and, names being the same, doubled.
 */
export const mirrorSeed = changeKind<z.infer<typeof params>, Facts, Change>({
	type: 'change',
	kind: 'mirror-seed',
	formerParams: { mayRun: { name: 'allowRunning' } },
	purpose: 'make the mirror of the way back ready at the cut',
	report: { phase: 'reverse mirror' },
	params,
	change,
	uses: ['cuts'],
	grants: () => [],
	settleMs: 20_000,
	async observe(_params, io, { move, link, preview }) {
		const [forward, reverse, partitions] = await Promise.all([
			connectorsOf(io.to, move.from, link),
			connectorsOf(io.from, move.to, link),
			preview ? scopePartitions(io.to, link) : [],
		]);
		const source = reverse.find(({ role }) => role === 'source');
		return {
			forward,
			reverse,
			partitions,
			positions: source ? await io.from.mirror.positions(source.name) : new PartitionMap(),
		};
	},
	check: ({ reverse, forward, positions }, { allowRunning }, ctx): Check[] => {
		const { move } = ctx;
		const pastCut = allowRunning && seeds(ctx).every((seed) => reached(seed, positions));
		return [
			noSourceRuns(pastCut ? [] : reverse, `${move.to} → ${move.from}`),
			connectorThere('source', [...reverse, ...forward], 'a source connector to take settings from'),
		];
	},
	plan(facts, _params, ctx) {
		const wanted = seeds(ctx);
		const { connector, create } = connectorsToMake(facts, ctx);
		const behind = wanted.filter((seed) => !reached(seed, facts.positions));
		return {
			change:
				create.length > 0 || behind.length > 0 || ctx.preview
					? {
							create,
							connector,
							source: ctx.move.to,
							positions: behind,
							before: stood(behind, facts.positions),
							remove: [],
						}
					: null,
			summary: {
				what: create.length > 0 ? `${count(create.length, 'connector')} ${ctx.move.to} → ${ctx.move.from}` : connector,
				now:
					facts.positions.size === 0 ? 'no position' : behind.length > 0 || ctx.preview ? 'behind the cut' : 'seeded',
				after: 'seeded at the cut',
				undo: create.length > 0 ? 'remove' : 'seed back',
				commands: ctx.preview ? seedCommands({ ...facts, connector }, ctx.link, ctx.move.from, ctx.move.to) : [],
			},
		};
	},
	async apply({ create, connector, source, positions, remove }, io) {
		const there = remove.length > 0 ? (await io.from.mirror.connectors()).map(({ name }) => name) : [];
		await Promise.all(remove.filter((name) => there.includes(name)).map((name) => io.from.mirror.remove(name)));
		await Promise.all(create.map(({ name, config }) => io.from.mirror.prepare(name, config)));
		if (positions.length > 0)
			await io.from.mirror.seed(
				connector,
				source,
				PartitionMap.from(positions.map(({ offset, ...at }) => [at, offset])),
			);
		return [];
	},
	verify({ reverse, positions }, _change, _params, ctx): Check[] {
		const wrong = seeds(ctx).filter((seed) => !reached(seed, positions));
		return [
			{
				code: 'reverse-seeded',
				status: wrong.length === 0 && reverse.some(({ role }) => role === 'source') ? 'pass' : 'block',
				what: `positions of the mirror ${ctx.move.to} → ${ctx.move.from}`,
				observed:
					wrong.length === 0
						? 'each at its cut or past it, read back'
						: list(wrong.map(({ topic, partition }) => `${topic} ${partition}`)),
				wanted: 'each at its cut or past it',
			},
		];
	},
	undo: {
		// A position where there was none stays: it harms nobody while the connector is stopped, and the next seed replaces it.
		of: ({ create, connector, source, positions, before }) => {
			const made = create.map(({ name }) => name);
			const seedBack = made.includes(connector) ? [] : before;
			return { create: [], connector, source, positions: seedBack, before: positions, remove: made };
		},
		undone: ({ reverse, positions }, { positions: back, remove }): Check[] => {
			const left = reverse.filter(({ name }) => remove.includes(name)).map(({ name }) => name);
			const elsewhere = back.filter(({ topic, partition, offset }) => positions.get({ topic, partition }) !== offset);
			return [
				{
					code: 'taken-back',
					status: left.length === 0 && elsewhere.length === 0 ? 'pass' : 'block',
					what: 'the mirror of the way back',
					observed:
						left.length > 0 ? `${list(left)} still there` : elsewhere.length > 0 ? 'seeded at the cut' : 'as before',
					wanted: 'as before',
				},
			];
		},
	},
});

/** The positions that the seed replaces. */
const stood = (seeded: Change['positions'], positions: Facts['positions']): Change['before'] =>
	seeded.flatMap(({ topic, partition }) => {
		const offset = positions.get({ topic, partition });
		return offset === undefined ? [] : [{ topic, partition, offset }];
	});

/** The task resumes at position + 1; a partition that was empty at the cut has no position and starts at its beginning. */
function seeds(ctx: RunFacts): Change['positions'] {
	return [...(ctx.output('cuts') ?? [])].flatMap(([at, { to }]) => (to > 0n ? [{ ...at, offset: to - 1n }] : []));
}

/** A position past the cut is the mirror's own progress since: undoing it would double those records. */
function reached({ topic, partition, offset }: Change['positions'][number], positions: PartitionMap<bigint>): boolean {
	const now = positions.get({ topic, partition });
	return now !== undefined && now >= offset;
}

/** Connectors of the way back that do not exist yet, from their twins; existing ones keep their own settings. */
export function connectorsToMake(
	{ forward, reverse }: Pick<Facts, 'forward' | 'reverse'>,
	{ link, move }: RunFacts,
): Pick<Change, 'create' | 'connector'> {
	const names = link.mirror.connectors[direction(move.to, move.from)];
	const create = forward.flatMap((twin) => {
		const name = names?.[twin.role];
		if (!name || reverse.some(({ role }) => role === twin.role)) return [];
		return [{ name, config: reversed(twin.config, name) }];
	});
	return {
		create,
		connector:
			reverse.find(({ role }) => role === 'source')?.name ?? names?.source ?? `${direction(move.to, move.from)}-source`,
	};
}
