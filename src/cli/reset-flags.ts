import { DateTime } from 'luxon';
import { KdrError } from '../domain/errors/kdr-error.ts';
import type { Reset, TopicChoice } from '../domain/offsets/reset.ts';

/** The flags that choose a place, as typed. */
export interface ResetFlags {
	'to-datetime'?: string | undefined;
	'by-duration'?: string | undefined;
	'to-earliest'?: boolean | undefined;
	'to-latest'?: boolean | undefined;
	'to-current'?: boolean | undefined;
	'to-offset'?: string | undefined;
	'shift-by'?: string | undefined;
	/** Read by the caller: here it only excludes the others. */
	'from-file'?: string | undefined;
}

/**
 * The one choice that was typed; null when none was. `now`: ms since the epoch.
 *
 * @throws KDR_USAGE for two at once and for values that are none
 */
export function resetOf(flags: ResetFlags, now: number): Reset | null {
	const typed = Object.entries(flags).filter(([, value]) => value !== undefined && value !== false);
	if (typed.length > 1) {
		throw new KdrError('KDR_USAGE', `${typed.map(([name]) => `--${name}`).join(' and ')} exclude each other`, {
			hint: 'give one of them',
		});
	}
	const [name, value] = typed[0] ?? [];
	switch (name) {
		case 'to-earliest':
			return { to: 'earliest' };
		case 'to-latest':
			return { to: 'latest' };
		case 'to-current':
			return { to: 'current' };
		case 'to-offset':
			return { to: 'offset', offset: integer(name, value) };
		case 'shift-by':
			return { to: 'shift', by: integer(name, value) };
		case 'to-datetime':
			return { to: 'time', at: parseDatetime(String(value)) };
		case 'by-duration':
			return { to: 'time', at: now - durationMs(String(value)) };
		default:
			return null;
	}
}

function integer(flag: string, value: unknown): bigint {
	const text = String(value);
	if (/^[+-]?\d{1,19}$/.test(text)) return BigInt(text.replace('+', ''));
	throw new KdrError('KDR_USAGE', `--${flag} ${text} is not a whole number`);
}

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

/** `orders` or `orders:0,3`, as `kafka-consumer-groups --topic` takes them. @throws KDR_USAGE */
export function topicChoices(typed: readonly string[]): TopicChoice[] {
	return typed.map((text) => {
		const [topic = '', partitions, ...more] = text.split(':');
		const numbers = partitions?.split(',') ?? [];
		if (topic === '' || more.length > 0 || !numbers.every((number) => /^\d{1,9}$/.test(number)))
			throw new KdrError('KDR_USAGE', `--topic ${text} is not a topic with partitions`, {
				hint: 'e.g. --topic orders or --topic orders:0,3',
			});
		return { topic, partitions: partitions === undefined ? null : numbers.map(Number) };
	});
}
