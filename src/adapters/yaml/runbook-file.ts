import { open, stat } from 'node:fs/promises';
import { KdrError } from '../../domain/errors/kdr-error.ts';
import type { CheckedRunbook, RunbookProblem } from '../../domain/runbook/checked.ts';
import { compile, type Runbook } from '../../domain/runbook/compile.ts';
import type { Kinds } from '../../domain/runbook/kind-shape.ts';
import type { Problem } from '../../domain/runbook/problems.ts';
import { visible } from '../../domain/visible.ts';
import { readYaml } from './yaml-source.ts';

const maxBytes = 64 * 1024;

/** Reads and compiles a runbook file; `warn` hears of words of earlier versions of kdr. Throws KDR_RUNBOOK_INVALID naming every problem as file:line:column. */
export async function readRunbook(file: string, kinds: Kinds, warn?: (text: string) => void): Promise<Runbook> {
	const checked = await checkRunbook(file, kinds);
	for (const { line, column, message } of checked.problems.filter(({ outdated }) => outdated))
		warn?.(`${file}:${line}:${column} ${message}`);
	return runbookOf(checked);
}

/** The same for text; `file` is what messages call it. */
export function parseRunbook(text: string, file: string, kinds: Kinds): Runbook {
	return runbookOf(checkText(text, file, kinds));
}

/** Everything that is to be said of a runbook file; throws nothing. */
export async function checkRunbook(file: string, kinds: Kinds): Promise<CheckedRunbook> {
	const text = await readText(file);
	return typeof text === 'string' ? checkText(text, file, kinds) : broken(file, [text]);
}

function checkText(text: string, file: string, kinds: Kinds): CheckedRunbook {
	const source = readYaml(text);
	if (source.problems.length > 0) return broken(file, source.problems);
	const placed = ({ path, message }: Problem) => ({ ...source.place(path), message });
	const compiled = compile(source.value, kinds);
	if (!compiled.ok) return broken(file, compiled.problems.map(placed).sort(inOrder));
	const { runbook, warnings, outdated, places } = compiled;
	const warning = (one: Problem) => ({ ...placed(one), message: visible(one.message), severity: 'warning' as const });
	return {
		file,
		runbook,
		problems: [...outdated.map((one) => ({ ...warning(one), outdated: true as const })), ...warnings.map(warning)].sort(
			inOrder,
		),
		steps: places.map((path) => source.place(path)),
	};
}

type Place = Pick<RunbookProblem, 'line' | 'column' | 'message'>;

const inOrder = (a: Place, b: Place): number => a.line - b.line || a.column - b.column;

const broken = (file: string, problems: readonly Place[]): CheckedRunbook => ({
	file,
	problems: problems.map(({ line, column, message }) => ({
		line,
		column,
		message: visible(message),
		severity: 'error' as const,
	})),
	steps: [],
});

const whole = (message: string): Place => ({ line: 1, column: 1, message });

/** The text, or why there is none. Reads a little more than the cap at most; a pipe could block without end. */
async function readText(file: string): Promise<string | Place> {
	try {
		if (!(await stat(file)).isFile()) return whole('not a file');
		await using handle = await open(file);
		const { bytesRead, buffer } = await handle.read(Buffer.alloc(maxBytes + 1), 0, maxBytes + 1, 0);
		if (bytesRead > maxBytes) return whole(`larger than ${maxBytes} bytes`);
		return new TextDecoder('utf-8', { fatal: true }).decode(buffer.subarray(0, bytesRead));
	} catch (thrown) {
		if (thrown instanceof TypeError) return whole('not UTF-8 text');
		return whole(`cannot be read (${(thrown as NodeJS.ErrnoException).code ?? 'unknown'})`);
	}
}

function runbookOf({ file, runbook, problems }: CheckedRunbook): Runbook {
	if (runbook) return runbook;
	const lines = problems.map(({ line, column, message }) => `${file}:${line}:${column} ${message}`);
	const count = lines.length === 1 ? 'a problem' : `${lines.length} problems`;
	throw new KdrError(
		'KDR_RUNBOOK_INVALID',
		`runbook ${file} has ${count}:\n${lines.map((line) => `  ${line}`).join('\n')}`,
		{
			details: { file, problems: lines },
		},
	);
}
