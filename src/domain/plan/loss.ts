import { parseDuration } from '../config/duration.ts';
import { KdrError } from '../errors/kdr-error.ts';

/** How much loss a person accepts by name: `1907` records, `5s`, `2m`, `1h` of writes, or `unknown` where nothing bounds it. */
export type AcceptedLoss = { kind: 'records'; records: bigint } | { kind: 'time'; ms: number } | { kind: 'unknown' };

/** @throws KDR_USAGE for anything else. */
export function parseAcceptedLoss(text: string): AcceptedLoss {
	const given = text.trim();
	if (/^\d{1,15}$/.test(given)) return { kind: 'records', records: BigInt(given) };
	if (given === 'unknown') return { kind: 'unknown' };
	const ms = parseDuration(given);
	if (ms === undefined) {
		throw new KdrError('KDR_USAGE', `--accept-loss takes records or a time, not "${text}"`, {
			hint: 'e.g. --accept-loss 1907, --accept-loss 5s, or --accept-loss unknown where nothing bounds the loss',
		});
	}
	return { kind: 'time', ms };
}

/**
 * What was accepted `ms` ago, at the moment of the answer: while nobody knows when a cluster died, its loss in time grows with the
 * clock. Records stay as many as they were.
 */
export function acceptedSince(text: string, ms: number): string {
	const loss = parseAcceptedLoss(text);
	return loss.kind === 'time' ? `${Math.ceil((loss.ms + ms) / 1_000)}s` : text;
}
