import { z } from 'zod';
import { blockUnless, type Check } from '../../domain/check.ts';
import type { LinkConfig } from '../../domain/config/link.ts';
import type { TopicPartition } from '../../domain/kafka/partition.ts';
import { topicsInScope } from '../../domain/kafka/scope.ts';
import type { Move } from '../../domain/run/events.ts';
import { count, list } from '../../domain/text.ts';
import { connectorsOf, type LinkConnector, notStopped } from '../../observe/connectors.ts';
import { changeKind } from '../kind.ts';
import { connectorThere } from './mirror-stop.ts';
import { type BothWays, connectorsToMake } from './way-back.ts';

const params = z.object({});
const change = z.object({
	create: z.array(z.object({ name: z.string(), config: z.record(z.string(), z.string()) })),
	/** Source connectors whose positions are forgotten; `only`: those of the link, where a connector also has others. */
	forget: z.array(
		z.object({
			cluster: z.string(),
			name: z.string(),
			only: z
				.object({
					source: z.string(),
					partitions: z.array(z.object({ topic: z.string(), partition: z.number() })),
				})
				.optional(),
		}),
	),
});

interface Facts extends BothWays {
	/** Source connectors of both directions that have a position of the link. */
	placed: z.infer<typeof change>['forget'];
}

/**
 * Makes the mirror start again: the connectors into the rebuilt cluster there, STOPPED, and no position left in either direction. One into it
 * would leave out what it takes for mirrored; one out of it, past the end of a new log, would copy everything back.
 */
export const mirrorReset = changeKind<z.infer<typeof params>, Facts, z.infer<typeof change>>({
	type: 'change',
	kind: 'mirror-reset',
	formerly: ['mirror-anew'],
	purpose: 'reset the mirror of both directions to the start',
	report: { phase: 'rebuild' },
	params,
	change,
	grants: () => [],
	settleMs: 20_000,
	async observe(_params, io, { link }) {
		const [forward, reverse, topics] = await Promise.all([
			connectorsOf(io.to, io.from, link),
			connectorsOf(io.from, io.to, link),
			io.to.cluster.topics(),
		]);
		const sources = [...forward, ...reverse].filter(({ role }) => role === 'source');
		const positions = await Promise.all(
			sources.map(({ name, target }) => io.world.side(target).mirror.positions(name)),
		);
		const placed = sources.flatMap((source, at) => placedOf(source, [...(positions[at]?.keys() ?? [])], link));
		return { forward, reverse, placed, topics: topics.map(({ name }) => name) };
	},
	checkPlan: (facts, _params, { move }) => [twinThere(facts, move)],
	check: ({ forward, reverse }, _params, { move }): Check[] => {
		const running = [...forward, ...reverse].filter(
			(connector) => connector.role === 'source' && notStopped(connector),
		);
		return [
			blockUnless(running.length === 0, {
				code: 'mirror-stopped',
				what: 'source connectors of both directions',
				observed: list(running.map(({ name, state }) => `${name} is ${state}`)) || 'STOPPED',
				wanted: 'STOPPED',
			}),
			twinThere({ forward, reverse }, move),
		];
	},
	plan(facts, _params, ctx) {
		const create = connectorsToMake(facts, ctx).map(({ name, config }) => ({ name, config }));
		return {
			change: create.length > 0 || facts.placed.length > 0 ? { create, forget: facts.placed } : null,
			summary: {
				what: `mirror ${ctx.move.to} → ${ctx.move.from}${create.length > 0 ? `, ${count(create.length, 'connector')} created` : ''}`,
				now: facts.placed.length > 0 ? `${list(facts.placed.map(({ name }) => name))} with positions` : 'no position',
				after: 'no position in either direction',
				undo: '-',
			},
		};
	},
	async apply({ create, forget }, io, ctx) {
		await Promise.all(create.map(({ name, config }) => io.from.mirror.prepare(name, config)));
		await ctx.assertHeld?.();
		await Promise.all(forget.map(({ cluster, name, only }) => io.world.side(cluster).mirror.forget(name, only)));
		return [];
	},
	verify: ({ reverse, placed }, _change, _params, { move }) => [
		connectorThere('source', reverse, `source connector ${move.to} → ${move.from}`),
		blockUnless(placed.length === 0, {
			code: 'mirror-at-start',
			what: 'positions of both directions',
			observed: list(placed.map(({ name }) => name)) || 'none, read back',
			wanted: 'none',
		}),
	],
	undo: { none: 'the old positions belong to deleted logs' },
});

const twinThere = ({ forward, reverse }: Pick<BothWays, 'forward' | 'reverse'>, { from, to }: Move): Check =>
	connectorThere('source', [...forward, ...reverse], `source connector ${to} → ${from}, or one to take settings from`);

/** A mirror of more than the link keeps its other positions: without them it would copy another team's topics again. */
function placedOf(
	{ name, target, aliases }: LinkConnector,
	held: readonly TopicPartition[],
	link: LinkConfig,
): Facts['placed'] {
	const topics = [...new Set(held.map(({ topic }) => topic))].map((topic) => ({ name: topic }));
	const ours = new Set(topicsInScope(topics, link.topics).map((topic) => topic.name));
	const partitions = held.filter(({ topic }) => ours.has(topic)).map(({ topic, partition }) => ({ topic, partition }));
	if (partitions.length === 0) return [];
	const whole = partitions.length === held.length;
	return [{ cluster: target, name, ...(!whole && { only: { source: aliases.source, partitions } }) }];
}
