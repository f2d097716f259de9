import { blockUnless, type Check } from '../../domain/check.ts';
import { asKdrError, KdrError } from '../../domain/errors/kdr-error.ts';
import { forEachConcurrent } from '../../domain/for-each-concurrent.ts';
import { valueOrThrow } from '../../domain/item.ts';
import { PartitionMap, partitionName } from '../../domain/kafka/partition.ts';
import { itemOf, type OffsetRow, type Refusal, refusedItems } from '../../domain/offsets/row.ts';
import type { ItemFailure } from '../../domain/run/events.ts';
import { count, list } from '../../domain/text.ts';
import { type Committed, readCommitted } from '../../observe/offsets/commits.ts';
import type { CommittedOffset } from '../../ports/group-offsets.ts';
import type { Side } from '../../ports/world.ts';
import type { StepContext } from '../kind.ts';

interface Failed {
	row: OffsetRow;
	error: KdrError;
}

/** Groups whose requests are made at once: as many as the adapter has on their way to one broker, so that a million rows need no memory twice. */
const groupsAtOnce = 512;
/** How often a write whose outcome is not known is looked for and, if it is not there, made again. */
const tries = 3;

/** Sets and deletes offsets, all groups at once; the adapter bounds how many are on their way. What fails is named per group. */
export async function writeRows(to: Side, rows: readonly OffsetRow[], ctx: StepContext): Promise<ItemFailure[]> {
	const moved = await movedSince(to, rows);
	const failed = await writeAll(to, moved.size === 0 ? rows : rows.filter((row) => !moved.has(row)), ctx);
	const failures = [...Map.groupBy(failed, ({ row }) => row.group)].flatMap(([group, of]): ItemFailure[] => {
		if (!of[0]) return [];
		const where = list(of.map(({ row }) => partitionName(row)));
		return [{ item: itemOf({ group }), code: of[0].error.code, message: `${where}: ${of[0].error.message}` }];
	});
	return [...failures, ...refusedItems([...moved].map(([row, current]) => movedRefusal(row, current)))];
}

/** What a group has committed now; null: nothing, undefined: that could not be read. */
type Current = bigint | null | undefined;

/** Rows that restore what was before a run, where the commit is no longer known to be the run's own: the group has moved since, or may have. */
async function movedSince(to: Side, rows: readonly OffsetRow[]): Promise<Map<OffsetRow, Current>> {
	const restoring = rows.filter(({ proof }) => proof === 'restored');
	if (restoring.length === 0) return new Map();
	const { committed } = await readCommitted(to, [...new Set(restoring.map(({ group }) => group))]);
	const current = ({ group, ...at }: OffsetRow): Current => {
		const commits = committed.get(group);
		return commits && (commits.get(at)?.offset ?? null);
	};
	return new Map(
		restoring
			.filter((row) => current(row) !== row.prior && current(row) !== row.offset)
			.map((row) => [row, current(row)]),
	);
}

export const movedRefusal = (row: OffsetRow, current: Current): Refusal => ({
	...{ group: row.group, at: partitionName(row), code: 'KDR_OFFSET_MOVED' },
	why: `${current === undefined ? 'cannot be read now' : `is at ${current ?? 'none'}`}, the run had set ${row.prior ?? 'none'}: kdr offsets undo RUN --allow-rewind`,
});

/** Writes whose outcome is not known are settled by one reading; only what is not there is written again. */
async function writeAll(to: Side, rows: readonly OffsetRow[], ctx: StepContext): Promise<Failed[]> {
	const failed: Failed[] = [];
	let open = rows;
	for (let left = tries; ; left--) {
		const groups = Map.groupBy(open, ({ group }) => group);
		const now: Failed[] = [];
		await forEachConcurrent([...groups], groupsAtOnce, async ([group, wanted]) => {
			await ctx.assertHeld?.();
			now.push(...(await send(to, group, wanted)));
		});
		failed.push(...now.filter(({ error }) => !doubtful(error)));
		const inDoubt = now.filter(({ error }) => doubtful(error));
		const missing = inDoubt.length === 0 ? [] : await notTaken(to, inDoubt);
		if (missing.length === 0) return failed;
		if (left === 1) return [...failed, ...missing];
		open = missing.map(({ row }) => row);
	}
}

