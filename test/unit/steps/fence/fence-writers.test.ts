import { expect, test } from 'vitest';
import type { AclBinding } from '../../../../src/ports/acls.ts';
import { fenceWriters } from '../../../../src/steps/fence/fence-writers.ts';
import {
	allow,
	at,
	context,
	denialsOn,
	estate,
	planOf,
	produce,
	saysOf,
	statusOf,
	take,
	undo,
	verifyNow,
} from '../../../support/estate.ts';

test('writes of the named principals are denied, and of nobody else', async () => {
	const here = estate();
	for (const principal of ['User:app', 'User:batch', 'User:other']) allow(here.east, principal);
	const { verified } = await take(fenceWriters, here);
	expect(statusOf(verified, 'fence-in-place')).toBe('pass');
	expect(() => produce(here.east, 1)).toThrow(/TOPIC_AUTHORIZATION_FAILED/);
	expect(() => here.east.produce('User:other', 'orders', 0, { value: 'x' })).not.toThrow();
	expect(here.east.authorized('User:app', 'read', 'topic', 'orders')).toBe(true);
	expect(
		new Set(here.east.acls.filter(({ permission }) => permission === 'deny').map(({ principal }) => principal)),
	).toEqual(new Set(['User:app', 'User:batch']));
});

test('denials are PREFIXED: MirrorMaker 2 copies LITERAL ones to the other side, where they would shut out the moved clients', async () => {
	const here = estate();
	await take(fenceWriters, here);
	expect(denialsOn(here.east).length).toBeGreaterThan(0);
	for (const { patternType, permission } of denialsOn(here.east))
		expect({ patternType, permission }).toEqual({ patternType: 'prefixed', permission: 'deny' });
	expect(denialsOn(here.west)).toEqual([]);
});

test('a topic outside the link whose name has the same beginning is named as hit too', async () => {
	const here = estate();
	here.east.createTopic('orders-audit', 1);
	const { checks } = await planOf(fenceWriters, here);
	expect(statusOf(checks, 'fence-collateral')).toBe('warn');
	expect(saysOf(checks, 'fence-collateral')).toBe('orders-audit');
});

test('a fence half up is completed, a whole one is left alone', async () => {
	const here = estate();
	here.east.createTopic('payments', 1);
	const first = await planOf(fenceWriters, here);
	const [one] = first.change?.deny ?? [];
	if (!one) throw new Error('no denial planned');
	here.east.acls.push(one);
	const { change } = await take(fenceWriters, here);
	expect(change?.deny.length).toBe(3);
	expect((await planOf(fenceWriters, here)).change).toBeNull();
});

test('verification blocks as long as one denial is missing', async () => {
	const here = estate();
	await take(fenceWriters, here);
	expect(statusOf(await verifyNow(fenceWriters, here), 'fence-in-place')).toBe('pass');
	here.east.acls.pop();
	expect(statusOf(await verifyNow(fenceWriters, here), 'fence-in-place')).toBe('block');
});

test('undo lifts what this run denied, and keeps the same denial that a team had before', async () => {
	const here = estate();
	for (const principal of ['User:app', 'User:batch']) allow(here.east, principal);
	const { change: whole } = await planOf(fenceWriters, here);
	const allowed = [...here.east.acls];
	const theirs: AclBinding[] = [
		...(whole?.deny.slice(0, 1) ?? []),
		{ ...(whole?.deny[0] as AclBinding), principal: 'User:auditor' },
	];
	here.east.acls.push(...theirs);
	const { change } = await take(fenceWriters, here);
	if (!change) throw new Error('nothing was changed');
	await undo(fenceWriters, here, change);
	expect(here.east.acls).toEqual([...allowed, ...theirs]);
	expect(here.east.authorized('User:batch', 'write', 'topic', at().topic)).toBe(true);
});

test('a canary that one late answer keeps from being asked is asked again: that refuses no move', async () => {
	const here = estate();
	here.east.application = 'User:app';
	const fits = async () =>
		statusOf((await planOf(fenceWriters, here, { ctx: context({ preview: true }) })).checks, 'canary-fit');
	here.world.faults.failNext('canary', 'writable', 'before', { side: 'east' });
	expect(await fits()).toBe('pass');
	for (let late = 0; late < 3; late++) here.world.faults.failNext('canary', 'writable', 'before', { side: 'east' });
	expect(await fits()).toBe('block');
});
