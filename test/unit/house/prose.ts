/** A piece of text for people, and the line it begins in. */
export interface Prose {
	line: number;
	text: string;
}

/** A `/` after this begins a regular expression: an operator, an opening bracket, or a word that an expression follows. */
const beforeRegex = /(?:^|[=([{,;:!&|?+\-*%~^<>]|\b(?:return|typeof|case|in|of|do|else|yield|await))\s*$/;
/** A string after this names a module. */
const beforeModule = /\b(?:from|import|import\()\s*$/;

const token =
	/(?<comment>\/\/[^\n]*(?:\n\s*\/\/[^\n]*)*|\/\*[\s\S]*?\*\/)|(?<quoted>'(?:\\[\s\S]|[^'\\\n])*'|"(?:\\[\s\S]|[^"\\\n])*")|(?<template>`)|(?<slash>\/)|(?<code>[{}]|[^`'"/{}]+)/y;
const regex = /\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\[\n])+\/[a-z]*/y;
const templatePart = /(?:\\[\s\S]|\$(?!\{)|[^\\`$])*(?:\$\{|`)/y;

/** The strings, the parts of templates and the comments of a TypeScript source; no names of modules, no identifiers. */
export function* proseOfCode(source: string): Generator<Prose> {
	/** The open braces; true: of a `${…}`, whose end is the next part of a template. */
	const braces: boolean[] = [];
	let before = '';
	let at = 0;
	const take = (pattern: RegExp): RegExpExecArray => {
		pattern.lastIndex = at;
		const match = pattern.exec(source);
		if (!match) throw new Error(`line ${lineOf(source, at)} is no TypeScript this reads: ${source.slice(at, at + 40)}`);
		at = pattern.lastIndex;
		return match;
	};
	while (at < source.length) {
		const line = lineOf(source, at);
		const start = at;
		const { comment, quoted, template, slash, code = '' } = take(token).groups ?? {};
		if (comment !== undefined) {
			yield { line, text: comment };
		} else if (template !== undefined || (code === '}' && braces.pop())) {
			const [text] = take(templatePart);
			const open = text.endsWith('${');
			if (open) braces.push(true);
			yield { line, text: text.slice(0, open ? -2 : -1) };
			before = open ? '(' : ')';
		} else if (slash !== undefined && beforeRegex.test(before)) {
			at = start;
			take(regex);
			before = ')';
		} else {
			if (code === '{') braces.push(false);
			if (quoted !== undefined && !beforeModule.test(before)) yield { line, text: quoted.slice(1, -1) };
			before = quoted === undefined ? (slash ?? code) : ')';
		}
	}
}

export const lineOf = (source: string, index: number): number => source.slice(0, index).split('\n').length;
