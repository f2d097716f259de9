import { expect, test } from 'vitest';
import type { LinkStatus } from '../../../src/domain/run/link-status.ts';
import { observeLinkStatus } from '../../../src/observe/link-status.ts';
import { plainScreen } from '../../../src/ui/screen.ts';
import { describeIncomplete, renderStatus } from '../../../src/ui/status.ts';
import { estate, link } from '../../support/estate.ts';
import { failedOver } from '../../support/way-back.ts';

const at = Date.UTC(2026, 10, 21, 3, 12, 7);
const rest: LinkStatus = {
	...{ link: 'orders', active: 'east', recordUnknown: null, open: [], fenced: [], debts: [] },
	...{ unreadable: [], missing: [], next: null },
};

test('a link at rest says so, and nothing else', () => {
	const text = renderStatus(rest, at, plainScreen);
	expect(text).toContain('active   ✔ east: the DNS record sends clients there');
	expect(text).toContain('no run is open, nothing is fenced, no fence is owed');
	expect(text).toMatch(/\nNothing to do\.\n$/);
});

test('a run that stopped comes with what is fenced since when, the next command and every other way', () => {
	const standing = { kind: 'halted', step: 'dns-flip' } as const;
	const open = [
		{
			...{ run: '7f3a', title: 'switchover', from: 'east', to: 'west', startedAt: at, standing },
			waysOn: ['kdr runs resume 7f3a', 'kdr runs abort 7f3a'],
		},
	];
	const fenced = [{ cluster: 'east', since: at, denials: 10, limited: 0, byPerson: false }];
	const next = { command: 'kdr runs resume 7f3a', why: 'run 7f3a (switchover) is not finished' };
	const text = renderStatus({ ...rest, open, fenced, next }, at, plainScreen);
	expect(text).toContain('⚠ 7f3a: switchover east → west, started 2026-11-21T03:12:07Z, halted at dns-flip');
	expect(text).toContain('⚠ east since 2026-11-21T03:12:07Z (10 denials)');
	expect(text).toMatch(/\nNext: {2}kdr runs resume 7f3a\n.*\nOr: {4}kdr runs abort 7f3a\n$/);
});

test('what could not be read is unknown and named, never "nothing to do"', () => {
	const missing = [{ alias: 'east', why: 'no broker answers' }];
	const text = renderStatus({ ...rest, active: null, recordUnknown: 'timeout', missing }, at, plainScreen);
	expect(text).toContain('? unknown: the DNS record could not be read (timeout)');
	expect(text).toContain('? the journal of east, so runs and fences that only it records: no broker answers');
	expect(text).toContain('as far as the readable journal says');
	expect(text).not.toContain('no run is open');
});

test('a silent cluster is explained once: the error after the status says that it is incomplete, and repeats no line of it', () => {
	const missing = [{ alias: 'east', why: 'no broker answers' }];
	const silent = { ...rest, missing };
	const screen = renderStatus(silent, at, plainScreen) + describeIncomplete(silent);
	expect(screen.split('the journal of east')).toHaveLength(2);
	expect(screen.split('no broker answers')).toHaveLength(2);
	expect(describeIncomplete(silent)).toBe('the status is incomplete: kdr could not read east');
	expect(describeIncomplete({ ...silent, recordUnknown: 'timeout' })).toMatch(/east and the DNS record$/);
	expect(describeIncomplete(rest)).toBeNull();
});

test('with the active cluster dead the next command is a failover, with its fence owed the paying of it', async () => {
	const here = estate();
	here.world.kill('east');
	const dead = await observeLinkStatus(here.world, link, () => false);
	expect(dead.next?.command).toBe('kdr failover --to west --dry-run');
	const moved = await observeLinkStatus((await failedOver()).world, link, () => false);
	expect(moved.next?.command).toBe('kdr fence pay --wait --confirm east');
	for (const line of renderStatus(moved, at, { ...plainScreen, live: true, width: 80 }).split('\n'))
		expect(line.length).toBeLessThanOrEqual(80);
});
