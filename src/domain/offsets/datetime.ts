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
