import { z } from 'zod';
import { blockUnless, type Check } from '../../domain/check.ts';
import { direction } from '../../domain/config/link.ts';
import { PartitionMap, type TopicPartition } from '../../domain/kafka/partition.ts';
import { mapOk } from '../../domain/kafka/partition-items.ts';
import { takesTopic } from '../../domain/mirror/topics.ts';
import { int64 } from '../../domain/run/outputs.ts';
import { count, list } from '../../domain/text.ts';
import { connectorsOf } from '../../observe/connectors.ts';
import { scopePartitions } from '../../observe/scope.ts';
import { changeKind, type RunFacts, type StepIo } from '../kind.ts';
import { seedCommands } from '../vanilla.ts';
import { connectorThere, noSourceRuns } from './mirror-stop.ts';
import { type BothWays, connectorsToMake, wayBackScope, wayBackSources } from './way-back.ts';

const params = z.object({
	allowRunning: z
		.boolean()
		.default(false)
		.describe('Leave a reverse mirror alone that already runs and is past the cut.'),
});

function seedChecks(facts: Facts, { allowRunning }: z.infer<typeof params>, ctx: RunFacts): Check[] {
	const { reverse, forward } = facts;
	const pastCut = allowRunning && seeds(facts, ctx).every((seed) => reached(seed, facts));
	return [
		noSourceRuns(pastCut ? [] : reverse, `${ctx.move.to} → ${ctx.move.from}`),
		connectorThere('source', [...reverse, ...forward], 'a source connector to take settings from'),
		...wayBackScope(facts, ctx),
	];
}
/** `connector`: of several, the one that takes the topic. */
const position = z.object({
	topic: z.string(),
	partition: z.number(),
	offset: int64,
	connector: z.string().optional(),
});
const change = z.object({
	create: z.array(z.object({ name: z.string(), config: z.record(z.string(), z.string()) })),
	/** Name of the source connector, and the offset of the last record it counts as mirrored, per partition. */
	connector: z.string(),
	source: z.string(),
	/** What each connector calls the cluster it reads, where that is not `source`. */
	called: z.record(z.string(), z.string()).default({}),
	positions: z.array(position),
	/** Its position before, if it had one. */
	before: z.array(position).default([]),
	/** Connectors to take away again. */
	remove: z.array(z.string()).default([]),
});
type Change = z.infer<typeof change>;

interface Facts extends BothWays {
	/** Positions that each source connector of the way back has now. */
	positions: ReadonlyMap<string, PartitionMap<bigint>>;
	/** Ends of the logs it will read; before the cut is known: none. */
	ends: PartitionMap<bigint>;
	/** What the workers find wrong with the connectors to be made; asked for a preview only, before anybody is fenced. */
	faults: string[];
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
	purpose: 'prepare the mirror of the way back at the cut',
	report: { phase: 'reverse mirror' },
	params,
	change,
	uses: ['cuts'],
	grants: () => [],
	settleMs: 20_000,
	async observe(_params, io, ctx) {
		const { link, preview } = ctx;
		const [forward, reverse, partitions, topics] = await Promise.all([
			connectorsOf(io.to, io.from, link),
			connectorsOf(io.from, io.to, link),
			preview ? scopePartitions(io.to, link) : [],
			io.to.cluster.topics(),
		]);
		const held = reverse
			.filter(({ role }) => role === 'source')
			.map(async ({ name }) => [name, await io.from.mirror.positions(name)] as const);
		const positions = new Map(await Promise.all(held));
		const edges = await io.to.records.edges([...(ctx.output('cuts')?.keys() ?? [])]);
		const both = { forward, reverse, topics: topics.map(({ name }) => name) };
		return {
			...{ ...both, partitions, positions },
			ends: mapOk(edges, ({ end }) => end),
			faults: preview ? await faultsOf(connectorsToMake(both, ctx), io) : [],
		};
	},
	check: (facts, given, ctx) => seedChecks(facts, given, ctx),
	checkPlan: (facts, given, ctx) => [...seedChecks(facts, given, ctx), validCheck(facts.faults, ctx.move)],
	plan(facts, _params, ctx) {
		const created = connectorsToMake(facts, ctx);
		const create = created.map(({ name, config }) => ({ name, config }));
		const sources = wayBackSources(facts, ctx);
		const connector = sources[0]?.name ?? `${direction(ctx.move.to, ctx.move.from)}-source`;
		const behind = seeds(facts, ctx).filter((seed) => !reached(seed, facts));
		const hasPosition = [...facts.positions.values()].some(({ size }) => size > 0);
		return {
			change:
				create.length > 0 || behind.length > 0 || ctx.preview
					? {
							create,
							connector,
							source: ctx.move.to,
							called: calledBy(sources, ctx),
							positions: behind,
							before: held(behind, facts),
							remove: [],
						}
					: null,
			summary: {
				what: create.length > 0 ? `${count(create.length, 'connector')} ${ctx.move.to} → ${ctx.move.from}` : connector,
				now: !hasPosition ? 'no position' : behind.length > 0 || ctx.preview ? 'behind the cut' : 'seeded',
				after: 'seeded at the cut',
				undo: create.length > 0 ? 'remove' : 'seed back',
				commands: ctx.preview
					? seedCommands({ created, sources, partitions: facts.partitions }, ctx.move.from, ctx.move.to)
					: [],
			},
		};
	},
	async apply({ create, connector, source, called, positions, remove }, io) {
		const there = remove.length > 0 ? (await io.from.mirror.connectors()).map(({ name }) => name) : [];
		await Promise.all(remove.filter((name) => there.includes(name)).map((name) => io.from.mirror.remove(name)));
		await Promise.all(create.map(({ name, config }) => io.from.mirror.prepare(name, config)));
		const byConnector = Map.groupBy(positions, (one) => one.connector ?? connector);
		for (const [name, rows] of byConnector)
			await io.from.mirror.seed(
				name,
				called[name] ?? source,
				PartitionMap.from(rows.map(({ offset, topic, partition }) => [{ topic, partition }, offset])),
			);
		return [];
	},
	verify(facts, _change, _params, ctx): Check[] {
		const { reverse } = facts;
		const wrong = seeds(facts, ctx).filter((seed) => !reached(seed, facts));
		return [
			blockUnless(wrong.length === 0 && reverse.some(({ role }) => role === 'source'), {
				code: 'reverse-seeded',
				what: `positions of the mirror ${ctx.move.to} → ${ctx.move.from}`,
				observed:
					wrong.length === 0
						? 'each at its cut or past it and within the log, read back'
						: list(wrong.map(({ topic, partition }) => `${topic} ${partition}`)),
				wanted: 'each at its cut or past it, and within the log',
			}),
		];
	},
	undo: {
		// A position where there was none stays: it harms nobody while the connector is stopped, and the next seed replaces it.
		of: ({ create, connector, source, called, positions, before }) => {
			const created = create.map(({ name }) => name);
			const seedBack = before.filter((one) => !created.includes(one.connector ?? connector));
			return { create: [], connector, source, called, positions: seedBack, before: positions, remove: created };
		},
		undone: ({ reverse, positions }, { positions: back, remove, connector }): Check[] => {
			const left = reverse.filter(({ name }) => remove.includes(name)).map(({ name }) => name);
			const elsewhere = back.filter((one) => positions.get(one.connector ?? connector)?.get(one) !== one.offset);
			return [
				blockUnless(left.length === 0 && elsewhere.length === 0, {
					code: 'taken-back',
					what: 'the mirror of the way back',
					observed:
						left.length > 0 ? `${list(left)} still there` : elsewhere.length > 0 ? 'seeded at the cut' : 'as before',
					wanted: 'as before',
				}),
			];
		},
	},
});

