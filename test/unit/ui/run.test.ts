import { expect, test } from 'vitest';
import { KdrError } from '../../../src/domain/errors/kdr-error.ts';
import type { PlannedStep } from '../../../src/domain/plan/planned-step.ts';
import type { EngineEvent } from '../../../src/domain/run/engine-event.ts';
import type { Move } from '../../../src/domain/run/events.ts';
import { renderError } from '../../../src/ui/error.ts';
import { plainListener } from '../../../src/ui/plain.ts';
import { renderPlan } from '../../../src/ui/plan.ts';
import { plainScreen, screenOf } from '../../../src/ui/screen.ts';

const move: Move = { link: 'orders', from: 'east', to: 'west', mode: 'failover' };
const at = Date.UTC(2026, 10, 21, 3, 12, 7);
const screen = { ...plainScreen, width: 80 };

const planned = (id: string, over: Partial<PlannedStep> = {}): PlannedStep => ({
	step: { id, kind: id, params: {} },
	status: 'change',
	purpose: `what ${id} is for`,
	summary: { what: `${id} of something`, now: 'before', after: 'after', undo: 'back' },
	checks: [],
	waits: false,
	...over,
});

const steps = [
	planned('stop mirror'),
	planned('fence', {
		status: 'skipped',
		step: { id: 'fence', kind: 'fence', params: {}, skipCosts: 'writers on east are not fenced' },
	}),
	planned('dns', { step: { id: 'dns', kind: 'dns', params: {}, pointOfNoReturn: true } }),
	planned('arrival', {
		status: 'already',
		checks: [{ code: 'still-fresh', status: 'warn', what: 'mirror', observed: 'fresh', hint: 'kdr lag' }],
	}),
];

test('the plan shows each step, what it changes, and where there is no way back', () => {
	expect(renderPlan({ move, steps }, at, screen).split('\n')).toEqual([
		'orders   east → west   unplanned                            2026-11-21T03:12:07Z',
		'',
		'     STEP          WHAT                       NOW → THEN       UNDO',
		' 1   stop mirror   stop mirror of something   before → after   back',
		' 2   fence         fence of something         skipped          -',
		` ── point of no return ${'─'.repeat(56)}`,
		' 3   dns           dns of something           before → after   back',
		' 4   arrival       arrival of something       already after    -',
		' fence: skipped: writers on east are not fenced',
		'',
		' ⚠ arrival: mirror: fresh  still-fresh',
		'      kdr lag',
		'',
	]);
});

const unread = (id: string, observed: string) =>
	planned(id, {
		status: 'failed',
		checks: [
			{
				code: 'KDR_CLUSTER_UNREACHABLE',
				status: 'block',
				what: `what ${id} is for`,
				observed,
				hint: 'check bootstrap',
			},
		],
	});

test('one cause that fails many steps is printed once, with all of them', () => {
	const dead = 'east (127.0.0.1:9092): could not';
	const text = renderPlan(
		{ move, steps: [unread('fence', `${dead} list ACLs`), unread('drain', `${dead} list topics`)] },
		at,
		screen,
	);
	expect(text.split('\n').slice(-4)).toEqual([
		'',
		' ✖ fence, drain: east (127.0.0.1:9092): could not list ACLs  KDR_CLUSTER_UNREACHABLE',
		'      check bootstrap',
		'',
	]);
});

test('of a move that was made already nothing else is said', () => {
	const same = planned('preflight', {
		status: 'gate',
		checks: [
			{
				code: 'KDR_SAME_SIDE',
				status: 'block',
				what: 'the side the record points to',
				observed: 'west',
				hint: 'they are there',
			},
		],
	});
	expect(renderPlan({ move, steps: [unread('drain', 'x'), same] }, at, screen)).toBe('');
	const checks = [...same.checks, ...unread('drain', 'x').checks];
	const refused = new KdrError('KDR_SAME_SIDE', 'they are there', { details: { checks } });
	expect(renderError(refused, { screen, checksAbove: true })).not.toContain('KDR_CLUSTER_UNREACHABLE');
	expect(renderError(refused, { screen, checksAbove: true })).toContain(
		' ✖ the side the record points to: west  KDR_SAME_SIDE\n      they are there\n',
	);
});

