import { expect, test } from 'vitest';
import { parseRunbook } from '../../../../src/adapters/yaml/runbook-file.ts';
import { rulesFirst } from '../../../../src/domain/plan/rules-first.ts';
import { registry } from '../../../../src/steps/registry.ts';

const rules = { approval: 'second-person' as const };
const stepsOf = (mode: 'switchover' | 'change', steps: string) =>
	parseRunbook(`name: mine\nmode: ${mode}\nsteps:\n${steps}`, 'mine.yaml', registry).steps;

const planned = (
	mode: 'switchover' | 'change',
	steps: string,
	more: { rules?: typeof rules; secondPerson?: boolean } = {},
) =>
	rulesFirst({
		mode,
		steps: stepsOf(mode, steps),
		kinds: registry,
		rules: more.rules,
		secondPerson: more.secondPerson ?? false,
	});

const late = `
  - kind: preflight
  - kind: dns-flip
    pointOfNoReturn: true
  - kind: safety-rules
  - kind: second-person
    when: { from: dead }
    with: { within: 30m }
`;

test("rules of the link that a runbook puts last, or behind a condition, are asked first and always; the runbook's parameters are kept", () => {
	const steps = planned('switchover', late, { rules });
	expect(steps.map(({ kind }) => kind)).toEqual(['safety-rules', 'second-person', 'preflight', 'dns-flip']);
	expect(steps[1]).toEqual({
		id: 'second-person',
		kind: 'second-person',
		role: 'second-approval',
		params: { within: '30m' },
	});
});

test('a rule cannot be hidden under another id', () => {
	const steps = planned('switchover', late.replace('kind: safety-rules', 'kind: safety-rules\n    id: later'));
	expect(steps.map(({ id }) => id)).toEqual(['safety-rules', 'preflight', 'dns-flip', 'second-person']);
});

test('a runbook of mode change that moves clients waits for the second person that the link asks for', () => {
	const flip = '  - kind: dns-flip\n';
	expect(planned('change', flip, { rules }).map(({ kind }) => kind)).toEqual(['second-person', 'dns-flip']);
	expect(planned('change', flip).map(({ kind }) => kind)).toEqual(['dns-flip']);
	expect(planned('change', '  - kind: preflight\n', { rules }).map(({ kind }) => kind)).toEqual(['preflight']);
	expect(planned('change', flip, { secondPerson: true }).map(({ kind }) => kind)).toEqual([
		'second-person',
		'dns-flip',
	]);
});

test('a step that is moved to the front may not be the point of no return', () => {
	expect(() => stepsOf('switchover', '  - kind: safety-rules\n    pointOfNoReturn: true\n')).toThrow(
		/safety-rules is asked before every other step/,
	);
});
