import { expect, test } from 'vitest';
import { undo } from '../../../../src/engine/execute.ts';
import { observeFence } from '../../../../src/observe/fence.ts';
import { owedFences } from '../../../../src/observe/runs.ts';
import { denials } from '../../../../src/steps/fence/access.ts';
import { denialsOn, eastToWest, link, processOf, shipped } from '../../../support/estate.ts';
import { failedOver, onEast, paying, returned, runOf, step } from '../../../support/way-back.ts';

const never = new AbortController().signal;

const westToEast = { link: 'orders', from: 'west', to: 'east', mode: 'switchover' } as const;

test('a failover from a dead cluster owes the fence there until it is paid', async () => {
	const here = await failedOver();
	expect(await owedFences(here.world, link)).toMatchObject([
		{ cluster: 'east', active: 'west', owes: ['writers', 'readers'] },
	]);
	here.world.revive('east');
	expect(here.east.authorized('User:app', 'write', 'topic', 'orders')).toBe(true);
	expect((await runOf(here, onEast, paying)).result).toBe('done');
	expect(await owedFences(here.world, link)).toEqual([]);
	expect(here.east.authorized('User:app', 'write', 'topic', 'orders')).toBe(false);
	expect(here.east.authorized('User:batch', 'read', 'topic', 'orders')).toBe(false);
});

test('half a fence leaves the other half owed', async () => {
	const here = await failedOver();
	here.world.revive('east');
	await runOf(here, onEast, [step('fence-writers')]);
	expect(await owedFences(here.world, link)).toMatchObject([{ owes: ['readers'] }]);
});

test('while a fence is owed no switchover and no turned mirror begins, and both say so by name', async () => {
	const here = await failedOver();
	here.world.revive('east');
	await expect(runOf(here, westToEast, await shipped('switchover'))).rejects.toMatchObject({
		details: { checks: expect.arrayContaining([expect.objectContaining({ code: 'KDR_FENCE_OWED' })]) },
	});
	await expect(runOf(here, onEast, [step('fence-paid')])).rejects.toMatchObject({ code: 'KDR_FENCE_OWED' });
});

test('lifting takes what kdr made and its copies on either side, and leaves what another hand made', async () => {
	const here = await returned();
	const [copied] = denials(['orders'], ['User:app'], 'write');
	const [theirs] = denials(['invoices'], ['User:app'], 'write');
	if (!copied || !theirs) throw new Error('no denials');
	const literal = { ...copied, patternType: 'literal' as const };
	const allowed = { ...copied, permission: 'allow' as const };
	here.west.acls.push(literal, allowed);
	here.east.acls.push(theirs);
	const before = await observeFence(here.world, link, never);
	expect(before.sides.map(({ alias, made, copies }) => [alias, made?.length, copies.length])).toEqual([
		['east', 4, 0],
		['west', 0, 1],
	]);
	expect((await runOf(here, onEast, [step('fence-lift')])).result).toBe('done');
	expect(denialsOn(here.east)).toEqual([theirs]);
	expect(denialsOn(here.west)).toEqual([]);
	expect(here.west.acls).toContainEqual(allowed);
});

test('a denial that was there before kdr is not lifted with those kdr made', async () => {
	const [theirs] = denials(['orders'], ['User:app'], 'write');
	if (!theirs) throw new Error('no denial');
	const here = await returned(5, ({ east }) => void east.acls.push(theirs));
	await runOf(here, onEast, [step('fence-lift')]);
	expect(denialsOn(here.east)).toEqual([theirs]);
});

test('what somebody removed by hand is reported', async () => {
	const here = await returned();
	here.east.acls.splice(
		here.east.acls.findIndex(({ permission }) => permission === 'deny'),
		1,
	);
	const [east] = (await observeFence(here.world, link, never)).sides;
	expect([east?.made?.length, east?.gone.length]).toEqual([3, 1]);
});

test('with one side silent the status tells what the other knows, and names what it could not read', async () => {
	const here = await failedOver();
	const view = await observeFence(here.world, link, never);
	expect(view.debts).toHaveLength(1);
	expect(view.missing).toMatchObject([{ alias: 'east' }]);
	expect(view.sides[0]).toMatchObject({ alias: 'east', made: null });
});

test('a failover that was undone with its record owes nothing any more', async () => {
	const here = await failedOver();
	here.world.revive('east');
	here.world.clock.advance(60_000);
	const undoes = (await owedFences(here.world, link))[0]?.run ?? 'none';
	const move = { ...eastToWest, mode: 'change' } as const;
	const back = await undo(processOf(here, move), {
		run: 'back',
		undoes,
		command: 'kdr runs undo',
		consent: {},
		clusterIds: {},
		whole: false,
	});
	expect(back.result).toBe('done');
	expect(await owedFences(here.world, link)).toEqual([]);
});
