import { expect, test } from 'vitest';
import type { KindReport, ReportKinds } from '../../../../src/domain/report/kind-report.ts';
import { reportMarkdown } from '../../../../src/domain/report/markdown.ts';
import { report } from '../../../../src/domain/report/report.ts';
import type { JournalEntry, RunEvent, RunStep, StepOutcome } from '../../../../src/domain/run/events.ts';
import { operator } from '../../../support/toy.ts';

const kinds: ReportKinds = new Map<string, { report?: KindReport }>([
	['fence', { report: { phase: 'stop', outage: 'starts' } }],
	['evict', { report: { phase: 'stop', outage: 'starts' } }],
	['flip', { report: { phase: 'dns', outage: 'ends', notMeasured: ['arrival of clients is not measured'] } }],
	['offsets', {}],
]);
const steps: RunStep[] = ['fence', 'evict', 'offsets', 'flip'].map((kind) => ({
	id: kind,
	kind,
	params: {},
	...(kind === 'flip' && { pointOfNoReturn: true }),
}));
const summary = { what: 'w', now: 'n|o', after: 'a', undo: '-' };

/** A run in which every event comes one second after the one before. */
function journalOf(mode: 'switchover' | 'failover', body: readonly RunEvent[]): JournalEntry[] {
	const move = { link: 'orders', from: 'east', to: 'west', mode };
	const started: RunEvent = {
		v: 1,
		type: 'run.started',
		move,
		command: 'kdr',
		steps,
		operator: operator('ana'),
		consent: {},
		clusterIds: {},
	};
	return [started, ...body].map((event, index) => ({ offset: BigInt(index), at: 1_000 * index, run: '7f3a', event }));
}

const change = (step: string, outcome: StepOutcome = 'applied', more: object = {}): RunEvent[] => [
	{ v: 1, type: 'step.started', step },
	{ v: 1, type: 'step.intent', step, summary, change: null },
	{ v: 1, type: 'step.done', step, outcome, summary, checks: [], ...more },
];
const totals = {
	groups: 2,
	partitions: 4,
	exact: 3,
	bounded: 1,
	unknown: 0,
	rereadAtMost: '9007199254740993',
	worst: [{ group: 'billing', rereadAtMost: '12' }],
};
const offsets = change('offsets', 'partial', {
	outputName: 'offsetTotals',
	output: totals,
	failures: [{ item: 'group search', code: 'KDR_GROUP_ACTIVE', message: 'has members' }],
	checks: [{ code: 'x', status: 'warn', what: 'audit', observed: 'no checkpoint' }],
});
const ended: RunEvent = { v: 1, type: 'run.ended', result: 'incomplete', exit: 5 };

const entries = journalOf('switchover', [...change('fence'), ...change('evict'), ...offsets, ...change('flip'), ended]);

test('the report gives phases, the outage of the clients and every claim with its evidence', () => {
	const found = report(entries, kinds);
	expect(found).toMatchObject({
		result: 'incomplete',
		exit: 5,
		ms: 13_000,
		phases: [
			{ name: 'stop', ms: 4_000 },
			{ name: 'offsets', ms: 2_000 },
			{ name: 'dns', ms: 2_000 },
		],
		rto: { kind: 'at-most', ms: 10_000, from: 'first effect of fence', to: 'flip proven' },
		loss: { kind: 'unknown', reason: 'no step of this run stated it' },
		reread: {
			kind: 'at-most',
			records: '9007199254740993',
			exact: 3,
			bounded: 1,
			worst: [{ group: 'billing', records: '12' }],
		},
		failures: [{ step: 'offsets', item: 'group search' }],
		goOn: 'kdr runs resume 7f3a',
	});
	expect(JSON.parse(JSON.stringify(found))).toEqual(found);
});

test('what was not checked is listed: warnings, kinds that measure less than one may think, and what kdr never sees', () => {
	const texts = report(entries, kinds)?.notChecked.map(({ text }) => text) ?? [];
	expect(texts).toContain('warn: audit: no checkpoint');
	expect(texts).toContain('arrival of clients is not measured');
	expect(texts.some((text) => text.startsWith('what clients processed'))).toBe(true);
});

test('a failover counts from the start of the run; a skipped step is said with its cost', () => {
	const skipped: RunEvent = {
		v: 1,
		type: 'step.done',
		step: 'fence',
		outcome: 'skipped',
		summary: { ...summary, after: 'skipped: debt' },
		checks: [],
	};
	const loss = { recordsAtMost: null, msAtMost: 4_800, evidence: 'age of the newest mirrored record', worst: null };
	const events = [skipped, ...change('offsets', 'applied', { outputName: 'loss', output: loss }), ...change('flip')];
	const found = report(journalOf('failover', events), kinds);
	expect(found?.rto).toMatchObject({ ms: 7_000, from: 'start of the run' });
	expect(found?.loss).toMatchObject({ kind: 'at-most', records: null, ms: 4_800 });
	expect(found?.notChecked).toContainEqual({ step: 'fence', text: 'skipped: debt' });
	expect(found?.result).toBe('open');
});

test('while clients may still be without service the time is unknown, never a number', () => {
	expect(report(journalOf('switchover', change('fence')), kinds)?.rto).toMatchObject({ kind: 'unknown' });
	expect(report(journalOf('switchover', change('flip')), kinds)?.rto).toMatchObject({ kind: 'unknown' });
});

test('an output that says unknown stays unknown in the report', () => {
	const output = { ...totals, unknown: 1, rereadAtMost: null };
	const found = report(
		journalOf('switchover', change('offsets', 'applied', { outputName: 'offsetTotals', output })),
		kinds,
	);
	expect(found?.reread).toMatchObject({ kind: 'unknown', reason: '1 of 4 positions have no provable counterpart' });
});

test('the Markdown says the same, and names from outside cannot break its table', () => {
	const found = report(entries, kinds);
	if (!found) throw new Error('no report');
	const markdown = reportMarkdown(found);
	expect(markdown).toContain('# Incomplete: orders to west (exit 5)');
	expect(markdown).toContain('- **outage of clients**: at most 10.0 s, first effect of fence to flip proven');
	expect(markdown).toContain('at most 9007199254740993 records (4 positions: 3 exact, 1 bounded, 0 unknown)');
	expect(markdown).toContain('- offsets: group search — has members (KDR_GROUP_ACTIVE)');
	expect(markdown).toContain('n\\|o → a');
	expect(markdown).toContain('| | **point of no return** |');
	expect(markdown).toContain('Resume: `kdr runs resume 7f3a`');
});
