import { DateTime } from 'luxon';
import { z } from 'zod';
import { roleOf } from '../run/roles.ts';
import type { RunState } from '../run/state.ts';

/** How long the offsets that kdr set are kept for groups whose members have not come yet. */
export interface Kept {
	/** `offsets.retention.minutes` of the brokers, ms; null: not readable, `why` says so. */
	retentionMs: number | null;
	why: string | null;
	/** When kdr last set offsets of each group there, ms since the epoch. */
	setAt: ReadonlyMap<string, number>;
}

const groupsIn = z.object({ rows: z.object({ groups: z.array(z.object({ group: z.string() })) }) });

/** When each group's offsets were last set on the cluster whose journal this is. */
export function lastSet(runs: readonly RunState[]): Map<string, number> {
	const last = new Map<string, number>();
	for (const { step, change, endedAt, intentAt } of runs.flatMap(({ steps }) => steps)) {
		const parsed = roleOf(step) === 'sets-offsets' ? groupsIn.safeParse(change) : undefined;
		const at = intentAt ?? endedAt;
		if (!parsed?.success || at === undefined) continue;
		for (const { group } of parsed.data.rows.groups) last.set(group, Math.max(at, last.get(group) ?? 0));
	}
	return last;
}

/** Those of the groups whose offsets are kept for less than a quarter of their time from now on, first to expire first. */
export function expiring(
	{ retentionMs, setAt }: Kept,
	waiting: readonly string[],
	now: number,
): { group: string; until: number }[] {
	if (retentionMs === null) return [];
	const all = waiting.flatMap((group) => {
		const at = setAt.get(group);
		return at === undefined ? [] : [{ group, until: at + retentionMs }];
	});
	return all.filter(({ until }) => until - now < retentionMs / 4).toSorted((a, b) => a.until - b.until);
}

/** The promise in words; `at`: when offsets are set. A group that had members is counted from when it lost them, so for it it may be sooner. */
export function keptUntil({ retentionMs, why }: Pick<Kept, 'retentionMs' | 'why'>, at: number): string {
	if (retentionMs === null) return `unknown: ${why ?? 'offsets.retention.minutes is not readable'}`;
	return `until ${bothZones(at + retentionMs)}; sooner for a group that had members there before`;
}

/** The same moment in UTC and in the machine's own zone, so that neither is taken for the other. */
export function bothZones(ms: number): string {
	const at = DateTime.fromMillis(ms);
	return `${at.toUTC().toISO()} UTC, ${at.toFormat("yyyy-LL-dd HH:mm:ss 'local' (ZZ)")}`;
}
