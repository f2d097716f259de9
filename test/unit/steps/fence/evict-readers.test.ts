import { expect, test } from 'vitest';
import { run } from '../../../../src/engine/execute.ts';
import { evictReaders } from '../../../../src/steps/fence/evict-readers.ts';
import {
	allow,
	at,
	denialsOn,
	eastToWest,
	estate,
	planOf,
	processOf,
	produce,
	request,
	saysOf,
	shipped,
	statusOf,
	take,
	undo,
	verifyNow,
} from '../../../support/estate.ts';

test('members of both group types are gone, and READ keeps them from coming back', async () => {
	const here = estate();
	here.east.join('billing', { topics: ['orders'] });
	here.east.join('modern', { topics: ['orders'] }, 'consumer');
	const { verified, change } = await take(evictReaders, here);
	expect(verified.map(({ status }) => status)).toEqual(['pass', 'pass']);
	expect(change?.groups).toEqual(['billing', 'modern']);
	here.world.clock.advance(60_000);
	expect((await here.world.side('east').groups.list()).map(({ state }) => state)).toEqual(['Empty', 'Empty']);
});

test('READ is denied on topics with PREFIXED patterns and never on groups: a denied group could not even leave', async () => {
	const here = estate();
	await take(evictReaders, here);
	expect(
		new Set(
			denialsOn(here.east).map(
				({ resourceType, patternType, operation }) => `${resourceType} ${patternType} ${operation}`,
			),
		),
	).toEqual(new Set(['topic prefixed read']));
});

test('members that do not leave by themselves are removed once the grace is over', async () => {
	const here = estate();
	const { memberId } = here.east.join('stubborn', { topics: ['orders'] });
	here.east.commitAs('stubborn', at(), 0n);
	const group = here.east.group('stubborn');
	group.running = [];
	group.present = new Set([memberId]);
	group.running = [
		{ memberId, instanceId: null, clientId: 'c', host: '/127.0.0.1', principal: 'User:app', topics: [] },
	];
	await take(evictReaders, here);
	expect(here.world.faults.calls).toContain('east groups.evict');
});

test('a member of a principal that is not fenced comes back, and verification says which group still has members', async () => {
	const here = estate();
	allow(here.east, 'User:somebody');
	here.east.join('foreign', { topics: ['orders'], principal: 'User:somebody' });
	here.east.join('billing', { topics: ['orders'] });
	await take(evictReaders, here);
	here.world.clock.advance(500);
	const verified = await verifyNow(evictReaders, here);
	expect(statusOf(verified, 'readers-gone')).toBe('block');
	expect(saysOf(verified, 'readers-gone')).toBe('foreign (Stable)');
});

test('a broker that cannot say who is left is taken to still have members', async () => {
	const here = estate();
	here.east.join('billing', { topics: ['orders'] });
	here.world.faults.failNext('groups', 'members', 'before', { after: 0 });
	await expect(take(evictReaders, here, { params: { grace: 0 } })).rejects.toMatchObject({ code: 'KDR_TIMEOUT' });
	here.world.faults.failNext('groups', 'list', 'before', { after: 1 });
	const { verified } = await take(evictReaders, here);
	expect(statusOf(verified, 'readers-gone')).toBe('pass');
});

test('groups of other topics, and of Connect and Schema Registry, are neither denied nor removed', async () => {
	const here = estate();
	const { east } = here;
	east.createTopic('other', 1);
	east.join('mirrormaker2-cluster', { topics: [], principal: 'User:mm2' });
	east.join('other-team', { topics: ['other'], principal: 'User:other' });
	east.join('app-of-ours', { topics: ['other'] });
	const { verified } = await take(evictReaders, here);
	expect(verified.map(({ status }) => status)).toEqual(['pass', 'pass']);
	expect(here.world.faults.calls).not.toContain('east groups.evict');
	expect(new Set(denialsOn(east).map(({ resourceName, principal }) => `${resourceName} ${principal}`))).toEqual(
		new Set(['orders User:app', 'orders User:batch']),
	);
	expect((await here.world.side('east').groups.list()).map(({ state }) => state)).toEqual([
		'Stable',
		'Stable',
		'Stable',
	]);
});

test('a whole move passes beside groups of other teams that come back at once', async () => {
	const here = estate();
	const { east, world } = here;
	east.createTopic('other', 1);
	east.namesGroupTypes = false;
	east.join('mirrormaker2-cluster', { topics: [], principal: 'User:mm2' });
	east.join('other-team', { topics: ['other'], principal: 'User:other' });
	for (const partition of [0, 1]) produce(east, 5, at(partition));
	world.pump();
	const outcome = await run(processOf(here, eastToWest), request('r1', eastToWest, await shipped('switchover')));
	expect(outcome.error?.message).toBeUndefined();
	expect(outcome.exit).toBe(0);
	expect(world.faults.calls).not.toContain('east groups.evict');
});

test('a group of which nothing can be read is named and not stopped', async () => {
	const here = estate();
	here.east.join('new', { topics: ['orders'], principal: 'User:somebody' });
	here.east.group('new').rebalancing = true;
	allow(here.east, 'User:somebody');
	const { verified, change } = await take(evictReaders, here);
	expect(change?.groups).toEqual([]);
	expect(statusOf(verified, 'readers-unread')).toBe('warn');
	expect(saysOf(verified, 'readers-unread')).toBe('new: unknown (it rebalances and has committed nothing yet)');
});

test('groups that the link leaves out are left alone', async () => {
	const here = estate();
	here.east.join('console-1', { topics: ['other'] });
	const { change } = await planOf(evictReaders, here);
	expect(change?.groups).toEqual([]);
});

test('after an undo the readers come back', async () => {
	const here = estate();
	here.east.join('billing', { topics: ['orders'] });
	const { change } = await take(evictReaders, here);
	if (!change) throw new Error('nothing was changed');
	await undo(evictReaders, here, change);
	here.world.clock.advance(500);
	expect(denialsOn(here.east)).toEqual([]);
	expect((await here.world.side('east').groups.list())[0]?.state).toBe('Stable');
});
