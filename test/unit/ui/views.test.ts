import { expect, test } from 'vitest';
import { atMost, exactly, unknown } from '../../../src/domain/claim.ts';
import type { DnsView } from '../../../src/domain/dns/view.ts';
import type { MirrorView } from '../../../src/domain/mirror/view.ts';
import type { OffsetsView } from '../../../src/domain/offsets/view.ts';
import { renderDns } from '../../../src/ui/dns.ts';
import { renderLag } from '../../../src/ui/lag.ts';
import { renderMirror } from '../../../src/ui/mirror.ts';
import { renderOffsets } from '../../../src/ui/offsets.ts';
import { plainScreen } from '../../../src/ui/screen.ts';

test('a copy that lacks records is named on a line of its own, with how it is known', () => {
	const lines = renderLag(
		{
			...{ link: 'orders', from: 'east', to: 'west', at: 0, mirror: 'RUNNING', fromAnswers: true, topics: [] },
			...{ behind: atMost(20_328n, 'x'), behindMs: unknown('x') },
			incomplete: [
				{ topic: 'orders', partition: 0, recordsAtMost: 20_328n, evidence: 'begins with offset 20328 of east' },
				{ topic: 'state', partition: 1, recordsAtMost: null, evidence: 'compacted' },
			],
		},
		plainScreen,
		{ trend: false },
	);
	expect(lines).toContain(
		'orders 0 on west lacks at most 20,328 records; the mirror will not bring them: begins with offset 20328 of east.',
	);
	expect(lines).toContain('Whether state 1 on west is complete is unknown: compacted.');
});

test('lag that is not known is the word unknown with its reason, on every line', () => {
	const linesOf = (trend: boolean) =>
		renderLag(
			{
				link: 'orders',
				from: 'east',
				to: 'west',
				at: 0,
				behind: unknown('east does not answer'),
				behindMs: unknown('east does not answer'),
				mirror: 'RUNNING, 2 of 2 tasks',
				fromAnswers: false,
				topics: [
					{
						topic: 'orders',
						partitions: 6,
						behind: unknown('east does not answer'),
						behindMs: atMost(2_140, 'age'),
						trend: 'unknown',
					},
					{
						topic: 'tx',
						partitions: 2,
						behind: exactly(0n, 'last data record is the same on both sides'),
						behindMs: exactly(0, 'x'),
						trend: 'drained',
					},
				],
			},
			plainScreen,
			{ trend },
		).split('\n');
	expect(linesOf(true)[1]).toBe('TOPIC    PARTITIONS    BEHIND   SECONDS   TREND     KNOWN BY');
	expect(linesOf(true)[2]).toBe('orders            6   unknown     ≤ 2.2   unknown   east does not answer');
	expect(linesOf(false), 'one look knows no trend').toEqual([
		'orders   east → west   behind by unknown (east does not answer)         mirror RUNNING, 2 of 2 tasks',
		'TOPIC    PARTITIONS    BEHIND   SECONDS   KNOWN BY',
		'orders            6   unknown     ≤ 2.2   east does not answer',
		'tx                2         0       0.0   last data record is the same on both sides',
		'',
		'east does not answer: these bounds come from west alone.',
		'',
	]);
});

const offsets: OffsetsView = {
	to: 'west',
	rows: [
		{
			group: 'billing',
			topic: 'orders',
			partition: 3,
			prior: null,
			next: 88_214n,
			proof: 'exact',
			rereadAtMost: 0n,
			why: 'same record',
		},
		{
			group: 'replay',
			topic: 'orders',
			partition: 0,
			prior: 97_120n,
			next: 87_120n,
			proof: 'exact',
			rereadAtMost: 0n,
			why: 'rewound on east',
		},
		{
			group: 'search',
			topic: 'tx',
			partition: 0,
			prior: null,
			next: 4_410n,
			proof: 'bounded',
			rereadAtMost: 12n,
			why: 'gaps',
		},
		{
			group: 'audit',
			topic: 'cmp',
			partition: 1,
			prior: null,
			next: null,
			proof: 'unknown',
			rereadAtMost: null,
			why: 'no sync before 5,000',
		},
	],
	totals: { groups: 4, partitions: 4, exact: 2, bounded: 1, unknown: 1, rereadAtMost: null },
	refused: [{ item: 'group hot', code: 'KDR_GROUP_ACTIVE', message: 'has 2 running members' }],
	applied: false,
	applyWith: 'kdr offsets convert --to west --confirm west',
};

