/** Control characters, text direction marks, invisible characters and lone surrogates: what can lie to a reader or steer a terminal. */
const unseen =
	// biome-ignore lint/suspicious/noControlCharactersInRegex: those are what is looked for
	/[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\u{e0000}-\u{e007f}]|\p{Surrogate}/gu;

/** A name or text from elsewhere with nothing hidden in it: `\x1b`, `\u202e` instead of the character itself. */
export function visible(text: string): string {
	return text.replace(unseen, (char) => {
		const code = char.codePointAt(0) ?? 0;
		if (code <= 0xff) return `\\x${code.toString(16).padStart(2, '0')}`;
		return code <= 0xffff ? `\\u${code.toString(16).padStart(4, '0')}` : `\\u{${code.toString(16)}}`;
	});
}

/** The same for text of several lines: line ends stay. */
export const visibleLines = (text: string): string => text.split(/\r?\n/).map(visible).join('\n');
