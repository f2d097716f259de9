import type { Check } from '../domain/check.ts';
import type { Mark, Screen } from './screen.ts';
import { drawable, mark, paint } from './screen.ts';
import { visible } from './visible.ts';

const markOf: Record<Check['status'], Mark> = { pass: 'done', warn: 'warning', block: 'failed', unknown: 'unknown' };
const rank: Record<Check['status'], number> = { pass: 0, warn: 1, unknown: 2, block: 3 };

/** One line per check with its id, the worst last, each with what to do under it. */
export function renderChecks(checks: readonly Check[], screen: Screen): string[] {
	return [...checks].sort((a, b) => rank[a.status] - rank[b.status]).flatMap((check) => checkLines(check, screen));
}

function checkLines(check: Check, screen: Screen): string[] {
	const safe = (text: string): string => drawable(screen, visible(text));
	const wanted = check.wanted === undefined ? '' : `, wanted: ${safe(check.wanted)}`;
	const line = ` ${mark(screen, markOf[check.status])} ${safe(check.what)}: ${safe(check.observed)}${wanted}  ${paint(screen, 'dim', check.code)}`;
	return check.hint === undefined || check.status === 'pass' ? [line] : [line, `      ${safe(check.hint)}`];
}
