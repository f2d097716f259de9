import { blockUnless, type Check } from '../check.ts';
import type { LinkConfig } from '../config/link.ts';
import type { Move } from '../run/events.ts';
import type { RunState } from '../run/state.ts';
import { pastReturn } from '../run/undo.ts';

/** Safety rules of a link. */
export type Rules = NonNullable<LinkConfig['rules']>;

/** Milliseconds. */
export const defaultAntiFlap = 3_600_000;

/** Pure: a planned move is not begun in forbidden hours (UTC). `now`: ms since the epoch. */
export function hoursRule({ forbiddenHours = [] }: Rules, mode: Move['mode'], now: number): Check {
	const minute = Math.floor(now / 60_000) % 1_440;
	const hit = mode === 'switchover' ? forbiddenHours.find((span) => isWithin(minute, span)) : undefined;
	return blockUnless(hit === undefined, {
		code: 'forbidden-hours',
		what: 'hours in which the link is not moved',
		found: hit === undefined ? [] : [hit],
		observed: `${new Date(now).toISOString().slice(11, 16)} UTC`,
		...(forbiddenHours.length > 0 && { wanted: `outside ${forbiddenHours.join(', ')} UTC` }),
	});
}

/** `22:00-06:00` goes over midnight; the end does not belong to it. */
function isWithin(minute: number, span: string): boolean {
	const [from = 0, to = 0] = span.split('-').map((time) => {
		const [hours = 0, minutes = 0] = time.split(':').map(Number);
		return hours * 60 + minutes;
	});
	return from <= to ? minute >= from && minute < to : minute >= from || minute < to;
}

/** Name of the consent of a run in which nobody can be asked: automation. */
export const unattended = 'no-input';

/**
 * Pure: automation does not fail over again soon after a failover; to and fro is how data is lost twice. A person who types the command is
 * warned, never refused: in an emergency the person decides.
 */
export function flapRule(
	{ antiFlap = defaultAntiFlap }: Rules,
	runs: readonly RunState[],
	ctx: { move: Move; run: string; now: number; consent: Readonly<Record<string, string>> },
): Check {
	const recent = runs
		.filter(({ run, move }) => run !== ctx.run && move.mode === 'failover')
		.filter((state) => pastReturn(state) && ctx.now - (state.lastIntentAt ?? 0) < antiFlap)
		.toSorted((a, b) => (a.lastIntentAt ?? 0) - (b.lastIntentAt ?? 0))
		.at(-1);
	const finds = recent !== undefined && ctx.move.mode === 'failover';
	const blocks = finds && ctx.consent[unattended] !== undefined;
	return {
		code: 'recent-move',
		status: blocks ? 'block' : finds ? 'warn' : 'pass',
		what: 'failovers of the link shortly before',
		found: recent ? [recent.run] : [],
		observed: recent
			? `${recent.move.mode} to ${recent.move.to} ${Math.round((ctx.now - (recent.lastIntentAt ?? 0)) / 60_000)} min ago, run ${recent.run}`
			: 'none',
		...(finds && { wanted: `none within ${Math.round(antiFlap / 60_000)} min` }),
	};
}

/** Pure: more loss than the link's rules allow, whatever a person accepts; null without such a rule. */
export function lossRule(
	{ maxLoss }: Rules,
	loss: { recordsAtMost: bigint | null; msAtMost: number | null },
): Check | null {
	if (maxLoss === undefined) return null;
	const within = loss.recordsAtMost === 0n || (loss.msAtMost !== null && loss.msAtMost <= maxLoss);
	return blockUnless(within, {
		code: 'max-loss',
		what: 'loss that the rules of the link allow',
		observed: loss.msAtMost === null ? 'unknown' : `at most ${(loss.msAtMost / 1_000).toFixed(1)} s of writes`,
		wanted: `at most ${maxLoss / 1_000} s`,
	});
}
