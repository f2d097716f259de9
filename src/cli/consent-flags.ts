import { KdrError } from '../domain/errors/kdr-error.ts';
import { acceptUnmirrored } from '../domain/mirror/unmirrored.ts';
import { maxReread } from '../domain/offsets/reread-agreed.ts';
import { acceptedLoss } from '../domain/plan/loss.ts';

/** `--max-reread N` as consent. @throws KDR_USAGE */
export function parseMaxReread(text: string | undefined): Record<string, string> {
	if (text === undefined) return {};
	if (!/^\d{1,15}$/.test(text))
		throw new KdrError('KDR_USAGE', `--${maxReread} takes a number of records, not "${text}"`, {
			hint: `--${maxReread} 10000`,
		});
	return { [maxReread]: text };
}

/** `--accept-unmirrored TOPIC:PARTITION` as consent. @throws KDR_USAGE */
export function parseUnmirrored(given: readonly string[]): Record<string, string> {
	for (const text of given)
		if (!/^[\w.-]+:\d{1,9}$/.test(text))
			throw new KdrError('KDR_USAGE', `--${acceptUnmirrored} takes a topic and a partition, not "${text}"`, {
				hint: `--${acceptUnmirrored} payments:0`,
			});
	return given.length === 0 ? {} : { [acceptUnmirrored]: [...new Set(given)].join(',') };
}

/** `--accept-loss 1907`, `5s` or `unknown`, as typed. @throws KDR_USAGE for anything else */
export function assertLoss(text: string | undefined): void {
	if (text !== undefined && acceptedLoss(text) === null)
		throw new KdrError('KDR_USAGE', `--accept-loss takes records or a time, not "${text}"`, {
			hint: 'e.g. --accept-loss 1907, --accept-loss 5s, or --accept-loss unknown where nothing bounds the loss',
		});
}
