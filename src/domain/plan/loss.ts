import { parseDuration } from '../config/duration.ts';
import { KdrError } from '../errors/kdr-error.ts';

/** How much loss a person accepts by name: `1907` records, `5s`, `2m`, `1h` of writes, or `unknown` where nothing bounds it. */
export type AcceptedLoss = { kind: 'records'; records: bigint } | { kind: 'time'; ms: number } | { kind: 'unknown' };

/** null: the text is none of these. */
export function acceptedLoss(text: string): AcceptedLoss | null {
	const given = text.trim();
	if (/^\d{1,15}$/.test(given)) return { kind: 'records', records: BigInt(given) };
	if (given === 'unknown') return { kind: 'unknown' };
	const ms = parseDuration(given);
	return ms === undefined ? null : { kind: 'time', ms };
}

/** What a run's consent accepts; null: nothing. @throws KDR_USAGE for a consent that says no amount */
export function consentedLoss(consent: Readonly<Record<string, string>>): AcceptedLoss | null {
	const text = consent['accept-loss'];
	if (text === undefined) return null;
	const loss = acceptedLoss(text);
	if (loss === null) throw new KdrError('KDR_USAGE', `the accepted loss is records, a time or unknown, not "${text}"`);
	return loss;
}

/**
 * What was accepted `ms` ago, at the moment of the answer: while nobody knows when a cluster died, its loss in time grows with the
 * clock. Records stay as many as they were.
 */
export function acceptedSince(text: string, ms: number): string {
	const loss = acceptedLoss(text);
	return loss?.kind === 'time' ? `${Math.ceil((loss.ms + ms) / 1_000)}s` : text;
}
