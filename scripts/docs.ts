/** Writes the pages that are made from code: `node scripts/docs.ts`; `--check` only compares and fails on a difference. */
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { errorTable } from '../src/domain/errors/codes.ts';
import { exitCodes } from '../src/domain/errors/exit-codes.ts';
import { runbookPage, runbookSchema } from './runbook-docs.ts';

const note = '<!-- Written by scripts/docs.ts from the code; change it there. -->';

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
	[head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

const faults = { user: 'the input', target: 'the clusters, Connect, DNS or the network', kdr: 'kdr itself' };

function errorsPage(): string {
	const rows = Object.entries(errorTable)
		.sort(([a], [b]) => (a < b ? -1 : 1))
		.map(([code, { exit, source, situation }]) => [`\`${code}\``, String(exit), faults[source], situation]);
	return `# Errors

${note}

Every error has a code that names the situation and never changes its meaning. A terminal shows it at the right edge of the first
line; \`--json\` has it in \`error.code\`. The exit code below applies before the first write. After a write a run ends with 5 or 6
([exit codes](exit-codes.md)), and its error names the code that halted it.

${table(['code', 'exit', 'cause lies in', 'situation'], rows)}
`;
}

function exitCodesPage(): string {
	const codesOf = (exit: string): string =>
		Object.entries(errorTable)
			.filter(([, entry]) => String(entry.exit) === exit)
			.map(([code]) => `\`${code}\``)
			.sort()
			.join(' ');
	const rows = exitCodes.map(({ exit, meaning, changed }) => [exit, meaning, changed, codesOf(exit)]);
	return `# Exit codes

${note}

The same with and without \`--json\`. "Changed": whether clusters, mirrors or DNS may differ from before the command.

${table(['exit', 'meaning', 'changed', 'error codes'], rows)}
`;
}

const pages = {
	'errors.md': errorsPage(),
	'exit-codes.md': exitCodesPage(),
	'runbook-reference.md': runbookPage(note),
	'runbook.schema.json': runbookSchema(),
};
const stale: string[] = [];
for (const [name, text] of Object.entries(pages)) {
	const path = fileURLToPath(new URL(`../docs/${name}`, import.meta.url));
	if (!process.argv.includes('--check')) await writeFile(path, text);
	else if ((await readFile(path, 'utf8').catch(() => '')) !== text) stale.push(`docs/${name}`);
}
if (stale.length > 0) {
	process.stderr.write(`${stale.join(', ')}: not what the code says. Run: node scripts/docs.ts\n`);
	process.exitCode = 1;
}
