import { expect, test } from 'vitest';
import type { JournalEntry, Operator, RunEvent } from '../../../../src/domain/run/events.ts';
import { foldRuns } from '../../../../src/domain/run/fold.ts';
import { standingOf, titleOf, waysOn } from '../../../../src/domain/run/standing.ts';

const ana: Operator = { user: 'ana', host: 'bastion', pid: 1, version: '0.1.0' };
const started = (more: Partial<Extract<RunEvent, { type: 'run.started' }>> = {}): RunEvent => ({
	...{ v: 1, type: 'run.started', move: { link: 'orders', from: 'east', to: 'west', mode: 'switchover' } },
	...{ command: 'kdr switchover --to west', operator: ana, consent: {}, clusterIds: {} },
	steps: [
		{ id: 'fence', kind: 'set', params: {} },
		{ id: 'dns', kind: 'set', params: {}, pointOfNoReturn: true },
	],
	...more,
});
const intent = (step: string): RunEvent => ({
	...{ v: 1, type: 'step.intent', step, change: {} },
	summary: { what: step, now: '', after: '', undo: '' },
});
const ended = (result: 'done' | 'halted' | 'incomplete'): RunEvent => ({ v: 1, type: 'run.ended', result, exit: 5 });
const begun: RunEvent = { v: 1, type: 'step.started', step: 'fence' };

/** Runs as their events follow one another in one journal, a second apart; `clock` shifts one of them. */
function runsOf(events: [run: string, event: RunEvent][], clock: Record<string, number> = {}) {
	const entries = events.map(
		([run, event], index): JournalEntry => ({
			...{ run, event, offset: BigInt(index * 2) },
			at: index * 1_000 + (clock[run] ?? 0),
		}),
	);
	const { runs } = foldRuns(entries);
	return (run: string, now = 60_000, isGone?: (operator: Operator) => boolean) => {
		const state = runs.find((one) => one.run === run);
		if (!state) throw new Error(`no run ${run}`);
		const standing = standingOf(state, runs, now, isGone);
		return { standing, ways: waysOn(state, standing), title: titleOf(state) };
	};
}

test('a run that was undone is undone, whatever it ended with, and nothing offers to resume it', () => {
	const at = runsOf([
		...([started(), intent('fence'), ended('halted')] as const).map((event): [string, RunEvent] => ['r', event]),
		['u', started({ undoes: 'r', steps: [{ id: 'undo-fence', kind: 'set', params: {} }] })],
		['u', intent('undo-fence')],
		['u', ended('done')],
	]);
	expect(at('r')).toMatchObject({ standing: { kind: 'undone', by: 'u' }, ways: [] });
	expect(at('u')).toMatchObject({ standing: { kind: 'done' }, title: 'undo of r', ways: [] });
});

test.each([0, 600_000, -600_000])(
	'a halted run is overtaken by one that wrote later, with its clock off by %i ms',
	(skew) => {
		const at = runsOf(
			[
				...([started(), begun, intent('fence'), ended('halted')] as const).map((event): [string, RunEvent] => [
					'r',
					event,
				]),
				...([started(), begun, intent('fence'), ended('done')] as const).map((event): [string, RunEvent] => [
					's',
					event,
				]),
			],
			{ r: skew },
		);
		expect(at('r')).toMatchObject({ standing: { kind: 'overtaken', by: 's' }, ways: [] });
		expect(at('s').standing).toEqual({ kind: 'done' });
	},
);

test('a run that only looked is not overtaken by one that wrote before it started', () => {
	const at = runsOf([
		...([started(), begun, intent('fence'), ended('halted')] as const).map((event): [string, RunEvent] => ['r', event]),
		...([started(), begun, ended('halted')] as const).map((event): [string, RunEvent] => ['s', event]),
	]);
	expect(at('s')).toMatchObject({ standing: { kind: 'halted', step: 'fence' } });
	expect(at('r').standing.kind).toBe('halted');
});

test('nobody runs a run whose process is gone, however fresh its last sign is; all ways on are named', () => {
	const at = runsOf([
		['r', started()],
		['r', begun],
		['r', intent('fence')],
	]);
	expect(at('r', 3_000).standing).toMatchObject({ kind: 'active', operator: ana });
	expect(at('r', 3_000, () => true)).toMatchObject({
		standing: { kind: 'silent', silentMs: 1_000 },
		ways: ['kdr runs resume r', 'kdr runs abort r', 'kdr failover --to west --supersede REASON'],
	});
});

test('a run is called what was started; one of an older kdr by its mode', () => {
	const at = runsOf([
		['a', started({ title: 'failback' })],
		['b', started()],
	]);
	expect([at('a').title, at('b').title]).toEqual(['failback', 'switchover']);
});
