import type { Check } from '../domain/check.ts';
import type { Mark, Screen } from './screen.ts';
import { drawable, mark, paint } from './screen.ts';
import { visible } from './visible.ts';
import { linesOf } from './words.ts';

const markOf: Record<Check['status'], Mark> = { pass: 'done', warn: 'warning', block: 'failed', unknown: 'unknown' };
const rank: Record<Check['status'], number> = { pass: 0, warn: 1, unknown: 2, block: 3 };

/** One line per check with its id, the worst last, each with what to do under it. */
export function renderChecks(checks: readonly Check[], screen: Screen): string[] {
	return [...checks].sort((a, b) => rank[a.status] - rank[b.status]).flatMap((check) => checkLines(check, screen));
}

function checkLines(check: Check, screen: Screen): string[] {
	const safe = (text: string): string => drawable(screen, visible(text));
	const wanted = check.wanted === undefined ? '' : `, wanted: ${safe(check.wanted)}`;
	// Colour has no width: it comes once the lines are broken.
	const [first = '', ...more] = linesOf(
		screen,
		`   ${screen.unicode ? '' : '   '}`,
		`${safe(check.what)}: ${safe(check.observed)}${wanted}  ${check.code}`,
	);
	const lines = [` ${mark(screen, markOf[check.status])} ${first.trimStart()}`, ...more];
	lines.push((lines.pop() ?? '').replace(new RegExp(`${check.code}$`), (code) => paint(screen, 'dim', code)));
	return check.hint === undefined || check.status === 'pass'
		? lines
		: [...lines, ...linesOf(screen, '      ', safe(check.hint))];
}
