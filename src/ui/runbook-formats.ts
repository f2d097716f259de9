import type { CheckedRunbook, RunbookProblem } from '../domain/runbook/checked.ts';
import { visible } from './visible.ts';

/** What CI systems read instead of people. */

const level: Record<RunbookProblem['severity'], 'error' | 'warning'> = {
	error: 'error',
	block: 'error',
	warning: 'warning',
};

const rules = {
	error: 'The runbook is not valid.',
	block: 'Something that the runbook needs is missing.',
	warning: 'The runbook is valid, with warnings.',
};

const slashes = (file: string): string => file.replaceAll('\\', '/');

/** SARIF 2.1.0, for code scanning. */
export function sarif(checked: readonly CheckedRunbook[], version: string): string {
	const results = checked.flatMap(({ file, problems }) =>
		problems.map(({ line, column, message, severity }) => ({
			ruleId: `runbook-${severity}`,
			level: level[severity],
			message: { text: message },
			locations: [
				{
					physicalLocation: {
						artifactLocation: { uri: encodeURI(slashes(file)) },
						region: { startLine: line, startColumn: column },
					},
				},
			],
		})),
	);
	const driver = {
		name: 'kdr',
		version,
		rules: Object.entries(rules).map(([severity, text]) => ({ id: `runbook-${severity}`, shortDescription: { text } })),
	};
	const log = {
		$schema: 'https://json.schemastore.org/sarif-2.1.0.json',
		version: '2.1.0',
		runs: [{ tool: { driver }, results }],
	};
	return `${JSON.stringify(log, null, 2)}\n`;
}

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' };
const xml = (text: string): string => visible(text).replaceAll(/[&<>"']/g, (char) => entities[char] ?? char);

/** JUnit's XML: a test per file, which fails with its problems. Warnings do not fail it. */
export function junit(checked: readonly CheckedRunbook[]): string {
	const cases = checked.map(({ file, problems }) => {
		const lines = problems.map(({ line, column, message }) => `${file}:${line}:${column} ${message}`).map(xml);
		const bad = problems.filter(({ severity }) => severity !== 'warning').length;
		const open = `    <testcase name="${xml(file)}" classname="runbook">`;
		if (bad > 0)
			return `${open}\n      <failure message="${bad} problems">${lines.join('\n')}</failure>\n    </testcase>`;
		return lines.length > 0
			? `${open}\n      <system-out>${lines.join('\n')}</system-out>\n    </testcase>`
			: `${open}</testcase>`;
	});
	const failures = checked.filter(({ problems }) => problems.some(({ severity }) => severity !== 'warning')).length;
	const counts = `tests="${checked.length}" failures="${failures}" errors="0" skipped="0"`;
	return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites ${counts}>\n  <testsuite name="kdr runbook validate" ${counts}>\n${cases.join('\n')}\n  </testsuite>\n</testsuites>\n`;
}

const data = (text: string): string => text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
const property = (text: string): string => data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');

/** Workflow commands of GitHub Actions: an annotation in the diff per problem. */
export function github(checked: readonly CheckedRunbook[]): string {
	return checked
		.flatMap(({ file, problems }) =>
			problems.map(
				({ line, column, message, severity }) =>
					`::${level[severity]} file=${property(slashes(file))},line=${line},col=${column},title=runbook::${data(message)}\n`,
			),
		)
		.join('');
}
