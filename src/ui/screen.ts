// An import would load worker_threads and streams as well: `kdr --help` needs neither.
const { styleText } = process.getBuiltinModule('node:util');

/** What the place that is written to can show. */
export interface Screen {
	/** Columns, at least 80. */
	width: number;
	unicode: boolean;
	colour: boolean;
	/** A person may be looking, and lines can be rewritten in place. */
	live: boolean;
}

export type Env = Readonly<Record<string, string | undefined>>;

interface Output {
	isTTY?: boolean | undefined;
	columns?: number | undefined;
}

/** A log file: no colour, no rewriting. */
export const plainScreen: Screen = { width: 100, unicode: true, colour: false, live: false };

const narrowest = 80;
const widest = 120;

/** What `output` can show. Honours NO_COLOR, TERM=dumb, CI, and locales without UTF-8. */
export function screenOf(output: Output, env: Env): Screen {
	const terminal = output.isTTY === true;
	const dumb = env.TERM === 'dumb';
	// A terminal of unknown size reports 0 columns; ora would then clear lines without end.
	const live = terminal && !dumb && !env.CI && (output.columns ?? 0) > 0;
	return {
		width: terminal ? Math.min(widest, Math.max(narrowest, output.columns || narrowest)) : 100,
		unicode: /utf-?8/i.test(env.LC_ALL || env.LC_CTYPE || env.LANG || '') || env.WT_SESSION !== undefined,
		colour: terminal && !dumb && !env.NO_COLOR,
		live,
	};
}

const ascii: Record<string, string> = {
	'→': '->',
	'─': '-',
	'…': '...',
	'≤': '<=',
	'·': '|',
	'✔': 'ok',
	'✖': 'FAIL',
	'⚠': 'WARN',
	'⠸': '..',
};

/** `text` as the screen can show it: without Unicode the symbols get their words, other letters their number. */
export function drawable(screen: Screen, text: string): string {
	if (screen.unicode) return text;
	return text.replace(/[^\0-\x7f]/gu, (char) => ascii[char] ?? `\\u{${char.codePointAt(0)?.toString(16)}}`);
}

export type Style = 'green' | 'red' | 'yellow' | 'dim' | 'bold';

/** Colour never carries meaning alone: words or marks say the same. */
export function paint(screen: Screen, style: Style, text: string): string {
	return screen.colour ? styleText(style, text, { validateStream: false }) : text;
}

export type Mark = 'done' | 'failed' | 'warning' | 'unknown';

const marks: Record<Mark, { unicode: string; ascii: string; style: Style }> = {
	done: { unicode: '✔', ascii: 'ok  ', style: 'green' },
	failed: { unicode: '✖', ascii: 'FAIL', style: 'red' },
	warning: { unicode: '⚠', ascii: 'WARN', style: 'yellow' },
	unknown: { unicode: '?', ascii: '?   ', style: 'red' },
};

/** All marks of one screen have the same width. */
export function mark(screen: Screen, kind: Mark): string {
	const { unicode, ascii: word, style } = marks[kind];
	return paint(screen, style, screen.unicode ? unicode : word);
}
