import { expect, test } from 'vitest';
import { parseRunbook } from '../../../../src/adapters/yaml/runbook-file.ts';
import { KdrError } from '../../../../src/domain/errors/kdr-error.ts';
import type { PlannedStep } from '../../../../src/domain/plan/planned-step.ts';
import { exportMarkdown, exportScript } from '../../../../src/domain/runbook/export.ts';
import { registry } from '../../../../src/steps/registry.ts';
import { renderRunbook } from '../../../../src/ui/runbook.ts';
import { plainScreen } from '../../../../src/ui/screen.ts';

const book = `
name: quarterly
mode: change
hooks:
  before:
    - { id: quiet, kind: exec, with: { run: [echo, hush], undo: [echo, on] } }
  after:
    - { id: seen, kind: manual, with: { text: Look at the boards } }
  onFailure:
    - { id: page, kind: exec, with: { run: [page, 'on call'] } }
steps:
  - kind: preflight
  - id: tell
    parallel:
      - { id: mail, kind: exec, with: { run: [mail], undo: [unmail] }, retries: 3 }
      - { id: chat, kind: exec, with: { run: [chat], undo: [unchat] } }
`;

const problems = (text: string): string[] => {
	try {
		parseRunbook(text, 'b.yaml', registry);
		return [];
	} catch (thrown) {
		if (thrown instanceof KdrError && thrown.code === 'KDR_RUNBOOK_INVALID') return thrown.details.problems as string[];
		throw thrown;
	}
};

const steps = (text: string): string => `name: n\nmode: change\nsteps:\n${text}`;

test('hooks before and after are the first and last steps, those on failure are separate, and a group keeps its name', () => {
	const { steps: compiled, onFailure } = parseRunbook(book, 'b.yaml', registry);
	expect(compiled.map(({ id, group, retries }) => [id, group, retries])).toEqual([
		['quiet', undefined, undefined],
		['preflight', undefined, undefined],
		['mail', 'tell', 3],
		['chat', 'tell', undefined],
		['seen', undefined, undefined],
	]);
	expect(onFailure).toEqual([{ id: 'page', kind: 'exec', params: { run: ['page', 'on call'] } }]);
});

test('a group without a name gets one of its own', () => {
	const pair =
		'  - parallel:\n      - { id: a, kind: exec, with: { run: [a] } }\n      - { id: b, kind: exec, with: { run: [b] } }\n';
	const { steps: compiled } = parseRunbook(
		steps(pair + pair.replaceAll(' a,', ' c,').replaceAll(' b,', ' d,')),
		'b.yaml',
		registry,
	);
	expect(compiled.map(({ id, group }) => `${id} ${group}`)).toEqual([
		'a parallel-1',
		'b parallel-1',
		'c parallel-2',
		'd parallel-2',
	]);
});

test.each([
	[
		'a group of one',
		'  - parallel:\n      - kind: preflight\n',
		['b.yaml:4:5 parallel must be a list of at least two steps'],
	],
	[
		'a group within a group',
		'  - parallel:\n      - kind: preflight\n      - parallel: []\n',
		['b.yaml:6:9 kind must be the name of a kind of step', 'b.yaml:6:9 unknown key parallel'],
	],
	[
		'what is used by its neighbour',
		'  - parallel:\n      - kind: record-cuts\n      - kind: mirror-seed\n',
		['b.yaml:6:9 mirror-seed uses cuts, which no step before it produces'],
	],
	[
		'the point of no return',
		'  - parallel:\n      - kind: dns-flip\n        pointOfNoReturn: true\n      - kind: open-target\n',
		['b.yaml:6:9 the point of no return cannot be in a parallel group'],
	],
	[
		'two manual steps',
		'  - parallel:\n      - { id: a, kind: manual, with: { text: a } }\n      - { id: b, kind: manual, with: { text: b } }\n',
		['b.yaml:6:9 a person is asked one thing at a time'],
	],
	[
		'two groups of one name',
		`${'  - id: g\n    parallel:\n      - { id: a, kind: exec, with: { run: [a] } }\n      - { id: b, kind: exec, with: { run: [b] } }\n'}${'  - id: g\n    parallel:\n      - { id: c, kind: exec, with: { run: [a] } }\n      - { id: d, kind: exec, with: { run: [b] } }\n'}`,
		['b.yaml:8:5 there already is a parallel group g'],
	],
	['retries of a gate', '  - kind: preflight\n    retries: 2\n', ['b.yaml:5:5 preflight takes no retries']],
	[
		'no number of retries',
		'  - { kind: exec, retries: 0.5, with: { run: [a] } }\n',
		['b.yaml:4:19 retries must be a whole number from 1 to 10'],
	],
])('%s is refused with its place', (_name, text, wanted) => {
	const found = problems(steps(text));
	expect(found.filter((one) => wanted.some((start) => one.startsWith(start)))).toHaveLength(wanted.length);
});

test.each([
	['another kind', 'hooks: { after: [{ kind: dns-flip }] }', 'b.yaml:3:20 a hook is of kind exec or manual'],
	['a hook there is not', 'hooks: { onSuccess: [] }', 'b.yaml:3:10 unknown key onSuccess'],
	[
		'an undo on failure',
		'hooks: { onFailure: [{ kind: exec, with: { run: [a], undo: [b] } }] }',
		'a hook on failure is never undone',
	],
	[
		'the same id twice',
		'hooks: { onFailure: [{ id: preflight, kind: exec, with: { run: [a] } }] }',
		'there already is a step preflight',
	],
	[
		'what only a step may say',
		'hooks: { before: [{ kind: exec, retries: 2, with: { run: [a] } }] }',
		'unknown key retries',
	],
])('a hook of %s is refused', (_name, hooks, wanted) => {
	expect(problems(`name: n\nmode: change\n${hooks}\nsteps: [{ kind: preflight }]\n`).join('\n')).toContain(wanted);
});

test('show tells what runs at the same time, how often it is tried again, and what runs when it halts', () => {
	const text = renderRunbook(parseRunbook(book, 'b.yaml', registry), registry, new Map(), plainScreen);
	expect(text).toContain('at the same time: mail, chat');
	expect(text).toContain("if it halts: page: page 'on call'");
	expect(text).toMatch(/mail .*3 retries/);
});

test('the export says so too, and its script runs the hooks when a command of it fails', () => {
	const { steps: compiled, onFailure = [] } = parseRunbook(book, 'b.yaml', registry);
	const summary = { what: 'w', now: 'n', after: 'a', undo: '-' };
	const plan = compiled.map(
		(step): PlannedStep => ({ step, status: 'change', purpose: 'p', summary, checks: [], waits: false }),
	);
	const move = { link: 'l', from: 'east', to: 'west', mode: 'change' as const };
	const facts = { name: 'n', move, at: 'now', clusters: {}, plan, onFailure };
	expect(exportScript(facts)).toContain("on_failure() {\n  page 'on call' || true\n}\ntrap on_failure ERR\n");
	expect(exportScript(facts)).toContain('# kdr does at the same time, in any order: mail, chat');
	expect(exportMarkdown(facts)).toContain("- if it halts: page: page 'on call'");
});
