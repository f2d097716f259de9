import { expect, test } from 'vitest';
import type { Move } from '../../../../src/domain/run/events.ts';
import { run } from '../../../../src/engine/execute.ts';
import { lookAtOffsets } from '../../../../src/observe/offsets/view.ts';
import { offsetsRetention } from '../../../../src/steps/offsets/offsets-retention.ts';
import { ask, at, context, type Estate, estate, ioOf, processOf, produce, request } from '../../../support/estate.ts';

const change: Move = { link: 'orders', from: 'east', to: 'west', mode: 'change' };
const ctx = context({ move: change });
const day = 86_400_000;
const latest = { reset: { to: 'latest' }, policy: 'none', allowRewind: false };

function scene(): Estate {
	const here = estate();
	produce(here.east, 10);
	here.world.pump();
	here.west.commitAs('billing', at(0), 3n);
	return here;
}

const set = (here: Estate, id: string, params: Record<string, unknown> = latest) =>
	run(processOf(here, change), request(id, change, [{ id: 'offsets', kind: 'offsets-commit', params }]));

const found = async (here: Estate) => (await ask(offsetsRetention, here, { ctx })).checks[0];

test('offsets that were set are warned of before they expire, and not once their consumers have come', async () => {
	const here = scene();
	expect(await found(here)).toMatchObject({ status: 'pass' });
	await set(here, 'a0000001');
	here.world.clock.advance(5 * day);
	expect(await found(here)).toMatchObject({ status: 'pass', observed: '1 group, none expires soon' });
	here.world.clock.advance(day);
	const late = await found(here);
	expect(late).toMatchObject({
		status: 'warn',
		hint: 'set them again: kdr offsets convert --to west --to-current --confirm west',
	});
	expect(late?.observed).toContain('billing expires');
	here.west.join('billing', { topics: ['orders'] });
	expect(await found(here)).toMatchObject({ status: 'pass' });
});

test('setting them again as they are is done when they soon expire, and nothing to do before', async () => {
	const here = scene();
	await set(here, 'a0000001');
	const commits = () => here.world.faults.calls.filter((call) => call === 'west groups.commit').length;
	here.world.clock.advance(day);
	await set(here, 'a0000002', { ...latest, reset: { to: 'current' } });
	expect(commits()).toBe(1);
	here.world.clock.advance(5 * day);
	expect((await set(here, 'a0000003', { ...latest, reset: { to: 'current' } })).result).toBe('done');
	expect(commits()).toBe(2);
	expect(await found(here)).toMatchObject({ status: 'pass' });
});

test('a retention that cannot be read is unknown, in the plan and in the check, and stops nobody', async () => {
	const here = scene();
	await set(here, 'a0000001');
	const look = async () =>
		(await lookAtOffsets({ ...planParams, reset: { to: 'latest' } }, ioOf(here, change), ctx)).view.kept;
	expect(await look()).toContain('UTC');
	here.world.faults.failNext('cluster', 'offsetRetentionMs', 'before');
	expect(await look()).toContain('unknown');
	here.world.faults.failNext('cluster', 'offsetRetentionMs', 'before');
	expect(await found(here)).toMatchObject({ status: 'warn' });
});

const planParams = {
	method: 'auto',
	conservative: false,
	readAll: false,
	policy: 'none',
	allowRewind: false,
	syncStopped: false,
} as const;
