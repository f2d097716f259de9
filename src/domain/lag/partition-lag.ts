import { atMost, type Claim, exactly, sumClaims, unknown } from '../claim.ts';
import type { TopicPartition } from '../kafka/partition.ts';
import { type CopyGap, copyGapText } from './copy-gap.ts';
import type { TopicLag } from './view.ts';

/** How far one partition's mirror is behind. */
export interface PartitionLag {
	behind: Claim<bigint>;
	/** Milliseconds; how long the oldest record that is missing on the standby has been there. */
	behindMs: Claim<number>;
	drained: boolean;
	/** It lacks records that the mirror will not bring: that is said first. */
	lacks?: boolean;
}

export const nothingKnown = (reason: string): PartitionLag => ({
	behind: unknown(reason),
	behindMs: unknown(reason),
	drained: false,
});

/** The lag of a copy that lacks records: they are behind for good, and no time bounds them. */
export function withGap(lag: PartitionLag, at: TopicPartition, gap: CopyGap | undefined): PartitionLag {
	if (gap?.kind !== 'lacks') return lag;
	const { behind } = lag;
	const evidence = copyGapText(at, gap);
	return {
		behind: behind.kind === 'unknown' ? behind : atMost(behind.value + gap.atMost, evidence),
		behindMs: unknown(evidence),
		...{ drained: false, lacks: true },
	};
}

/** A topic is as far behind as its partitions together, and as long as its slowest. */
export function topicLag(topic: string, lags: PartitionLag[]): TopicLag {
	const evidence = lags.flatMap(({ behind }) => (behind.kind === 'unknown' ? [] : [behind.evidence]));
	const slowest = lags.find(({ lacks }) => lacks) ?? lags.find(({ drained }) => !drained);
	const known = slowest && slowest.behind.kind !== 'unknown' ? slowest.behind.evidence : (evidence[0] ?? '');
	return {
		topic,
		partitions: lags.length,
		behind: sumClaims(
			lags.map(({ behind }) => behind),
			known,
		),
		behindMs: worst(lags.map(({ behindMs }) => behindMs)),
		trend: lags.every(({ drained }) => drained) ? 'drained' : 'unknown',
	};
}

/** The worst of several bounds; unknown if any is. */
export function worst(claims: readonly Claim<number>[]): Claim<number> {
	let most: Claim<number> = exactly(0, 'nothing to mirror');
	for (const claim of claims) {
		if (claim.kind === 'unknown') return claim;
		if (most.kind === 'unknown' || claim.value >= most.value) most = claim;
	}
	return most;
}
