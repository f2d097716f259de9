import { DateTime } from 'luxon';
import { KdrError } from '../errors/kdr-error.ts';

/**
 * A date-time as `kafka-consumer-groups --to-datetime` takes it (`2026-11-21T03:12:00.000`); without a zone it is UTC, as
 * there. Milliseconds since the epoch.
 *
 * @throws KDR_USAGE
 */
export function parseDatetime(text: string): number {
	const parsed = DateTime.fromISO(text, { zone: 'utc' });
	if (parsed.isValid && /T\d/.test(text)) return parsed.toMillis();
	throw new KdrError('KDR_USAGE', `--to-datetime ${text} is not a date and time`, {
		hint: 'e.g. --to-datetime 2026-11-21T03:12:00.000 (UTC) or 2026-11-21T04:12:00+01:00',
	});
}

/** The same moment in UTC and in the machine's own zone, so that neither is taken for the other. */
export function bothZones(ms: number): string {
	const at = DateTime.fromMillis(ms);
	return `${at.toUTC().toISO()} UTC, ${at.toFormat("yyyy-LL-dd HH:mm:ss 'local' (ZZ)")}`;
}

/**
 * A duration as `kafka-consumer-groups --by-duration` takes it: ISO 8601 `PnDTnHnMnS` (days are 24 hours; no years, months or
 * weeks, whose length is no fixed one). Milliseconds.
 *
 * @throws KDR_USAGE
 */
export function durationMs(text: string): number {
	const match = /^P(?:(\d{1,6})D)?(?:T(?=\d)(?:(\d{1,7})H)?(?:(\d{1,9})M)?(?:(\d{1,11}(?:\.\d{1,9})?)S)?)?$/i.exec(
		text,
	);
	const [, days, hours, minutes, seconds] = match ?? [];
	if (!match || [days, hours, minutes, seconds].every((part) => part === undefined)) {
		throw new KdrError('KDR_USAGE', `--by-duration ${text} is not a duration`, {
			hint: 'e.g. --by-duration PT1H30M or P2DT3H',
		});
	}
	return (
		Number(days ?? 0) * 86_400_000 +
		Number(hours ?? 0) * 3_600_000 +
		Number(minutes ?? 0) * 60_000 +
		Math.round(Number(seconds ?? 0) * 1_000)
	);
}