test('every line of the plan fits into 80 columns, with and without Unicode', () => {
	const long = [
		planned('a-step-with-a-long-name', {
			summary: { what: 'x'.repeat(90), now: 'y'.repeat(90), after: 'z', undo: 'u'.repeat(40) },
		}),
	];
	const costs = 'a cost that takes many words '.repeat(5);
	long.push(planned('b', { status: 'skipped', step: { id: 'b', kind: 'b', params: {}, skipCosts: costs } }));
	for (const env of [{ LANG: 'C.UTF-8' }, { LANG: 'C' }]) {
		const shown = screenOf({ isTTY: true, columns: 80 }, { ...env, NO_COLOR: '1' });
		for (const line of renderPlan({ move, steps: long }, at, shown).split('\n'))
			expect(line.length).toBeLessThanOrEqual(80);
	}
});

test('in a log there is one line per change of state, and one every 10 s that says what is waited for', () => {
	let now = at + 31_204 - 7_000;
	let tick: () => void = () => {};
	const written: string[] = [];
	const listener = plainListener(screen, {
		write: (text) => written.push(text),
		now: () => now,
		monotonic: () => now,
		every: (ms, again) => {
			expect(ms).toBe(10_000);
			tick = again;
			return () => {
				tick = () => {};
			};
		},
	});
	const hear = (signal: EngineEvent) => listener.hear(signal);
	hear({ v: 1, type: 'step.started', step: 'dns' });
	hear({
		v: 1,
		type: 'step.intent',
		step: 'dns',
		summary: { what: 'A record', now: '10.1.0.10', after: '10.2.0.10', undo: 'back' },
		change: {},
	});
	hear({ type: 'progress', step: 'dns', text: 'PENDING at Route 53' });
	hear({ type: 'progress', step: 'dns', text: '2 of 4 name servers answer' });
	now += 10_000;
	tick();
	hear({
		v: 1,
		type: 'step.done',
		step: 'dns',
		outcome: 'applied',
		summary: { what: 'A record', now: '10.1.0.10', after: '10.2.0.10', undo: 'back' },
		checks: [],
	});
	tick();
	hear({ v: 1, type: 'run.ended', result: 'done', exit: 0 });
	expect(written.join('').split('\n')).toEqual([
		'03:12:31.204Z  dns       STARTED',
		'03:12:31.204Z  dns       CHANGING  A record: 10.1.0.10 → 10.2.0.10',
		'03:12:31.204Z  dns       WAITING   PENDING at Route 53',
		'03:12:41.204Z  dns       WAITING   2 of 4 name servers answer, for 10 s',
		'03:12:41.204Z  dns       DONE      A record: 10.2.0.10',
		'03:12:41.204Z  run       DONE',
		'',
	]);
});

test('steps at the same time each say what they wait for, an attempt made again and a hook have lines, and no wall clock counts', () => {
	let [wall, steady] = [at, 0];
	const ticks = new Map<number, () => void>();
	const written: string[] = [];
	const listener = plainListener(screen, {
		write: (text) => written.push(text.slice('03:12:31.204Z  '.length).trimEnd()),
		now: () => wall,
		monotonic: () => steady,
		every: (_ms, again) => {
			const key = ticks.size;
			ticks.set(key, again);
			return () => ticks.set(key, () => {});
		},
	});
	const hear = (signal: EngineEvent) => listener.hear(signal);
	const error = { code: 'KDR_TIMEOUT', message: 'no answer' };
	const summary = { what: 'w', now: 'n', after: 'a', undo: '-' };
	for (const step of ['a', 'b']) hear({ v: 1, type: 'step.started', step });
	hear({ type: 'progress', step: 'a', text: 'for a' });
	hear({ type: 'progress', step: 'b', text: 'for b' });
	steady += 10_000;
	wall -= 3_600_000;
	for (const tick of ticks.values()) tick();
	hear({ v: 1, type: 'step.done', step: 'a', outcome: 'applied', summary, checks: [] });
	for (const tick of ticks.values()) tick();
	hear({ v: 1, type: 'step.failed', step: 'b', error, checks: [], worldMayHaveChanged: false, retryInMs: 2_000 });
	hear({ v: 1, type: 'hook.ended', hook: 'page', what: 'notify' });
	expect(written).toEqual([
		'a         STARTED',
		'b         STARTED',
		'a         WAITING   for a',
		'b         WAITING   for b',
		'a         WAITING   for a, for 10 s',
		'b         WAITING   for b, for 10 s',
		'a         DONE      w: a',
		'b         WAITING   for b, for 10 s',
		'b         RETRY     retried in 2 s: KDR_TIMEOUT no answer',
		'page      HOOK      notify',
	]);
});
