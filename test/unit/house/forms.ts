import { lineOf, type Prose, proseOfCode } from './prose.ts';

/**
 * Forms that docs/style.md rules out, and what to write instead. A blank stands for any white space, so that a line break hides
 * nothing; `…` for up to four words.
 */
const forbidden: readonly (readonly [form: string, instead: string])[] = [
	['(?:go|goes|going|gone|went) on', 'resume, continue'],
	['(?:take|takes|taken|taking|took) …back', 'undo'],
	['anew', 'again'],
	['told', 'reported, printed, shown'],
	['once more', 'again'],
	['at work', 'active'],
	['(?:keep|keeps|kept|keeping) …out', 'fenced, evicted'],
	['for ever', 'without limit'],
	['(?:stand|stands|stood|standing)(?!-)', 'is, holds, the position'],
	['(?:left|stay|stays|stayed) …behind', 'the tail'],
	['orphans?', 'the tail'],
	['(?:way|move) home', 'the way back, failback'],
	['work(?:s|ed|ing)? on (?:by|the (?:run|link))', 'hold, run'],
	['end(?:s|ed) done', 'completed'],
	['(?:put|puts|putting) up', 'set'],
	['turn(?:s|ed|ing)? …round', 'reversed'],
	['alike', 'identical'],
	['hardly', 'a number'],
	['wholly', 'completely'],
	['slip of the pen', 'typing error'],
	['not [^.,:;()—]{1,40}? but', 'say what it is'],
];

const patterns = forbidden.map(([form, instead]) => ({
	instead,
	pattern: new RegExp(`\\b(?:${form})\\b`.replaceAll('…', "(?:[\\w'-]+ ){0,4}?").replaceAll(' ', '[\\s*/#]+'), 'giu'),
}));

/** A name in code: typed, not read. `orphans.jsonl` is a file that earlier versions wrote. */
const withoutNames = (text: string): string =>
	/^[a-z][\w.-]*$/.test(text)
		? ''
		: text
				.replaceAll(/\\?`[^`\n]*`/g, (name) => '\u0000'.repeat(name.length))
				.replaceAll(/\borphans\.(?:jsonl|bin)/g, '');

function* findings(file: string, prose: Iterable<Prose>): Generator<string> {
	for (const { line, text } of prose)
		for (const { pattern, instead } of patterns)
			for (const { 0: form, index } of withoutNames(text).matchAll(pattern))
				yield `${file}:${line + lineOf(text, index) - 1}: "${form.replaceAll(/[\s*/#]+/g, ' ')}" (${instead})`;
}

/** Every forbidden form in what people read of a file: `file:line: "form" (what to write)`. */
export const findingsIn = (file: string, text: string): string[] => [
	...findings(file, /\.[jt]s$/.test(file) ? proseOfCode(text) : [{ line: 1, text }]),
];
