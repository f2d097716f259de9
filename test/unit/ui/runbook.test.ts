import { XMLParser } from 'fast-xml-parser';
import { expect, test } from 'vitest';
import { parseRunbook } from '../../../src/adapters/yaml/runbook-file.ts';
import type { CheckedRunbook } from '../../../src/domain/runbook/checked.ts';
import { registry } from '../../../src/steps/registry.ts';
import { renderProblems, renderRunbook } from '../../../src/ui/runbook.ts';
import { github, junit, sarif } from '../../../src/ui/runbook-formats.ts';
import { plainScreen } from '../../../src/ui/screen.ts';

const nasty = 'unknown key <b> & "x", 50%: did you mean\u001b[2J y?';
const files: CheckedRunbook[] = [
	{ file: 'a,b:c.yaml', problems: [{ line: 3, column: 5, severity: 'error', message: nasty }], steps: [] },
	{
		file: 'fine.yaml',
		runbook: { name: 'fine', mode: 'change', steps: [{ id: 'a', kind: 'preflight', params: {} }] },
		problems: [{ line: 9, column: 1, severity: 'warning', message: 'cannot be undone' }],
		steps: [{ line: 4, column: 3 }],
	},
];

test('for people: one line per problem as compilers write it, and a word on what is fine', () => {
	expect(renderProblems(files, plainScreen).split('\n')).toEqual([
		' ✖ a,b:c.yaml:3:5  unknown key <b> & "x", 50%: did you mean\\x1b[2J y?',
		' ⚠ fine.yaml:9:1  cannot be undone',
		' ✔ fine.yaml: change, 1 step',
		'',
	]);
});

test('SARIF names the file, the place and the level of each problem', () => {
	const { version, runs } = JSON.parse(sarif(files, '1.2.3'));
	expect(version).toBe('2.1.0');
	const [{ results, tool }] = runs;
	expect(results.map(({ level }: { level: string }) => level)).toEqual(['error', 'warning']);
	expect(results[0].locations[0].physicalLocation).toEqual({
		artifactLocation: { uri: 'a,b:c.yaml' },
		region: { startLine: 3, startColumn: 5 },
	});
	const rules = tool.driver.rules.map(({ id }: { id: string }) => id);
	expect(results.every(({ ruleId }: { ruleId: string }) => rules.includes(ruleId))).toBe(true);
});

test('JUnit is well formed whatever a message holds, and only problems fail', () => {
	const parsed = new XMLParser({ ignoreAttributes: false }).parse(junit(files), true);
	expect(parsed.testsuites['@_failures']).toBe('1');
	const [bad, good] = parsed.testsuites.testsuite.testcase;
	expect(bad.failure['#text']).toContain('unknown key <b> & "x", 50%');
	expect(good.failure).toBeUndefined();
});

test('GitHub gets one command per problem, in which nothing can start another', () => {
	const two: CheckedRunbook[] = [
		{
			file: 'a\nb,c:d.yaml',
			problems: [{ line: 1, column: 2, severity: 'error', message: '100%\n::stop::' }],
			steps: [],
		},
	];
	expect(github(two)).toBe('::error file=a%0Ab%2Cc%3Ad.yaml,line=1,col=2,title=runbook::100%25%0A::stop::\n');
});

test('a runbook is shown with its point of no return, its conditions and what can be undone', () => {
	const book = parseRunbook(
		'name: n\nmode: change\nsteps:\n  - kind: fence-writers\n  - { kind: exec, with: { run: [echo] }, when: { from: alive } }\n  - { kind: drain, pointOfNoReturn: true, timeout: 90s }\n',
		'n.yaml',
		registry,
	);
	const purposes = new Map([...registry].map(([name, { purpose }]) => [name, purpose]));
	const lines = renderRunbook(book, registry, purposes, plainScreen).split('\n');
	expect(lines.find((line) => line.includes('fence-writers'))).toMatch(/yes$/);
	expect(lines.find((line) => line.includes('exec'))).toMatch(/from alive +none$/);
	expect(lines.find((line) => line.includes('drain'))).toContain('within 1 m 30 s');
	expect(lines.findIndex((line) => line.includes('point of no return'))).toBe(
		lines.findIndex((line) => line.includes('drain')) - 1,
	);
});