const doubtful = (error: KdrError): boolean => error.worldMayHaveChanged || error.code === 'KDR_OUTCOME_UNKNOWN';

async function send(to: Side, group: string, rows: readonly OffsetRow[]): Promise<Failed[]> {
	const commits = new PartitionMap<CommittedOffset>();
	const deletions = new PartitionMap<null>();
	for (const row of rows) {
		if (row.offset === null) deletions.set(row, null);
		else commits.set(row, { offset: row.offset, metadata: row.metadata });
	}
	try {
		const [set, deleted] = await Promise.all([
			commits.size > 0 ? to.groups.commit(group, commits) : new PartitionMap<never>(),
			deletions.size > 0 ? to.groups.forget(group, deletions) : new PartitionMap<never>(),
		]);
		return rows.flatMap((row) => {
			const item = (row.offset === null ? deleted : set).get(row);
			if (item?.ok) return [];
			return [
				{
					row,
					error: item?.error ?? new KdrError('KDR_OUTCOME_UNKNOWN', `${to.alias} did not say whether it was taken`),
				},
			];
		});
	} catch (thrown) {
		const error = asKdrError(thrown);
		if (!doubtful(error)) throw thrown;
		return rows.map((row) => ({ row, error }));
	}
}

/** Those that are not there as wanted; all of a group's when that cannot be read. */
async function notTaken(to: Side, failed: readonly Failed[]): Promise<Failed[]> {
	const { committed } = await readCommitted(to, [...new Set(failed.map(({ row }) => row.group))]);
	return failed.filter(({ row }) => !committed.has(row.group) || !isSet(row, committed));
}

export const isSet = (row: OffsetRow, committed: Committed): boolean =>
	(committed.get(row.group)?.get(row)?.offset ?? null) === row.offset;

/** Whether rows are as they were written; `failed` are named already. */
export function takenCheck(
	to: string,
	rows: readonly OffsetRow[],
	committed: Committed,
	failed: readonly ItemFailure[],
): Check {
	const out = new Set(failed.map(({ item }) => item));
	const isNamed = (row: OffsetRow): boolean =>
		out.has(itemOf({ group: row.group })) || out.has(itemOf({ group: row.group, at: partitionName(row) }));
	const wanted = out.size === 0 ? rows : rows.filter((row) => !isNamed(row));
	const wrong = wanted.filter((row) => !isSet(row, committed));
	return blockUnless(wrong.length === 0, {
		code: 'KDR_OFFSET_NOT_TAKEN',
		what: `offsets on ${to}`,
		observed:
			wrong.length === 0
				? `${count(wanted.length, 'partition')} read back`
				: `not taken: ${list(wrong.map(({ group, topic, partition }) => `${group} ${topic} ${partition}`))}`,
		wanted: 'as committed',
	});
}

/**
 * Whether each refusal of a change has been named as a failure. After a crash nothing of `apply` is known but the change: then
 * it is made again, or the run would end as if all had been set.
 */
export function namedCheck(refused: readonly Refusal[], failed: readonly ItemFailure[]): Check {
	const named = new Set(failed.map(({ item }) => item));
	const silent = refused.map(itemOf).filter((item) => !named.has(item));
	return blockUnless(silent.length === 0, {
		code: 'refusals-named',
		what: 'what was refused',
		observed: silent.length === 0 ? `${count(refused.length, 'item')} named` : `not named: ${list(silent)}`,
		wanted: 'each named as a failure',
	});
}

/** What the groups of rows hold now. Throws when one of them cannot be read: nothing would be known of its rows. */
export async function readBack(to: Side, rows: readonly OffsetRow[]): Promise<Committed> {
	const found = await to.groups.committed([...new Set(rows.map(({ group }) => group))]);
	return new Map([...found].map(([group, item]) => [group, valueOrThrow(item)]));
}
