import { z } from 'zod';
import { blockUnless } from '../../domain/check.ts';
import { splitItems } from '../../domain/item.ts';
import { PartitionMap, partitionName } from '../../domain/kafka/partition.ts';
import { acceptUnmirrored, unmirroredAccepted } from '../../domain/mirror/unmirrored.ts';
import { overrideName } from '../../domain/plan/override.ts';
import { count, list } from '../../domain/text.ts';
import { connectorsOf, type LinkConnector } from '../../observe/connectors.ts';
import { observeCoverage, type Unmirrored } from '../../observe/mirror-coverage.ts';
import { connectorStates, logEnds } from '../by-hand.ts';
import { gateKind } from '../kind.ts';
import { noSourceRuns } from './mirror-stop.ts';

const params = z.object({});

interface Facts {
	/** Log ends that are no longer where the cut was recorded. */
	moved: string[];
	partitions: number;
	/** Never mirrored, and lost by consent. */
	behind: Unmirrored[];
	/** The mirror that was stopped for the cut. */
	mirror: LinkConnector[];
}

/** Nothing was written on the cluster we leave since the cut, where it would be alone, and nobody has resumed the mirror that was stopped for it. */
export const cutsUnchanged = gateKind<z.infer<typeof params>, Facts, 'loss'>({
	type: 'gate',
	kind: 'cuts-unchanged',
	formerly: ['cuts-hold'],
	purpose: 'check that nothing was written on the cluster we leave since the cut',
	report: { phase: 'checks' },
	params,
	uses: ['cuts'],
	produces: 'loss',
	askAgain: true,
	async observe(_params, io, ctx) {
		const cuts = ctx.output('cuts') ?? new PartitionMap();
		const accepted = unmirroredAccepted(ctx.consent);
		const [edges, mirror, coverage] = await Promise.all([
			io.from.records.edges([...cuts.keys()]),
			connectorsOf(io.to, io.from, ctx.link),
			acceptUnmirrored in ctx.consent ? observeCoverage(io.from, io.to, ctx.link) : null,
		]);
		// What had no answer is asked again: it says nothing about writers, and a halt here leaves clients fenced.
		const silent = splitItems(edges).failed.find(([, { code }]) => code === 'KDR_TIMEOUT');
		if (silent) throw silent[1];
		const moved = [...cuts].flatMap(([at, cut]) => {
			const edge = edges.get(at);
			const end = edge?.ok ? edge.value.end : null;
			return end === cut.from ? [] : [`${at.topic} ${at.partition}: ${cut.from} → ${end ?? 'unknown'}`];
		});
		return { moved, partitions: cuts.size, mirror, behind: coverage?.never.filter(accepted) ?? [] };
	},
	checkPlan: () => [],
	check: ({ moved, partitions, mirror }, _params, { move }) => [
		blockUnless(moved.length === 0, {
			code: 'KDR_WRITERS_NOT_STILL',
			what: `log ends of ${move.from} since the cut`,
			observed: moved.length === 0 ? `${count(partitions, 'partition')} unmoved` : list(moved),
			wanted: 'unmoved',
			hint: 'somebody writes in spite of the fence: find out who, or undo the run',
		}),
		noSourceRuns(mirror, `${move.from} → ${move.to}`),
	],
	summary: ({ partitions }, _params, { move, preview }) => ({
		what: preview ? `log ends of ${move.from}` : count(partitions, 'partition'),
		now: 'recorded',
		after: 'unmoved',
		undo: '-',
	}),
	byHand: (_params, { link, move }) => ({
		commands: [logEnds(move.from, link), connectorStates(move.to)],
		see: `the log ends of ${move.from} are those of the cut, and the source connectors ${move.from} → ${move.to} are STOPPED`,
	}),
	waitMs: () => 0,
	output: ({ partitions, behind }, _params, { consent }) => {
		// What the copies lack was named in the plan; nothing measured here bounds it.
		const incomplete = consent[overrideName('KDR_COPY_INCOMPLETE')];
		const overridden =
			incomplete === undefined
				? ''
				: `what the copies lacked at the start (overridden: ${incomplete}) is not counted; `;
		return {
			recordsAtMost: incomplete === undefined ? behind.reduce((sum, { records }) => sum + records, 0n) : null,
			msAtMost: behind.length > 0 || incomplete !== undefined ? null : 0,
			evidence: `${overridden}${behind.length > 0 ? `lost by consent: ${list(behind.map(partitionName))}; of the others ` : ''}the last data record of ${count(partitions, 'partition')} was on both sides at the cut, and no log end has moved since`,
			worst: null,
		};
	},
});
