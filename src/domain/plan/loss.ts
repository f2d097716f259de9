import { KdrError } from '../errors/kdr-error.ts';

/** How much loss a person accepts by name: `1907` records, or `5s`, `2m`, `1h` of writes. */
export type AcceptedLoss = { kind: 'records'; records: bigint } | { kind: 'time'; ms: number };

const unit = { s: 1_000, m: 60_000, h: 3_600_000 } as const;

/** @throws KDR_USAGE for anything else. */
export function parseAcceptedLoss(text: string): AcceptedLoss {
	const match = /^(\d{1,15})(ms|s|m|h)?$/.exec(text.trim());
	if (!match?.[1]) {
		throw new KdrError('KDR_USAGE', `--accept-loss takes records or a time, not "${text}"`, {
			hint: 'e.g. --accept-loss 1907 or --accept-loss 5s',
		});
	}
	if (!match[2]) return { kind: 'records', records: BigInt(match[1]) };
	return { kind: 'time', ms: Number(match[1]) * (match[2] === 'ms' ? 1 : unit[match[2] as keyof typeof unit]) };
}

/**
 * What was accepted `ms` ago, at the moment of the answer: while nobody knows when a cluster died, its loss in time grows with the
 * clock. Records stay as many as they were.
 */
export function acceptedSince(text: string, ms: number): string {
	const loss = parseAcceptedLoss(text);
	return loss.kind === 'time' ? `${Math.ceil((loss.ms + ms) / 1_000)}s` : text;
}
