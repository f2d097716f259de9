import { z } from 'zod';
import { blockUnless, type Check } from '../domain/check.ts';
import { ifUnreadable } from '../domain/errors/kdr-error.ts';
import type { Item } from '../domain/item.ts';
import type { PartitionMap } from '../domain/kafka/partition.ts';
import { mapOk } from '../domain/kafka/partition-items.ts';
import { type KafkaRecord, timestampDoubt } from '../domain/kafka/record.ts';
import { type CopyGap, copyGapText, sumOfGaps } from '../domain/lag/copy-gap.ts';
import type { Drained } from '../domain/lag/drained.ts';
import { type AcceptedLoss, consentedLoss } from '../domain/plan/loss.ts';
import { lossRule } from '../domain/plan/rules.ts';
import type { Outputs } from '../domain/run/outputs.ts';
import { count, list } from '../domain/text.ts';
import { observeCopyGaps } from '../observe/copy-gaps.ts';
import { observeDrained } from '../observe/drained.ts';
import { gapsByTraces } from '../observe/gaps-by-traces.ts';
import { sentNobodyAway } from '../observe/offsets/commits.ts';
import { scopePartitions } from '../observe/scope.ts';
import { connectorPositions, logEnds } from './by-hand.ts';
import { gateKind } from './kind.ts';
import { withOverrideHint } from './override-hint.ts';

const params = z.object({});

interface Facts {
	at: number;
	/** Last record of every partition on the cluster we move to. */
	last: PartitionMap<Item<KafkaRecord | null>>;
	/** null when the cluster we leave is dead. */
	drained: PartitionMap<Drained> | null;
	/** What the copies lack of what the mirror is past; null: not known. */
	gaps: PartitionMap<CopyGap> | null;
	/** True when it answers and this run did not send its clients away: it woke too late for that. */
	atLarge: boolean;
}

/** States what is lost at most if the cluster we leave never comes back, and continues only with that much accepted by name. */
export const lossAccepted = gateKind<z.infer<typeof params>, Facts, 'loss'>({
	type: 'gate',
	kind: 'loss-accepted',
	purpose: 'state the largest possible loss, and require its acceptance',
	report: { phase: 'checks' },
	params,
	produces: 'loss',
	async observe(_params, io, ctx) {
		const { link, fromAlive } = ctx;
		const partitions = await scopePartitions(io.to, link);
		const edges = await io.to.records.edges(partitions);
		const ends = mapOk(edges, ({ end }) => end);
		const [last, drained, gaps] = await Promise.all([
			io.to.records.last(ends, { isolation: 'uncommitted' }),
			fromAlive ? observeDrained(io.from, io.to, link).catch(ifUnreadable(null)) : null,
			fromAlive ? observeCopyGaps(io.from, io.to, link).catch(ifUnreadable(null)) : null,
		]);
		const atLarge = fromAlive && sentNobodyAway(ctx);
		return { at: io.world.clock.now(), last, drained, gaps: gaps ?? (await gapsByTraces(io, ctx)), atLarge };
	},
	check(facts, _params, { consent, preview, link, move }): Check[] {
		const loss = lossOf(facts);
		const rule = lossRule(link.rules ?? {}, loss);
		const rules = rule ? [withOverrideHint(rule)] : [];
		const text = consent['accept-loss'];
		const accepted = consentedLoss(consent);
		const base = {
			code: 'KDR_LOSS_NOT_ACCEPTED',
			what: 'writes that may be lost',
			observed: describe(loss),
			wanted: text ? `at most ${text}` : 'accepted by name',
		};
		if (loss.recordsAtMost === null && loss.msAtMost === null) {
			const hint = `nothing bounds it: ${loss.evidence}; to move anyway: --accept-loss unknown`;
			return [{ ...base, status: accepted?.kind === 'unknown' ? 'warn' : 'block', hint }, ...rules];
		}
		if (preview && text === undefined)
			return [
				{
					...base,
					status: 'warn',
					hint: `--accept-loss ${acceptableLoss(loss)}${marginText(loss)}`,
					consent: { name: 'accept-loss', value: acceptableLoss(loss) },
				},
				...rules,
			];
		if (loss.recordsAtMost === 0n) return [{ ...base, status: 'pass' }, ...rules];
		const within = accepted !== null && covers(accepted, loss);
		// A resumed run has the consent it began with.
		const again = preview ? '' : `a resumed run cannot accept more; start again: kdr failover --to ${move.to} `;
		return [blockUnless(within, { ...base, hint: `${again}--accept-loss ${acceptableLoss(loss)}` }), ...rules];
	},
	summary(facts) {
		return {
			what: 'writes that never reached the standby',
			now: describe(lossOf(facts)),
			after: 'accepted',
			undo: '-',
		};
	},
	byHand: (_params, { link, move, fromAlive }) => ({
		commands: [...(fromAlive ? [logEnds(move.from, link)] : []), logEnds(move.to, link), connectorPositions(move.to)],
		see: fromAlive
			? `log ends of ${move.from} minus the offsets of the source connector: what may be lost. A person accepts it`
			: `how far the mirror has come; what ${move.from} held beyond it is unknown. A person accepts its loss`,
	}),
	waitMs: () => 0,
	output: lossOf,
});

