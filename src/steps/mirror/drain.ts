import { z } from 'zod';
import type { LinkConfig } from '../../domain/config/link.ts';
import type { Item } from '../../domain/item.ts';
import { PartitionMap } from '../../domain/kafka/partition.ts';
import { type Drained, drained } from '../../domain/lag/drained.ts';
import { durationParam } from '../../domain/runbook/duration-param.ts';
import { findTwins } from '../../observe/offsets/twins.ts';
import { connectorsOf, count, list, scopePartitions } from '../estate.ts';
import { gateKind, type StepIo } from '../kind.ts';

const params = z.object({
	within: durationParam({ least: 1 }).prefault('5m').describe('How long to wait at most.'),
});

type Facts = PartitionMap<Drained>;

/** Waits until every data record of the cluster we leave is on the cluster we move to. */
export const drain = gateKind<z.infer<typeof params>, Facts>({
	type: 'gate',
	kind: 'drain',
	purpose: 'wait until everything written is mirrored',
	params,
	observe: (_params, io, ctx) => observeDrained(io, ctx.link, ctx.move.from),
	check(facts, _params, { preview }) {
		const behind = [...facts].filter(([, state]) => state.kind === 'behind');
		const unsure = [...facts].flatMap(([at, state]) =>
			state.kind === 'unknown' ? [`${at.topic} ${at.partition}: ${state.reason}`] : [],
		);
		const records = behind.reduce((sum, [, state]) => sum + (state.kind === 'behind' ? state.atMost : 0n), 0n);
		if (preview) return [];
		const first = [...facts.values()].find((state) => state.kind === 'drained');
		return [
			{
				code: 'KDR_NOT_DRAINED',
				status: unsure.length > 0 ? 'unknown' : behind.length > 0 ? 'block' : 'pass',
				what: 'records still on their way',
				observed:
					unsure.length > 0
						? `unknown: ${list(unsure)}`
						: behind.length > 0
							? `at most ${records} in ${count(behind.length, 'partition')}`
							: `none in ${count(facts.size, 'partition')}${first?.kind === 'drained' ? `: ${first.evidence}` : ''}`,
				wanted: 'none',
			},
		];
	},
	summary(facts) {
		const states = [...facts.values()];
		const records = states.reduce((sum, state) => sum + (state.kind === 'behind' ? state.atMost : 0n), 0n);
		const unsure = states.some(({ kind }) => kind === 'unknown');
		return {
			what: count(facts.size, 'partition'),
			now: unsure ? 'behind: unknown' : `≤ ${records.toLocaleString('en-US')} behind`,
			after: 'drained',
			undo: '-',
		};
	},
	waitMs: ({ within }) => within,
});

/** Looks at the last data records of both sides; what aborted transactions left is no data. */
export async function observeDrained(io: StepIo, link: LinkConfig, source: string): Promise<Facts> {
	const from = io.world.side(source);
	const to = source === io.from.alias ? io.to : io.from;
	const partitions = await scopePartitions(from, link);
	const [fromEdges, toEdges, positions] = await Promise.all([
		from.records.edges(partitions),
		to.records.edges(partitions),
		positionsOf(to, source, link),
	]);
	const ends = (edges: typeof fromEdges) =>
		PartitionMap.from([...edges].flatMap(([at, edge]) => (edge.ok ? [[at, edge.value.end] as const] : [])));
	const [fromLast, toLast] = await Promise.all([
		from.records.last(ends(fromEdges), { isolation: 'committed' }),
		to.records.last(ends(toEdges), { isolation: 'committed' }),
	]);
	const known = <T>(item: Item<T> | undefined): T | null => (item?.ok ? item.value : null);
	const twins = await findTwins(
		from,
		PartitionMap.from(
			partitions.map((at) => {
				const lasts = { sourceLast: known(fromLast.get(at)), targetLast: known(toLast.get(at)) };
				return [at, { ...lasts, position: positions.get(at) ?? null }];
			}),
		),
	);
	return PartitionMap.from(
		partitions.map((at) => {
			const [edge, sourceLast, targetLast] = [fromEdges.get(at), fromLast.get(at), toLast.get(at)];
			if (!edge?.ok || !sourceLast?.ok)
				return [at, { kind: 'unknown', reason: 'the source log was not readable' } as Drained];
			if (!targetLast?.ok) return [at, { kind: 'unknown', reason: 'the standby log was not readable' } as Drained];
			return [
				at,
				drained({
					sourceEnd: edge.value.end,
					sourceLast: sourceLast.value,
					targetLast: targetLast.value,
					position: positions.get(at) ?? null,
					twin: twins.has(at),
				}),
			];
		}),
	);
}

/** Mirrored positions of every source connector of the link in one direction, merged. */
export async function positionsOf(
	target: StepIo['to'],
	source: string,
	link: LinkConfig,
): Promise<PartitionMap<bigint>> {
	const sources = (await connectorsOf(target, source, link)).filter(({ role }) => role === 'source');
	const all = await Promise.all(sources.map(({ name }) => target.mirror.positions(name)));
	return PartitionMap.from(all.flatMap((positions) => [...positions]));
}
