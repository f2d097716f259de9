import type { Document, Node, Pair, YAMLError } from 'yaml';
import { isAlias, isMap, isPair, isScalar, isSeq, LineCounter, parseDocument, visit } from 'yaml';

/** `path` is where in the document, for people; line and column are 1-based. */
interface YamlPlace {
	line: number;
	column: number;
}

interface YamlProblem extends YamlPlace {
	message: string;
}

export interface YamlSource {
	/** Plain data: maps, lists, strings, numbers, booleans, null. Undefined when there were problems. */
	value: unknown;
	problems: YamlProblem[];
	/** The position of a path of the data: its key if it has one, else that of the nearest parent. */
	place(path: readonly (string | number)[]): YamlPlace;
}

/** Largest file read, bytes. */
export const yamlSizeLimit = 1_048_576;

/** What YAML's own complaints mean. Its texts quote the file, and with it perhaps a secret; these never do. */
const complaints: Partial<Record<YAMLError['code'], string>> = {
	BAD_ALIAS: 'an alias (*name) without its anchor; put quotes around a value that starts with *',
	BAD_INDENT: 'wrong indentation',
	BAD_SCALAR_START: 'a value cannot start with this character; put it in quotes',
	BAD_DQ_ESCAPE: 'unknown escape in a double-quoted value',
	BLOCK_AS_IMPLICIT_KEY: 'a ":" too many; put quotes around a value that contains ": "',
	DUPLICATE_KEY: 'the same key a second time',
	MISSING_CHAR: 'a closing quote, bracket or ":" is missing',
	MULTILINE_IMPLICIT_KEY: 'a ":" is missing after a key',
	MULTIPLE_DOCS: 'more than one document (---) in the file',
	NON_STRING_KEY: 'a key must be a plain word',
	RESOURCE_EXHAUSTION: 'too deeply nested',
	TAB_AS_INDENT: 'a tab as indentation; YAML wants spaces',
	TAG_RESOLVE_FAILED: 'tags (!name) are not used here',
};

/** Reads YAML 1.2 (core schema, no custom tags, unique keys, few aliases) with the position of everything. */
export function readYaml(text: string): YamlSource {
	const lines = new LineCounter();
	const document = parseDocument(text, {
		version: '1.2',
		schema: 'core',
		uniqueKeys: true,
		customTags: null,
		resolveKnownTags: false,
		prettyErrors: false,
		logLevel: 'error',
		lineCounter: lines,
	});
	const at = (offset: number): YamlPlace => {
		const { line, col } = lines.linePos(offset);
		return { line, column: col };
	};
	const problems = [...document.errors, ...document.warnings].map((error) => ({
		...at(error.pos[0]),
		message: complaints[error.code] ?? `not YAML (${error.code.toLowerCase().replaceAll('_', ' ')})`,
	}));
	problems.push(...badKeys(document).map(({ offset, message }) => ({ ...at(offset), message })));
	const value = problems.length === 0 ? plain(document, problems) : undefined;
	return { value, problems, place: (path) => at(offsetOf(document, path)) };
}

function plain(document: Document.Parsed, problems: YamlProblem[]): unknown {
	try {
		return document.toJS({ maxAliasCount: 100 });
	} catch {
		problems.push({ line: 1, column: 1, message: 'too many aliases, or one that contains itself' });
		return undefined;
	}
}

function badKeys(document: Document.Parsed): { offset: number; message: string }[] {
	const found: { offset: number; message: string }[] = [];
	visit(document, {
		Pair: (_, pair: Pair) => {
			const key = pair.key as Node | null;
			const offset = key?.range?.[0] ?? 0;
			if (!isScalar(key)) found.push({ offset, message: complaints.NON_STRING_KEY ?? '' });
			else if (key.value === '__proto__') found.push({ offset, message: '__proto__ cannot be a key' });
		},
	});
	return found;
}

function offsetOf(document: Document.Parsed, path: readonly (string | number)[]): number {
	let node: unknown = document.contents;
	let offset = document.contents?.range?.[0] ?? 0;
	for (const part of path) {
		if (isAlias(node)) node = node.resolve(document);
		const next: unknown = isMap(node)
			? node.items.find((pair) => isScalar(pair.key) && String(pair.key.value) === part)
			: isSeq(node)
				? node.items[Number(part)]
				: undefined;
		if (next === undefined || next === null) break;
		const start = (isPair(next) ? next.key : next) as Node | null;
		offset = start?.range?.[0] ?? offset;
		node = isPair(next) ? next.value : next;
	}
	return offset;
}
