import { open } from 'node:fs/promises';
import { isNode, LineCounter, parseDocument } from 'yaml';
import { KdrError } from '../../domain/errors/kdr-error.ts';
import { compile, type KindShape, type Problem, type Runbook } from '../../domain/runbook/compile.ts';

const maxBytes = 256 * 1024;
const maxAliases = 20;

/** Reads and compiles a runbook file. Throws KDR_RUNBOOK_INVALID naming every problem as file:line:column. */
export async function readRunbook(file: string, kinds: ReadonlyMap<string, KindShape>): Promise<Runbook> {
	return parseRunbook(await readText(file), file, kinds);
}

/** The same for text; `file` is what messages call it. */
export function parseRunbook(text: string, file: string, kinds: ReadonlyMap<string, KindShape>): Runbook {
	const lines = new LineCounter();
	const document = parseDocument(text, {
		version: '1.2',
		schema: 'core',
		uniqueKeys: true,
		merge: false,
		prettyErrors: false,
		lineCounter: lines,
	});
	const at = (offset: number): string => {
		const { line, col } = lines.linePos(offset);
		return `${file}:${line}:${col}`;
	};
	// A warning is a tag nobody knows: not YAML 1.2 core, so not a runbook.
	const broken = [...document.errors, ...document.warnings].map((problem) => `${at(problem.pos[0])} ${problem.message}`);
	if (broken.length > 0) throw invalid(file, broken);
	const compiled = compile(plain(document, file), kinds);
	if (compiled.ok) return compiled.runbook;
	const place = ({ path, message }: Problem) => ({ offset: offsetOf(document, path), message });
	const placed = compiled.problems.map(place).sort((a, b) => a.offset - b.offset);
	throw invalid(
		file,
		placed.map(({ offset, message }) => `${at(offset)} ${message}`),
	);
}

type Document = ReturnType<typeof parseDocument>;

function plain(document: Document, file: string): unknown {
	try {
		return document.toJS({ maxAliasCount: maxAliases });
	} catch (thrown) {
		throw invalid(file, [`${file}:1:1 ${thrown instanceof Error ? thrown.message : String(thrown)}`]);
	}
}

/** Where the path is in the text, or its nearest parent that is there. */
function offsetOf(document: Document, path: Problem['path']): number {
	for (let length = path.length; length > 0; length--) {
		const node = document.getIn(path.slice(0, length), true);
		if (isNode(node) && node.range) return node.range[0];
	}
	return 0;
}

/** Reads a little more than the cap at most, whatever the file is. */
async function readText(file: string): Promise<string> {
	try {
		await using handle = await open(file);
		const { bytesRead, buffer } = await handle.read(Buffer.alloc(maxBytes + 1), 0, maxBytes + 1, 0);
		if (bytesRead > maxBytes) throw invalid(file, [`${file} is larger than ${maxBytes} bytes`]);
		return buffer.toString('utf8', 0, bytesRead);
	} catch (thrown) {
		if (thrown instanceof KdrError) throw thrown;
		throw invalid(file, [`${file} cannot be read: ${thrown instanceof Error ? thrown.message : String(thrown)}`], thrown);
	}
}

function invalid(file: string, problems: string[], cause?: unknown): KdrError {
	const count = problems.length === 1 ? 'a problem' : `${problems.length} problems`;
	return new KdrError('KDR_RUNBOOK_INVALID', `runbook ${file} has ${count}:\n${problems.map((problem) => `  ${problem}`).join('\n')}`, {
		details: { file, problems },
		cause,
	});
}
