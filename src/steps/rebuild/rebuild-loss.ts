import { z } from 'zod';
import { blockUnless, type Check } from '../../domain/check.ts';
import { forEachConcurrent } from '../../domain/for-each-concurrent.ts';
import { valueOrNull, valueOrThrow } from '../../domain/item.ts';
import type { TopicPartition } from '../../domain/kafka/partition.ts';
import { sameContent } from '../../domain/kafka/record.ts';
import { consentedLoss } from '../../domain/plan/loss.ts';
import { count, list } from '../../domain/text.ts';
import { findTwin, firstRecord } from '../../observe/compare-logs.ts';
import { scopePartitions } from '../../observe/scope.ts';
import { partitionsAtOnce } from '../../observe/tails.ts';
import type { LogEdges } from '../../ports/records.ts';
import type { Side } from '../../ports/world.ts';
import { logEnds, logStarts } from '../by-hand.ts';
import { gateKind, type StepIo } from '../kind.ts';

const params = z.object({});

/** Records of one partition that only the cluster to be rebuilt holds, because they are older than what the active one keeps. */
interface Older extends TopicPartition {
	atMost: bigint;
	why: string;
}

/** States what goes with the old topics for good because the active cluster no longer has it, and has that accepted by name. */
export const rebuildLoss = gateKind<z.infer<typeof params>, Older[]>({
	type: 'gate',
	kind: 'rebuild-loss',
	purpose: 'state what the active cluster no longer has, and require acceptance of that loss',
	report: { phase: 'checks' },
	params,
	async observe(_params, io, { link }) {
		const partitions = await scopePartitions(io.from, link);
		const names = [...new Set(partitions.map(({ topic }) => topic))];
		const [old, active, settings] = await Promise.all([
			io.from.records.edges(partitions),
			io.to.records.edges(partitions),
			io.to.cluster.settings(names),
		]);
		const rows: Older[] = [];
		await forEachConcurrent(partitions, partitionsAtOnce, async (at) => {
			const [edge, there] = [valueOrThrow(old.get(at)), active.get(at)];
			// What compaction removed was replaced by something newer.
			if (settings.get(at.topic)?.['cleanup.policy'] === 'compact') return;
			if (there && !there.ok && there.error.code !== 'KDR_TOPIC_MISSING') throw there.error;
			const row = await olderThan(io, at, edge, valueOrNull(there));
			if (row.atMost > 0n) rows.push({ ...at, ...row });
		});
		return rows.sort((a, b) => Number(b.atMost - a.atMost));
	},
	check(rows, _params, { consent, preview, move }): Check[] {
		const records = totalOf(rows);
		const text = consent['accept-loss'];
		const base = {
			code: 'KDR_LOSS_NOT_ACCEPTED',
			what: `records of ${move.from} that ${move.to} no longer holds`,
			observed:
				records === 0n
					? 'none'
					: `at most ${count(records, 'record')}: ${list(rows.map(({ topic, partition, atMost, why }) => `${topic} ${partition} ${atMost} (${why})`))}`,
			wanted: text ? `at most ${text}` : 'none, or accepted by name',
		};
		if (records === 0n) return [{ ...base, status: 'pass' }];
		const value = String(records);
		if (preview && text === undefined)
			return [{ ...base, status: 'warn', hint: `--accept-loss ${value}`, consent: { name: 'accept-loss', value } }];
		const accepted = consentedLoss(consent);
		const covered = accepted?.kind === 'records' && accepted.records >= records;
		return [blockUnless(covered, { ...base, hint: `--accept-loss ${value}` })];
	},
	summary: (rows, _params, { move }) => ({
		what: `what only ${move.from} still holds`,
		now:
			totalOf(rows) === 0n
				? 'nothing'
				: `at most ${count(totalOf(rows), 'record')} in ${count(rows.length, 'partition')}`,
		after: 'accepted',
		undo: '-',
	}),
	byHand: (_params, { link, move }) => ({
		commands: [move.from, move.to].flatMap((alias) => [logStarts(alias, link), logEnds(alias, link)]),
		see: `what only ${move.from} holds: records older than the log starts of ${move.to}. A person accepts its loss`,
	}),
	waitMs: () => 0,
});

const totalOf = (rows: readonly Older[]): bigint => rows.reduce((sum, { atMost }) => sum + atMost, 0n);

/** By the active cluster's first record: whatever lies before its place on the old log is only there. Without that place, all of it may be. */
async function olderThan(
	io: StepIo,
	at: TopicPartition,
	old: LogEdges,
	active: LogEdges | null,
): Promise<Pick<Older, 'atMost' | 'why'>> {
	const all = old.end - old.logStart;
	const [returned, there]: [Side, Side] = [io.from, io.to];
	if (all === 0n) return { atMost: 0n, why: 'empty' };
	if (!active) return { atMost: all, why: `${there.alias} has no such partition` };
	const first = await firstRecord(there, at, active);
	if (!first) return { atMost: all, why: `${there.alias} holds no record of it` };
	// Neither side has ever deleted any, and both begin with the same record: however many identical ones follow, none is older.
	if (old.logStart === 0n && active.logStart === 0n) {
		const oldest = await firstRecord(returned, at, old);
		if (oldest && sameContent(oldest, first)) return { atMost: 0n, why: 'both begin with the same record' };
	}
	const twin = await findTwin(returned, at, first, old);
	if (twin === null) return { atMost: all, why: `the oldest record of ${there.alias} is not on it` };
	return { atMost: twin - old.logStart, why: 'older than what is kept there' };
}