test('offsets come worst first, an unknown one never looks like a number', () => {
	expect(renderOffsets(offsets, plainScreen, 3).split('\n')).toEqual(
		[
			'GROUP    TOPIC   P    PRIOR       NEW      MOVE     AGAIN   PROOF',
			'audit    cmp     1     none   unknown             unknown   unknown   no sync before 5,000',
			'search   tx      0     none     4,410                ≤ 12   bounded   gaps',
			'replay   orders  0   97,120    87,120   -10,000         0   exact     rewound on east',
			'',
			'GROUP     PARTITIONS   EXACT   BOUNDED   UNKNOWN     AGAIN   BACK',
			'audit              1       0         0         1   unknown      0',
			'search             1       0         1         0      ≤ 12      0',
			'replay             1       1         0         0         0      1',
			'billing            1       1         0         0         0      0',
			'',
			' ✖ group hot: has 2 running members  KDR_GROUP_ACTIVE',
			'',
			'3 of 4 rows are shown, the worst first; --wide shows all.',
			'4 groups, 4 partitions: exact 2 · bounded 1 (≤ 12 read again) · unknown 1.',
			'Read again: unknown.',
			'Nothing was changed. To commit these offsets: kdr offsets convert --to west --confirm west',
			'',
		].map((line) =>
			expect.stringMatching(new RegExp(`^${line.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/ +/g, ' +')}$`)),
		),
	);
});

const dns: DnsView = {
	name: 'kafka.example.com.',
	record: { name: 'kafka.example.com.', type: 'A', ttl: 30, values: ['10.2.0.10'] },
	side: 'west',
	values: { east: ['10.1.0.10'], west: ['10.2.0.10'] },
	answers: [
		{ server: '10.0.0.1:53', values: ['10.2.0.10'], ttl: 30 },
		{ server: '10.0.0.2:53', values: ['10.1.0.10'], ttl: 30 },
		{ server: '10.0.0.3:53', error: 'timeout' },
	],
};

test('a name server that does not answer is unknown and not counted as agreeing', () => {
	const text = renderDns(dns, plainScreen);
	expect(text).toMatch(/10\.0\.0\.3:53 +unknown +timeout/);
	expect(text).toMatch(/10\.0\.0\.2:53 +10\.1\.0\.10 +east +30/);
	expect(text).toContain('⚠ Clients are sent to west; 1 of 3 name servers answer what the provider holds.');
	expect(renderDns({ ...dns, record: null, side: null }, plainScreen)).toContain('⚠ The record does not exist; 0 of 3');
});

const mirror: MirrorView = {
	link: 'orders',
	flows: [{ source: 'east', target: 'west' }],
	connectors: [
		{
			name: 'a',
			role: 'source',
			source: 'east',
			target: 'west',
			state: 'RUNNING',
			tasks: { running: 2, all: 2 },
			partitions: exactly(9, 'x'),
		},
		{ name: 'b', role: 'source', source: 'west', target: 'east', state: 'missing', tasks: { running: 0, all: 0 } },
	],
	others: [],
	unreachable: [],
};

test('both directions at once is a failure, no answer is unknown, not "stopped"', () => {
	expect(renderMirror(mirror, plainScreen)).toContain(
		'✔ orders: the mirror east → west is running. To see whether records arrive: kdr lag',
	);
	expect(
		renderMirror({ ...mirror, flows: [...mirror.flows, { source: 'west', target: 'east' }] }, plainScreen),
	).toContain('✖ orders: mirrors run in both directions');
	const silent = renderMirror(
		{ ...mirror, flows: [], connectors: [], unreachable: [{ alias: 'west', why: 'timeout' }] },
		plainScreen,
	);
	expect(silent).toContain('? Connect of west: unknown (timeout)');
	expect(silent).toContain('? orders: the direction of the mirror is unknown.');
});

test('groups whose names differ only at the end stay apart on a narrow screen', () => {
	const name = 'payments-consumer-of-the-settlement-service-in-region-eu-central';
	const rows = [1, 2].map((n) => ({ ...offsets.rows[0], group: `${name}-${n}` }) as OffsetsView['rows'][number]);
	const text = renderOffsets({ ...offsets, rows }, { ...plainScreen, live: true, width: 80 });
	for (const line of text.split('\n').slice(0, 8)) expect(line.length).toBeLessThanOrEqual(80);
	expect(text).not.toContain('…');
	expect(text).toMatch(/-1\b/);
	expect(text).toMatch(/-2\b/);
});

test('where no group is rewound or set by a policy, their names get the room of those columns', () => {
	const name = 'payments-settlement-consumer-eu-west-1';
	const rows = [1, 2, 3].map((n) => ({ ...offsets.rows[0], prior: null, group: `${name}-${n}` }));
	const text = renderOffsets(
		{ ...offsets, rows: rows as OffsetsView['rows'] },
		{ ...plainScreen, live: true, width: 80 },
		1,
	);
	const lines = text.slice(text.indexOf('PARTITIONS')).split('\n').slice(1, 8);
	expect(text).not.toMatch(/POLICY|BACK/);
	expect(text).toContain('UNKNOWN');
	expect(lines.indexOf(''), 'two lines a name, and none broken into pieces of a few letters').toBe(6);
});
