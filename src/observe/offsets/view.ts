import { type Check, stops } from '../../domain/check.ts';
import type { Table } from '../../domain/offsets/decide.ts';
import type { OffsetsParams } from '../../domain/offsets/params.ts';
import { keptUntil } from '../../domain/offsets/retention.ts';
import { refusedItems } from '../../domain/offsets/row.ts';
import type { OffsetsView } from '../../domain/offsets/view.ts';
import { totals } from '../../domain/offsets/view.ts';
import { plannedFactsOf, readingChecks, syncCheck } from './checks.ts';
import type { MoveContext, Sides } from './context.ts';
import { identities, type OffsetFacts, observeGroups } from './observe-groups.ts';

/** Only reads: the plan as `kdr offsets convert` shows it, and what is kept of it in a file. */
export async function lookAtOffsets(chosen: OffsetsParams, io: Sides, ctx: MoveContext) {
	const facts = await observeGroups(chosen, io, ctx);
	const clusterIds = chosen.planned ? facts.clusterIds : await identities(io, ctx);
	const { link, from, to } = ctx.move;
	const plan = {
		schema: 'kdr.offsets-plan/1' as const,
		link,
		from,
		to,
		facts: plannedFactsOf({ table: facts.table, clusterIds }),
	};
	const blocking = readingChecks(facts, chosen, ctx).filter(stops);
	const notes = [...blocking, ...(chosen.syncStopped ? [syncCheck(facts.sync, ctx)].filter(stops) : [])];
	return { view: offsetsView(facts, ctx, notes), plan, blocking, syncRuns: facts.sync.kind === 'runs' };
}

/** The plan for people and for `--json`. */
function offsetsView(facts: OffsetFacts, ctx: MoveContext, open: readonly Check[]): OffsetsView {
	const { table } = facts;
	const sum = totals({ rows: table.rows, refused: table.refused });
	const policy = table.rows.filter(({ proof }) => proof === 'policy').length;
	return {
		to: ctx.move.to,
		rows: viewRows(table),
		leftAlone: [...facts.alone].map(([group, why]) => ({ group, why })),
		totals: { ...sum, bounded: sum.bounded - policy, policy, ...ownTotals(table) },
		refused: refusedItems(table.refused),
		applied: false,
		...(facts.capped > 0 && { notRead: facts.capped }),
		...(facts.kept && { kept: keptUntil(facts.kept, facts.kept.now) }),
		notes: open.map(
			({ code, what, observed, hint }) => `${what}: ${observed}${hint === undefined ? '' : `; ${hint}`}  ${code}`,
		),
	};
}

const shownProof = {
	exact: 'exact',
	bounded: 'bounded',
	earliest: 'bounded',
	policy: 'policy',
	restored: 'bounded',
} as const;

function viewRows({ rows, unplaced, own }: Table): OffsetsView['rows'] {
	const placed = rows.map((row) => {
		const { group, topic, partition, prior, offset, proof, rereadAtMost, evidence } = row;
		const mirrorMaker = own.get(row);
		const shown = {
			group,
			topic,
			partition,
			prior,
			next: offset,
			proof: shownProof[proof],
			rereadAtMost,
			why: evidence,
		};
		return mirrorMaker ? { ...shown, mirrorMaker } : shown;
	});
	const left = unplaced.map(({ group, topic, partition, prior, why, wanted }) => ({
		...{ group, topic, partition, prior, next: null, rereadAtMost: null, why },
		proof: wanted ? ('policy' as const) : ('unknown' as const),
	}));
	return [...placed, ...left];
}

/** What MirrorMaker 2's own offsets would come to; nothing when it has none. */
function ownTotals({ own }: Table): Pick<OffsetsView['totals'], 'mirrorMaker'> {
	if (own.size === 0) return {};
	const sum = (of: 'rereadAtMost' | 'skips'): bigint => [...own.values()].reduce((total, one) => total + one[of], 0n);
	return { mirrorMaker: { rereadAtMost: sum('rereadAtMost'), skips: sum('skips') } };
}
