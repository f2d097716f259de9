import { expect, test } from 'vitest';
import { type Report, report } from '../../../src/domain/report/report.ts';
import type { RunEvent } from '../../../src/domain/run/events.ts';
import { foldRuns } from '../../../src/domain/run/fold.ts';
import { renderQuit, renderRunEnd } from '../../../src/ui/run-end.ts';
import { renderRuns } from '../../../src/ui/runs.ts';
import { plainScreen } from '../../../src/ui/screen.ts';

const at = Date.UTC(2026, 10, 21, 3, 12, 7);
const operator = { user: 'ada', host: 'ops1', pid: 1, version: '0.1.0' };
const started: RunEvent = {
	v: 1,
	type: 'run.started',
	move: { link: 'orders', from: 'east', to: 'west', mode: 'failover' },
	command: 'kdr failover --to west',
	steps: [{ id: 'dns', kind: 'dns-flip', params: {}, pointOfNoReturn: true }],
	operator,
	consent: {},
	clusterIds: {},
};
const entries = (events: RunEvent[]) =>
	events.map((event, index) => ({ offset: BigInt(index), at: at + index * 10_000, run: '7f3a', event }));

const whole = (over: Partial<Report> = {}): Report => {
	const base = report(entries([started, { v: 1, type: 'run.ended', result: 'done', exit: 0 }]), new Map());
	if (!base) throw new Error('no report');
	return { ...base, ...over };
};
const objectives = { rpo: 30_000, rto: 300_000 };

test('what is not known is unknown in the last lines too, never zero', () => {
	const text = renderRunEnd(whole(), plainScreen, objectives);
	expect(text).toContain('✔ Done.  RTO unknown.  RPO unknown.');
	expect(text).toContain('  lost        unknown (no step of this run stated it)');
	expect(text).toContain('  read again  unknown (no step of this run set offsets)');
	expect(text).toMatch(/next {8}kdr runs show 7f3a\n$/);
});

test('bounds are rounded up and shown with the objectives', () => {
	const text = renderRunEnd(
		whole({
			rto: { kind: 'at-most', ms: 38_610, from: 'start of the run', to: 'dns proven', evidence: 'journal' },
			loss: { kind: 'at-most', records: '1907', ms: 4_701, evidence: 'age', worst: 'payments 3: 812', step: 'loss' },
			reread: {
				kind: 'at-most',
				records: '212',
				groups: 40,
				exact: 39,
				bounded: 1,
				worst: [{ group: 'billing', records: '212' }],
				evidence: '90 positions',
				step: 'offsets',
			},
		}),
		plainScreen,
		objectives,
	);
	expect(text).toContain('RTO to the flip at most 38.7 s of 5 m.  RPO at most 4.8 s of 30 s.');
	expect(text).toContain('lost        at most 1,907 records, written in the last 4.8 s, worst payments 3: 812 (age)');
	expect(text).toContain('read again  at most 212 records in 40 groups, worst billing: 212 (90 positions)');
});

test('a run that stopped says first what is fenced since when, and leaves what to type to the error below', () => {
	const fenced = [
		{ step: 'fence', since: '2026-11-21T03:12:31.204Z', what: 'User:app on 5 topics of east: WRITE denied' },
	];
	const text = renderRunEnd(whole({ result: 'halted', goOn: 'kdr runs resume 7f3a', fenced }), plainScreen);
	expect(text).toMatch(
		/^✖ Halted\.\n\n {2}fenced {6}since 2026-11-21T03:12:31Z: User:app on 5 topics of east: WRITE denied\n/,
	);
	expect(text).toMatch(/report {6}kdr runs show 7f3a\n$/);
	expect(renderRunEnd(whole({ result: 'interrupted' }), plainScreen)).toContain('no client is fenced or evicted');
});

test('a failover ends with the way back, in commands that work as printed', () => {
	const text = renderRunEnd(whole(), plainScreen);
	expect(text).toMatch(/way back {4}1\. start east; .*:\n +kdr fence pay --wait --confirm east\n/);
	expect(text).toMatch(/2\. .* kdr salvage plan\n +3\. .* kdr failback --to east\n/);
	const planned = whole({ move: { link: 'orders', from: 'east', to: 'west', mode: 'switchover' } });
	expect(renderRunEnd(planned, plainScreen)).not.toContain('way back');
});

test('what is not checked in any run is counted at the end, and in full in the report', () => {
	const notChecked = [
		{ step: 'a', text: 'warn: lag: 3' },
		{ text: 'x', general: true as const },
	];
	const text = renderRunEnd(whole({ notChecked }), plainScreen);
	expect(text).toContain('not checked a: warn: lag: 3\n');
	expect(text).toContain('not checked 1 limit that every run like this has: kdr runs show 7f3a');
});

test('the list distinguishes an open run, with its step, from one that ended', () => {
	const open = foldRuns(entries([started, { v: 1, type: 'step.started', step: 'dns' }])).runs;
	const done = foldRuns(entries([started, { v: 1, type: 'run.ended', result: 'done', exit: 0 }])).runs;
	const lines = renderRuns([...done, ...open], at + 60_000, { ...plainScreen, width: 120 }).split('\n');
	expect(lines[1]).toMatch(
		/^7f3a {3}orders {3}failover east → west {3}done {10}10 s {3}2026-11-21 03:12:07Z {3}ada@ops1$/,
	);
	expect(lines[2]).toMatch(/open at dns {3}open/);
	expect(renderRuns([], at, plainScreen)).toBe('The journal holds no run.\n');
});

test('a list that is too narrow folds: direction and step of a run are never cut off', () => {
	const { runs } = foldRuns(entries([started, { v: 1, type: 'step.started', step: 'dns' }]));
	const text = renderRuns(runs, at + 60_000, { ...plainScreen, live: true, width: 80 });
	expect(text).not.toContain('…');
	for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
});

test('below the list is what to type about a run that is open, or halted and the last of its link', () => {
	const textOf = (events: RunEvent[], after: number) =>
		renderRuns(foldRuns(entries(events)).runs, at + after, plainScreen)
			.split('\n')
			.at(-2);
	expect(textOf([started], 60_000)).toBe(
		'Run 7f3a is open, and its last sign of life is 1 m old: kdr runs resume 7f3a · kdr failover --to west --supersede REASON',
	);
	expect(textOf([started], 3_000)).toBe('ada@ops1 is running run 7f3a: kdr runs show 7f3a');
	const halted: RunEvent = { v: 1, type: 'run.ended', result: 'halted', exit: 5 };
	expect(textOf([started, halted], 60_000)).toBe('Run 7f3a can be resumed (kdr runs resume 7f3a).');
	expect(textOf([started, { v: 1, type: 'run.ended', result: 'done', exit: 0 }], 60_000)).toMatch(/^7f3a .*done/);
});

test('a process that quits at once leaves the id of its run, what may be half done, and every way on', () => {
	const begun = report(entries([started, { v: 1, type: 'step.started', step: 'dns' }]), new Map());
	const text = renderQuit('7f3a', begun, plainScreen);
	expect(text).toContain('Quit. Run 7f3a stays open; step dns may be done or not.\n');
	expect(text).toContain('no client is fenced or evicted by this run');
	for (const command of ['kdr status', 'kdr runs resume 7f3a', 'kdr runs undo 7f3a']) expect(text).toContain(command);
	expect(renderQuit('7f3a', undefined, plainScreen), 'a resumed run may have fenced before').toContain(
		'fenced            unknown',
	);
});
