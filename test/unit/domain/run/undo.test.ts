import { expect, test } from 'vitest';
import type { RunStep, StepSummary } from '../../../../src/domain/run/events.ts';
import { lastMove } from '../../../../src/domain/run/last-move.ts';
import { isSameChange } from '../../../../src/domain/run/same-change.ts';
import type { RunState } from '../../../../src/domain/run/state.ts';
import { pastReturn, undoSteps } from '../../../../src/domain/run/undo.ts';

const summary: StepSummary = { what: 'w', now: 'n', after: 'a', undo: '-' };
const did = (id: string, intents: unknown[], more: Partial<RunStep> = {}) => ({
	step: { id, kind: id, params: {}, ...more },
	intents,
	summary,
});
const stateOf = (steps: ReturnType<typeof did>[], more: Partial<RunState> = {}) =>
	({ run: 'r', move: { mode: 'switchover' }, startedAt: 1, steps, ...more }) as unknown as RunState;

const kinds = new Map([
	['stop', { type: 'change', undo: {} }],
	['seed', { type: 'change', undo: { none: 'it harms nobody' } }],
	['offsets', { type: 'change', undo: { by: 'offsets-undo' } }],
	['gate', { type: 'gate' }],
]);

test('changes are undone last first, each try of a step on its own, the same change once', () => {
	const steps = undoSteps(
		stateOf([did('stop', [['a', 'b'], ['b'], ['b', 'a']]), did('gate', []), did('seed', [1])]),
		kinds,
	);
	expect(steps.map(({ id, undoOf }) => [id, undoOf?.change])).toEqual([
		['undo-seed', undefined],
		['undo-stop', ['b']],
		['undo-stop-2', ['a', 'b']],
		['as-before', undefined],
	]);
	expect(steps[0]?.skipCosts).toBe('stays as it is: it harms nobody');
});

test('a kind that undoes all of a run by itself does so once, and a step that needs the other side still does', () => {
	const steps = undoSteps(
		stateOf([
			did('stop', [1], { needs: ['from'], skipCosts: 'x' }),
			did('offsets', [1]),
			did('offsets', [2], { id: 'again' }),
		]),
		kinds,
	);
	expect(steps.map(({ id, kind, params, needs }) => ({ id, kind, params, needs }))).toEqual([
		{ id: 'undo-again', kind: 'offsets-undo', params: { run: 'r' }, needs: undefined },
		{ id: 'undo-stop', kind: 'stop', params: {}, needs: ['from'] },
		{ id: 'as-before', kind: 'as-before', params: {}, needs: undefined },
	]);
});

test('a run that changed nothing has nothing to undo', () => {
	expect(undoSteps(stateOf([did('stop', []), did('gate', [])]), kinds)).toEqual([]);
});

test('the point of no return is passed with the first intent at it or behind it, also when the step itself had nothing to do', () => {
	const run = (open: unknown[], flip: unknown[]) =>
		stateOf([did('stop', [1]), did('open', open, { pointOfNoReturn: true }), did('flip', flip)]);
	expect(pastReturn(run([], []))).toBe(false);
	expect(pastReturn(run([1], []))).toBe(true);
	expect(pastReturn(run([], [1]))).toBe(true);
	expect(pastReturn(stateOf([did('stop', [1])]))).toBe(false);
});

test('an undone move moved nobody in the end', () => {
	const first = stateOf([did('flip', [1], { pointOfNoReturn: true })], { run: 'first' });
	const second = stateOf([did('flip', [1], { pointOfNoReturn: true })], { run: 'second', startedAt: 2 });
	const undo = (result: string) =>
		stateOf([], {
			run: 'u',
			startedAt: 3,
			undoes: 'second',
			move: { mode: 'change' },
			ended: { result },
		} as unknown as Partial<RunState>);
	expect(lastMove([first, second])?.run).toBe('second');
	expect(lastMove([first, second, undo('done')])?.run).toBe('first');
	expect(lastMove([first, second, undo('halted')])?.run).toBe('second');
});

test('changes are compared as sets, with every value', () => {
	expect(isSameChange({ a: [1, { b: '2', c: undefined }], d: null }, { d: null, a: [{ b: '2' }, 1] })).toBe(true);
	expect(isSameChange({ a: ['1'] }, { a: [1] })).toBe(false);
	expect(isSameChange({ a: [] }, { a: [1] })).toBe(false);
	expect(isSameChange([['a'], ['b']], [['a', 'b']])).toBe(false);
});
