import { expect, test } from 'vitest';
import type { JournalEntry, RunEvent, StepSummary } from '../../../../src/domain/run/events.ts';
import { foldRuns } from '../../../../src/domain/run/fold.ts';
import { lockView, openRun } from '../../../../src/domain/run/lock-view.ts';
import { operator } from '../../../support/toy.ts';

const summary: StepSummary = { what: 'w', now: 'n', after: 'a', undo: '-' };
const started: RunEvent = {
	v: 1,
	type: 'run.started',
	move: { link: 'orders', from: 'east', to: 'west', mode: 'switchover' },
	command: 'kdr switchover --to west',
	steps: [
		{ id: 'a', kind: 'a', params: {} },
		{ id: 'b', kind: 'b', params: {} },
	],
	operator: operator('ana'),
	consent: { confirm: 'west' },
	clusterIds: {},
};
const doneA: RunEvent = {
	v: 1,
	type: 'step.done',
	step: 'a',
	outcome: 'applied',
	summary,
	checks: [],
	output: [],
	outputName: 'cuts',
};

/** Entries one second apart, numbered as the engine numbers them. */
const journal = (events: readonly RunEvent[], run = 'r'): JournalEntry[] =>
	events.map((event, index) => ({
		offset: BigInt(index),
		at: 1_000 * index,
		run,
		event: { seq: index + 1, ...event },
	}));

const fold = (events: readonly RunEvent[]) => {
	const [state] = foldRuns(journal(events)).runs;
	if (!state) throw new Error('no run');
	return state;
};

test('the state is what the events say: status, intent, outcome, output, who, when', () => {
	const intent: RunEvent = { v: 1, type: 'step.intent', step: 'b', summary, change: { to: '1' } };
	const state = fold([
		started,
		{ v: 1, type: 'step.started', step: 'a' },
		doneA,
		{ v: 1, type: 'step.started', step: 'b' },
		intent,
		{ v: 1, type: 'run.resumed', operator: operator('bo'), takeover: 'ana left' },
		{ v: 1, type: 'run.heartbeat', operator: operator('bo'), step: 'b' },
	]);
	expect(state.steps[0]).toMatchObject({
		status: 'done',
		outcome: 'applied',
		startedAt: 1_000,
		endedAt: 2_000,
		output: { name: 'cuts' },
	});
	expect(state.steps[1]).toMatchObject({ status: 'intent', change: { to: '1' }, intentAt: 4_000 });
	expect(state).toMatchObject({
		written: true,
		lastSignAt: 6_000,
		lastStep: 'b',
		operator: { user: 'bo' },
		consent: { confirm: 'west' },
	});
	expect(state.resumed).toMatchObject([{ takeover: 'ana left' }]);
	expect(state.ended).toBeUndefined();
});

test('a step started again after its intent keeps that intent; one done in part plans again', () => {
	const begin: RunEvent = { v: 1, type: 'step.started', step: 'a' };
	const intent: RunEvent = { v: 1, type: 'step.intent', step: 'a', summary, change: 'c' };
	expect(fold([started, begin, intent, begin]).steps[0]).toMatchObject({ status: 'started', change: 'c' });
	const partial: RunEvent = { v: 1, type: 'step.done', step: 'a', outcome: 'partial', summary, checks: [] };
	expect(fold([started, begin, intent, partial, begin]).steps[0]?.change).toBeUndefined();
});

test('an event written twice after a lost reply counts once', () => {
	const once = journal([started, doneA]);
	const [entry] = once.slice(1);
	if (!entry) throw new Error('no entry');
	const [state] = foldRuns([...once, { ...entry, offset: 2n, at: 9_000 }]).runs;
	expect(state).toMatchObject({ seq: 2, steps: [{ endedAt: 1_000 }, {}] });
	expect(state?.unreadable).toBeUndefined();
});

test('a hole in the numbers, a newer version and an unknown type are said, never guessed over', () => {
	const strange = (event: object) => fold([started, event as RunEvent, doneA]);
	expect(strange({ v: 2, type: 'step.done', step: 'a' }).unreadable).toContain('version 2');
	expect(strange({ v: 1, type: 'step.dreamt', step: 'a' }).unreadable).toContain('step.dreamt');
	expect(strange({ ...doneA, seq: 9 }).unreadable).toBe('events 2 to 8 are missing');
	expect(strange({ ...doneA, step: 'z' }).unreadable).toContain('step z');
	expect(strange({ v: 2, type: 'step.done', step: 'a' }).steps[0]?.status).toBe('pending');
});

test('a run whose start cannot be understood is listed as such, not dropped', () => {
	const newer = { ...started, v: 2 } as unknown as RunEvent;
	const ended: RunEvent = { v: 1, type: 'run.ended', result: 'done', exit: 0 };
	expect(foldRuns(journal([newer]))).toMatchObject({ runs: [], unreadable: [{ run: 'r', ended: false }] });
	expect(foldRuns(journal([newer, ended])).unreadable).toMatchObject([{ ended: true }]);
	expect(foldRuns(journal([doneA])).unreadable).toMatchObject([{ reason: 'its start is not in the journal' }]);
});

test('an open run is live for 15 s after its last sign, then silent; an ended one holds nothing', () => {
	const open = fold([started, { v: 1, type: 'step.started', step: 'a' }]);
	expect(lockView(open, 15_999)).toMatchObject({ kind: 'live', step: 'a', ageMs: 14_999 });
	expect(lockView(open, 16_000).kind).toBe('silent');
	expect(lockView(open, 0)).toMatchObject({ kind: 'live', ageMs: 0 });
	const ended = fold([started, { v: 1, type: 'run.ended', result: 'halted', exit: 5 }]);
	expect(lockView(ended, 2_000).kind).toBe('none');
	expect(openRun([ended, open], 'orders')).toBe(open);
	expect(openRun([open], 'payments')).toBeUndefined();
});

test('a run is held until it is released, resumed or ended; a heartbeat does not end the hold', () => {
	const held: RunEvent = { v: 1, type: 'run.held', step: 'b' };
	const beat: RunEvent = { v: 1, type: 'run.heartbeat', operator: operator('ana'), step: 'b' };
	expect(fold([started, held, beat]).held).toEqual({ at: 1_000, step: 'b' });
	expect(fold([started, held, { v: 1, type: 'run.released', step: 'b', by: operator('bo') }])).toMatchObject({
		released: { by: { user: 'bo' } },
	});
	expect(fold([started, held, { v: 1, type: 'run.resumed', operator: operator('bo') }]).held).toBeUndefined();
});

test('every change that was intended is kept, also of a step that was tried again', () => {
	const begin: RunEvent = { v: 1, type: 'step.started', step: 'a' };
	const intent = (change: unknown): RunEvent => ({ v: 1, type: 'step.intent', step: 'a', summary, change });
	const partial: RunEvent = { v: 1, type: 'step.done', step: 'a', outcome: 'partial', summary, checks: [] };
	expect(fold([started, begin, intent(['x', 'y']), partial, begin, intent(['y'])]).steps[0]?.intents).toEqual([
		['x', 'y'],
		['y'],
	]);
});

test('a resumed run is open again', () => {
	const ended: RunEvent = { v: 1, type: 'run.ended', result: 'interrupted', exit: 130 };
	expect(fold([started, ended, { v: 1, type: 'run.resumed', operator: operator('bo') }]).ended).toBeUndefined();
});