/** A time bounds what was not mirrored yet; not what a copy lost. */
function lossOf(facts: Facts): Outputs['loss'] {
	const loss = lossOfMirror(facts);
	const gaps = [...(facts.gaps ?? [])];
	if (gaps.length === 0) return loss;
	const texts = list(gaps.map(([at, gap]) => copyGapText(at, gap)));
	if (gaps.every(([, { kind }]) => kind === 'not-compared'))
		return { ...loss, evidence: `${loss.evidence}; not in it: ${texts}` };
	const sum = sumOfGaps(gaps.map(([, gap]) => gap));
	const [worst] = gaps
		.flatMap(([at, gap]) => (gap.kind === 'lacks' ? [{ at, records: gap.atMost }] : []))
		.toSorted((a, b) => Number(b.records - a.records));
	return {
		recordsAtMost: sum === null || loss.recordsAtMost === null ? null : loss.recordsAtMost + sum,
		msAtMost: null,
		evidence: `${texts}; besides: ${describe(loss)}, ${loss.evidence}`,
		worst: worst ? `${worst.at.topic} ${worst.at.partition}: ${worst.records}` : loss.worst,
	};
}

function lossOfMirror({ at, last, drained, atLarge }: Facts): Outputs['loss'] {
	const byTime = lossInTime(at, last);
	const states = [...(drained ?? [])];
	if (!drained || states.some(([, state]) => state.kind === 'unknown')) return byTime;
	const behind = states.flatMap(([where, state]) =>
		state.kind === 'behind' ? [{ where: `${where.topic} ${where.partition}`, records: state.atMost }] : [],
	);
	const worst = behind.toSorted((a, b) => Number(b.records - a.records))[0];
	return {
		recordsAtMost: behind.reduce((sum, { records }) => sum + records, 0n),
		msAtMost: byTime.msAtMost,
		evidence: `last data record against mirrored position, a moment ago${atLarge ? '; its clients were not evicted: what they wrote since comes on top' : ''}`,
		worst: worst ? `${worst.where}: ${worst.records}` : null,
	};
}

/**
 * Where the cluster we leave does not answer, records cannot be counted. What was written after the last mirrored record of a
 * partition, by the producers' clocks, may be lost; nothing older is, because mirroring keeps the order.
 */
function lossInTime(at: number, last: Facts['last']): Outputs['loss'] {
	let worst: { where: string; ms: number } | null = null;
	let empty = 0;
	for (const [where, item] of last) {
		if (!item.ok)
			return {
				recordsAtMost: null,
				msAtMost: null,
				evidence: `the standby's log of ${where.topic} ${where.partition} was not readable`,
				worst: null,
			};
		if (!item.value) empty++;
		else {
			const doubt =
				item.value.timestampType === 'log-append'
					? 'the standby stamps its own append time'
					: timestampDoubt(item.value, at);
			if (doubt !== null)
				return {
					recordsAtMost: null,
					msAtMost: null,
					evidence: `no age is known from ${where.topic} ${where.partition}: ${doubt}`,
					worst: null,
				};
			const ms = Math.max(0, at - Number(item.value.timestamp));
			if (!worst || ms > worst.ms) worst = { where: `${where.topic} ${where.partition}`, ms };
		}
	}
	if (!worst) return { recordsAtMost: null, msAtMost: null, evidence: 'nothing was ever mirrored', worst: null };
	const unseen = empty > 0 ? `; ${empty} partitions never had a record mirrored` : '';
	return {
		recordsAtMost: null,
		msAtMost: worst.ms,
		evidence: `age of the oldest of the newest mirrored records, by the producers' clocks${unseen}`,
		worst: worst.where,
	};
}

function covers(accepted: AcceptedLoss, loss: Outputs['loss']): boolean {
	if (accepted.kind === 'unknown') return true;
	if (accepted.kind === 'records') return loss.recordsAtMost !== null && loss.recordsAtMost <= accepted.records;
	return loss.msAtMost !== null && loss.msAtMost <= accepted.ms;
}

function describe({ recordsAtMost, msAtMost }: Outputs['loss']): string {
	const time =
		msAtMost === null || (msAtMost === 0 && recordsAtMost !== null) ? null : `${(msAtMost / 1_000).toFixed(1)} s`;
	if (recordsAtMost !== null)
		return `at most ${count(recordsAtMost, 'record')}${time ? `, written in the last ${time}` : ''}`;
	return time === null ? 'unknown' : `at most ${time} of writes, records unknown`;
}

const marginSeconds = 30;

/**
 * Room for the seconds between reading a plan and consenting to it, and between stopping the mirror and fencing the writers of a
 * cluster that still serves them: a number of records would be too few by then.
 */
function acceptableLoss({ recordsAtMost, msAtMost }: Outputs['loss']): string {
	return msAtMost === null ? String(recordsAtMost) : `${Math.ceil(msAtMost / 1_000) + marginSeconds}s`;
}

const marginText = ({ msAtMost }: Outputs['loss']): string =>
	msAtMost === null ? '' : `, which is what is measured now and ${marginSeconds} s for what is written until the move`;
