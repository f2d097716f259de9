import type { Claim } from '../domain/claim.ts';
import type { Screen } from './screen.ts';
import { visible } from './visible.ts';

/** `51,204`: for people only; JSON has plain digits. */
export function number(value: number | bigint): string {
	return value.toLocaleString('en-US');
}

/** `1 record`, `1,907 records`. */
export function count(value: number | bigint, one: string, many = `${one}s`): string {
	return `${number(value)} ${Number(value) === 1 ? one : many}`;
}

export const records = (value: number | bigint): string => count(value, 'record');

const pad = (value: number): string => String(value).padStart(2, '0');

/** `0.4 s`, `38.6 s`, `2 m 05 s`, `3 h 12 m`, `2 d 4 h`; whole seconds without a decimal. */
export function duration(ms: number): string {
	const tenths = Math.round(ms / 100);
	if (tenths < 600) return ms % 1_000 === 0 ? `${ms / 1_000} s` : `${(tenths / 10).toFixed(1)} s`;
	const seconds = Math.round(ms / 1_000);
	const [minutes, hours, days] = [Math.floor(seconds / 60), Math.floor(seconds / 3_600), Math.floor(seconds / 86_400)];
	if (seconds < 3_600) return seconds % 60 === 0 ? `${minutes} m` : `${minutes} m ${pad(seconds % 60)} s`;
	if (seconds < 86_400) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${pad(minutes % 60)} m`;
	return hours % 24 === 0 ? `${days} d` : `${days} d ${hours % 24} h`;
}

/** A duration that is an upper bound: rounded up, so that the text never claims less than was measured. */
export function durationBound(ms: number): string {
	if (ms < 60_000) return duration(Math.ceil(ms / 100) * 100);
	if (ms < 3_600_000) return duration(Math.ceil(ms / 1_000) * 1_000);
	return duration(ms < 86_400_000 ? Math.ceil(ms / 60_000) * 60_000 : Math.ceil(ms / 3_600_000) * 3_600_000);
}

/** `2026-11-21T03:12:07Z` */
export const timestamp = (ms: number): string => new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');

/** `03:12:31.204Z` */
export const timeOfDay = (ms: number): string => new Date(ms).toISOString().slice(11);

/** `at most 1,907 records`, `0 records`, `unknown (why)`. `describe` must round bounds up. */
export function claim<T>(given: Claim<T>, describe: (value: T) => string): string {
	if (given.kind === 'unknown') return `unknown (${visible(given.reason)})`;
	return given.kind === 'at-most' ? `at most ${describe(given.value)}` : describe(given.value);
}

/** The same for a narrow column: `≤ 1,907`, `0`, `unknown`; the reason is beside it. */
export function claimCell<T>(given: Claim<T>, describe: (value: T) => string): string {
	if (given.kind === 'unknown') return 'unknown';
	return given.kind === 'at-most' ? `≤ ${describe(given.value)}` : describe(given.value);
}

/** Text as lines: broken between words for a person at a terminal; one line, easy to search, in a pipe or a log. */
export const linesOf = (screen: Screen, head: string, text: string): string[] =>
	screen.live ? wrapped(head, text, screen.width) : [head + text];

/** As styleText writes it. */
const colour = new RegExp(`${String.fromCharCode(27)}\\[\\d+m`, 'g');

/** A command to copy, which a line break would spoil: in brackets, or the end of the text after a colon. */
const command = /\(kdr [^()]+\)[.,;]?|(?<=: )kdr [a-z]+ [^:;]+$/g;

/** Between a number and its unit. */
const measure = /(?<=\d) (?=(?:ms|s|m|h|d)\b)/g;

/** Breaks between words, under the first word; a command stays whole. */
export function wrapped(head: string, text: string, width: number): string[] {
	const indent = head.replace(colour, '').length;
	const room = Math.max(20, width - indent);
	const lines = [''];
	const joined = text.replace(command, (typed) => typed.replaceAll(' ', '\0')).replace(measure, '\0');
	for (const part of joined.split(' ')) {
		const word = part.replaceAll('\0', ' ');
		const line = lines.at(-1) ?? '';
		if (line === '') lines[lines.length - 1] = word;
		else if (line.length + 1 + word.length <= room) lines[lines.length - 1] = `${line} ${word}`;
		else lines.push(word);
	}
	return lines.map((line, i) => (i === 0 ? head : ' '.repeat(indent)) + line);
}