/** Also a reference to a file or variable (`${file:…}`) that is on the workers of the twin alone. */
async function faultsOf(toMake: ReturnType<typeof connectorsToMake>, { from }: StepIo): Promise<string[]> {
	const all = toMake.map(async ({ name, config }) => {
		const faults = await from.mirror.validate(config);
		return faults.map(({ key, text }) => `${name}: ${key === '' ? '' : `${key}: `}${text}`);
	});
	return (await Promise.all(all)).flat();
}

const validCheck = (faults: readonly string[], { from, to }: RunFacts['move']): Check =>
	blockUnless(faults.length === 0, {
		code: 'mirror-invalid',
		what: `settings of the connectors ${to} → ${from} that will be made`,
		observed: list(faults) || `accepted by the workers of ${from}`,
		wanted: `accepted by the workers of ${from}`,
		hint: `they are made from the connectors ${from} → ${to}: plugins, files and variables that these refer to must also be on the workers of ${from}`,
	});

/** The positions that the seed replaces. */
const held = (seeded: Change['positions'], { positions }: Facts): Change['before'] =>
	seeded.flatMap((seed) => {
		const offset = positions.get(seed.connector ?? '')?.get(seed);
		return offset === undefined ? [] : [{ ...seed, offset }];
	});

/** What each connector of the way back calls the cluster it reads, where that is not its name in kdr.yaml. */
const calledBy = (sources: ReturnType<typeof wayBackSources>, { move }: RunFacts): Change['called'] =>
	Object.fromEntries(sources.flatMap(({ name, called }) => (called === move.to ? [] : [[name, called]])));

/** The task resumes at position + 1; a partition that was empty at the cut has no position and starts at its beginning. */
function seeds(facts: Facts, ctx: RunFacts): (Change['positions'][number] & { connector: string })[] {
	const sources = wayBackSources(facts, ctx);
	const takes = sources.map(({ name, config }) => ({ name, take: takesTopic(config) }));
	return [...(ctx.output('cuts') ?? [])].flatMap(([at, { to }]) => {
		const name = (sources.length > 1 ? takes.find(({ take }) => take(at.topic)) : sources[0])?.name;
		return to > 0n && name !== undefined ? [{ ...at, offset: to - 1n, connector: name }] : [];
	});
}

/**
 * A position past the cut is the mirror's own progress since: lowering it would double those records. One past the end of the log is of
 * another log: MirrorMaker 2 would find it out of range and copy everything back from the start.
 */
function reached(seed: Change['positions'][number], { positions, ends }: Facts): boolean {
	const now = positions.get(seed.connector ?? '')?.get(seed);
	const end = ends.get(seed);
	return now !== undefined && now >= seed.offset && end !== undefined && now < end;
}
