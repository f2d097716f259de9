import { expect, test } from 'vitest';
import { z } from 'zod';
import { compile } from '../../../../src/domain/runbook/compile.ts';
import type { KindShape } from '../../../../src/domain/runbook/kind-shape.ts';
import { registry } from '../../../../src/steps/registry.ts';

const kinds = new Map<string, KindShape>([
	['measure', { type: 'gate', params: z.object({}), produces: 'cuts' }],
	['use', { type: 'gate', params: z.object({}), uses: ['cuts'] }],
	['lasting', { type: 'change', params: z.object({}), undo: { none: 'it is out of the tube' } }],
	['person', { type: 'gate', params: z.object({}), fixedTimeout: 'it waits for a person' }],
]);

const book = (...steps: object[]) => compile({ name: 'n', mode: 'change', steps }, kinds);
const problems = (...steps: object[]): string[] => {
	const compiled = book(...steps);
	return compiled.ok ? [] : compiled.problems.map(({ path, message }) => `${path.join('.')}: ${message}`);
};

test('when and timeout reach the compiled step as plain data', () => {
	const compiled = book({ kind: 'measure', when: { mode: ['failover'], from: 'dead' }, timeout: '2m' });
	expect(compiled).toMatchObject({
		ok: true,
		runbook: {
			steps: [{ id: 'measure', kind: 'measure', when: { mode: ['failover'], from: 'dead' }, timeoutMs: 120_000 }],
		},
	});
});

test.each<[string, object]>([
	['when that is no map', { when: 'always' }],
	['a mode there is not', { when: { mode: ['rollback'] } }],
	['a mode that is no list', { when: { mode: 'failover' } }],
	['a state of from there is not', { when: { from: 'sleepy' } }],
	['an unknown condition', { when: { to: 'alive' } }],
	['a timeout without a unit', { timeout: '90' }],
	['a timeout that is a number', { timeout: 90 }],
])('%s is refused', (_name, more) => {
	expect(problems({ kind: 'measure', ...more })).toHaveLength(1);
});

test('a kind that waits in its own way takes no timeout', () => {
	expect(problems({ kind: 'person', timeout: '5m' })).toEqual([
		'steps.0.timeout: person takes no timeout: it waits for a person',
	]);
});

test('an output is refused when the step that produces it may be skipped and its user is not', () => {
	const dead = { needs: ['from'], skipCosts: 'the cut' };
	expect(problems({ kind: 'measure' }, { kind: 'use' })).toEqual([]);
	expect(problems({ kind: 'measure', ...dead }, { kind: 'use' })).toEqual([
		'steps.1: use uses cuts, but measure may be skipped when it is not',
	]);
	expect(problems({ kind: 'measure', ...dead }, { kind: 'use', when: { from: 'alive' } })).toEqual([]);
	expect(problems({ kind: 'measure', when: { mode: ['failover'] } }, { kind: 'use' })).toHaveLength(1);
	expect(
		problems({ kind: 'measure', when: { mode: ['failover', 'change'] } }, { kind: 'use', when: { mode: ['change'] } }),
	).toEqual([]);
	expect(problems({ kind: 'measure', when: { from: 'dead' } }, { kind: 'use', when: { from: 'alive' } })).toHaveLength(
		1,
	);
});

test('the point of no return may not be a step that can be skipped', () => {
	expect(problems({ kind: 'measure', pointOfNoReturn: true, when: { from: 'alive' } })).toHaveLength(1);
	expect(problems({ kind: 'measure', pointOfNoReturn: true, needs: ['from'], skipCosts: 'much' })).toHaveLength(1);
});

test('a change before the point of no return that cannot be undone is a warning, after it is none', () => {
	const warned = (...steps: object[]) => {
		const compiled = book(...steps);
		return compiled.ok ? compiled.warnings.map(({ message }) => message) : ['invalid'];
	};
	expect(warned({ kind: 'lasting' }, { kind: 'measure', pointOfNoReturn: true })).toEqual([
		'lasting cannot be undone: it is out of the tube',
	]);
	expect(warned({ kind: 'measure', pointOfNoReturn: true }, { kind: 'lasting' })).toEqual([]);
});

test('a program without a way back is a warning too', () => {
	const exec = (more: object) =>
		compile({ name: 'n', mode: 'change', steps: [{ kind: 'exec', with: { run: ['echo'], ...more } }] }, registry);
	expect(exec({})).toMatchObject({ ok: true, warnings: [{ path: ['steps', 0] }] });
	expect(exec({ undo: ['echo'] })).toMatchObject({ ok: true, warnings: [] });
});
