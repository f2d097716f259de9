import stringWidth from 'string-width';
import type { Screen } from './screen.ts';
import { drawable, paint } from './screen.ts';
import { visible } from './visible.ts';
import { number } from './words.ts';

export interface Column {
	title: string;
	/** Numbers are aligned right and never cut; of text the widest column is cut first. Default: text. */
	kind?: 'text' | 'number';
	/** Text that is too long for its column continues below, between words: for names, and for what must be read whole. */
	folds?: boolean;
}

export type Cell = string | number | bigint;

const gap = 3;
/** A text column is not cut below this. */
const narrowest = 8;

interface TableOptions {
	screen: Screen;
	/** Columns taken on the left of every line. */
	indent?: number;
	/** Lines to put before the row of that index. */
	before?: ReadonlyMap<number, string>;
	/** Lines to put below the row of that index. */
	below?: ReadonlyMap<number, readonly string[]>;
}

/** Lines of a table. Cells are made safe to show; numbers get thousands separators. */
export function table(columns: readonly Column[], rows: readonly (readonly Cell[])[], options: TableOptions): string[] {
	const { screen, indent = 0, before, below } = options;
	const cells = rows.map((row) =>
		row.map((cell) => drawable(screen, typeof cell === 'string' ? visible(cell) : number(cell))),
	);
	const titles = columns.map(({ title }) => drawable(screen, title));
	const widths = widthsWithin(columns, titles, cells, screen.width - indent);
	const line = (parts: readonly string[]): string =>
		`${' '.repeat(indent)}${parts.map((part, at) => place(screen, part, widths[at] ?? 0, columns[at])).join(' '.repeat(gap))}`.trimEnd();
	const lines = [paint(screen, 'dim', line(titles))];
	cells.forEach((row, at) => {
		const above = before?.get(at);
		if (above !== undefined) lines.push(above);
		const folded = row.map((cell, column) => (columns[column]?.folds ? fold(cell, widths[column] ?? 0) : [cell]));
		const height = Math.max(...folded.map(({ length }) => length));
		for (let depth = 0; depth < height; depth++) lines.push(line(folded.map((cell) => cell[depth] ?? '')));
		lines.push(...(below?.get(at) ?? []));
	});
	return lines;
}

/** Breaks between words; a word that is too long for a line, where the line ends. */
function fold(text: string, width: number): string[] {
	const lines = [''];
	for (const word of text.split(' ')) {
		const line = lines.at(-1) ?? '';
		if (line !== '' && widthOf(line) + 1 + widthOf(word) <= width) lines[lines.length - 1] = `${line} ${word}`;
		else lines.push(...broken(word, width));
	}
	return lines.filter((line, at) => line !== '' || (at === 0 && lines.length === 1));
}

function broken(word: string, width: number): string[] {
	const lines = [''];
	for (const { segment } of letters(word)) {
		const line = lines.at(-1) ?? '';
		if (line === '' || widthOf(line + segment) <= width) lines[lines.length - 1] = line + segment;
		else lines.push(segment);
	}
	return lines;
}

function widthsWithin(
	columns: readonly Column[],
	titles: readonly string[],
	cells: readonly string[][],
	room: number,
): number[] {
	const widths = titles.map((title, at) =>
		cells.reduce((most, row) => Math.max(most, widthOf(row[at] ?? '')), widthOf(title)),
	);
	const words = titles.map((title, at) =>
		columns[at]?.folds
			? Math.max(widthOf(title), ...cells.map((row) => longestWord(row[at] ?? '')))
			: Math.min(narrowest, widths[at] ?? 0),
	);
	// Words are broken only where nothing else gives room.
	shrink(widths, columns, room, words);
	shrink(
		widths,
		columns,
		room,
		words.map((width) => Math.min(narrowest, width)),
	);
	return widths;
}

const longestWord = (text: string): number => Math.max(...text.split(' ').map(widthOf));

/** Makes the widest text columns narrower, none below its least width, until all fit into `room`; in place. */
function shrink(widths: number[], columns: readonly Column[], room: number, least: readonly number[]): void {
	let over = widths.reduce((sum, width) => sum + width, gap * (widths.length - 1)) - room;
	for (; over > 0; over--) {
		let widest = -1;
		for (const [at, width] of widths.entries()) {
			const canShrink = columns[at]?.kind !== 'number' && width > (least[at] ?? 0);
			if (canShrink && width > (widths[widest] ?? 0)) widest = at;
		}
		const width = widths[widest];
		if (width === undefined) return;
		widths[widest] = width - 1;
	}
}

function place(screen: Screen, text: string, width: number, column: Column | undefined): string {
	const shown = column?.kind === 'number' ? text : cut(screen, text, width);
	const space = ' '.repeat(Math.max(0, width - widthOf(shown)));
	return column?.kind === 'number' ? space + shown : shown + space;
}

/** Columns a text takes. Each character that kdr draws itself takes one; for others tables of Unicode are built, in 20 ms. */
const widthOf = (text: string): number => (/^[ -~→≤·─…✔✖⚠]*$/.test(text) ? text.length : stringWidth(text));

/** Built for text too wide for its column alone: the first one takes 10 ms. */
const letters = (text: string): Intl.Segments => new Intl.Segmenter('en', { granularity: 'grapheme' }).segment(text);

/** `text` in at most `width` columns; what is left out is marked. */
export function cut(screen: Screen, text: string, width: number): string {
	if (widthOf(text) <= width) return text;
	const more = drawable(screen, '…');
	let out = '';
	let used = more.length;
	for (const { segment } of letters(text)) {
		used += widthOf(segment);
		if (used > width) break;
		out += segment;
	}
	return out + more;
}

/** `left` and `right` at the two edges of the screen; on two lines when they do not fit on one. */
export function edges(screen: Screen, left: string, right: string): string {
	const space = screen.width - widthOf(left) - widthOf(right);
	return space >= 2
		? left + ' '.repeat(space) + right
		: `${left}\n${' '.repeat(Math.max(0, screen.width - widthOf(right)))}${right}`;
}
