import { z } from 'zod';
import { blockUnless, type Check } from '../../domain/check.ts';
import { isActive } from '../../domain/kafka/group.ts';
import {
	itemOf,
	type OffsetChange,
	type OffsetRow,
	offsetChange,
	type Refusal,
	refusedItems,
	reversed,
} from '../../domain/offsets/row.ts';
import type { JournalEntry } from '../../domain/run/events.ts';
import { foldRuns } from '../../domain/run/fold.ts';
import { count, list } from '../../domain/text.ts';
import { type Committed, readCommitted } from '../../observe/offsets/commits.ts';
import { offsetGrants } from '../grant.ts';
import { changeKind, type RunFacts } from '../kind.ts';
import { offsetsCommit } from './offsets-commit.ts';
import { isSet, movedRefusal, namedCheck, readBack, takenCheck, writeRows } from './write.ts';

const params = z.object({
	run: z.string().describe('Id of the run whose offsets are restored.'),
	allowRewind: z
		.boolean()
		.default(false)
		.describe('Also where a group has committed since: it reads those records again.'),
});
type Params = z.infer<typeof params>;

/** A row that restores, and every offset the run has set there. */
interface Restoring extends OffsetRow {
	left: Set<bigint | null>;
}

interface Facts {
	/** Rows that restore what was before the run, as its journal recorded them; null: no such run, or it set no offsets. */
	rows: Restoring[] | null;
	/** Why the recorded change cannot be used. */
	unreadable: string | null;
	committed: Committed;
	unread: string[];
	active: Map<string, string>;
}

/** Restores the offsets that a run has set: the prior offset, the text beside it, and nothing where nothing was. */
export const offsetsUndo = changeKind<Params, Facts, OffsetChange>({
	type: 'change',
	kind: 'offsets-undo',
	role: 'sets-offsets',
	purpose: 'restore the offsets a run changed',
	report: { phase: 'offsets' },
	params,
	change: offsetChange,
	grants: () => [...offsetGrants('to'), { side: 'to', on: 'groups', operation: 'delete' }],
	settleMs: 15_000,
	async observe({ run }, io, { link }) {
		const { rows, unreadable } = restoring(await io.to.journal.read(link.name), run);
		const groups = [...new Set(rows?.map(({ group }) => group))];
		const [listed, { committed, unreadable: unread }] = await Promise.all([
			io.to.groups.list(),
			readCommitted(io.to, groups),
		]);
		const active = listed.filter((group) => groups.includes(group.id) && isActive(group));
		return { rows, unreadable, committed, unread, active: new Map(active.map(({ id, state }) => [id, state])) };
	},
	check(facts, chosen, { move }): Check[] {
		const { rows, unreadable, unread } = facts;
		const { change, open } = changeOf(facts, chosen);
		const [first] = change.refused;
		return [
			blockUnless(rows !== null && unreadable === null, {
				code: 'KDR_RUN_UNKNOWN',
				what: `offsets that run ${chosen.run} has set on ${move.to}`,
				observed: unreadable ?? (rows === null ? 'none are journalled there' : count(rows.length, 'partition')),
				hint: 'kdr runs list',
			}),
			...(first
				? [
						{
							code: first.code,
							status: open > 0 ? ('warn' as const) : ('block' as const),
							what: 'not changed',
							observed: list(change.refused.map((one) => `${itemOf(one)}: ${one.why}`)),
						},
					]
				: []),
			...(unread.length > 0
				? [
						{
							code: 'offsets-readable',
							status: 'unknown' as const,
							what: `offsets on ${move.to}`,
							observed: list(unread),
						},
					]
				: []),
		];
	},
	plan(facts, chosen, ctx) {
		const { change, open } = changeOf(facts, chosen);
		return { change: open > 0 || change.refused.length > 0 ? change : null, summary: summary(change, chosen, ctx) };
	},
	async apply({ rows, refused }, io, ctx) {
		ctx.progress(`restoring ${count(rows.length, 'partition')}`);
		return [...(await writeRows(io.to, rows, ctx)), ...refusedItems(refused)];
	},
	reread: async ({ rows }, _params, io) => ({
		...{ rows: null, unreadable: null, unread: [], active: new Map() },
		committed: await readBack(io.to, rows),
	}),
	verify: ({ committed }, change, _params, ctx, failed) => [
		takenCheck(ctx.move.to, change?.rows ?? [], committed, failed),
		namedCheck(change?.refused ?? [], failed),
	],
	undo: { of: reversed },
});

/**
 * What restores the state before the run's first write. A step that was tried again has an intent per try: the first one's prior
 * counts, and whatever one of them has set is the run's own.
 */
function restoring(entries: readonly JournalEntry[], run: string): Pick<Facts, 'rows' | 'unreadable'> {
	const state = foldRuns(entries).runs.find((candidate) => candidate.run === run);
	const steps = new Set(state?.steps.filter(({ step }) => kinds.has(step.kind)).map(({ step }) => step.id));
	const changes = entries.flatMap(({ run: of, event }) =>
		of === run && event.type === 'step.intent' && steps.has(event.step) ? [event] : [],
	);
	const rows = new Map<string, Restoring>();
	for (const { step, change } of changes) {
		const decoded = z.safeDecode(offsetChange, change as z.input<typeof offsetChange>);
		if (!decoded.success)
			return { rows: null, unreadable: `the recorded change of step ${step} cannot be read from the journal` };
		for (const row of reversed(decoded.data).rows) {
			const key = JSON.stringify([row.group, row.topic, row.partition]);
			const known = rows.get(key) ?? { ...row, left: new Set() };
			rows.set(key, { ...known, prior: row.prior, left: known.left.add(row.prior) });
		}
	}
	return { rows: changes.length === 0 ? null : [...rows.values()], unreadable: state?.unreadable ?? null };
}

const kinds = new Set([offsetsCommit.kind, 'offsets-undo']);

/** Restores what is still as the run left it; what is restored already stays, what has moved since is refused by name. */
function changeOf({ rows, committed, active }: Facts, { allowRewind }: Params): { change: OffsetChange; open: number } {
	const set: OffsetRow[] = [];
	const refused: Refusal[] = [...active].map(([group, state]) => ({
		group,
		code: 'KDR_GROUP_ACTIVE',
		why: `has running members (${state}); its offsets stay as they are`,
	}));
	for (const { left, ...row } of rows ?? []) {
		if (active.has(row.group) || isBack(row, committed)) continue;
		const now = committed.get(row.group)?.get(row);
		const current = now?.offset ?? null;
		if (left.has(current) || allowRewind) set.push({ ...row, prior: current, priorMetadata: now?.metadata ?? '' });
		else refused.push(movedRefusal(row, current));
	}
	return { change: { rows: set, refused }, open: set.length };
}

const isBack = (row: OffsetRow, committed: Committed): boolean =>
	isSet(row, committed) && (committed.get(row.group)?.get(row)?.metadata ?? '') === row.metadata;

function summary({ rows, refused }: OffsetChange, { run }: Params, { move }: RunFacts) {
	const groups = new Set(rows.map(({ group }) => group)).size;
	const gone = rows.filter(({ offset }) => offset === null).length;
	const rest = refused.length > 0 ? `; refused: ${list(refused.map((one) => itemOf(one)))}` : '';
	return {
		what: `${count(groups, 'group')}, ${count(rows.length, 'partition')} on ${move.to}${rest}`,
		now: `as run ${run} set them`,
		after: gone === 0 ? 'as before it' : `as before it, ${gone} without a commit`,
		undo: 'restore',
	};
}
