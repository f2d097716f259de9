import { expect, test } from 'vitest';
import type { Move } from '../../../../src/domain/run/events.ts';
import type { EngineEnv } from '../../../../src/engine/env.ts';
import { run as start } from '../../../../src/engine/execute.ts';
import { observeSalvage } from '../../../../src/observe/salvage.ts';
import {
	allow,
	at,
	type Estate,
	link,
	processOf,
	produce,
	recordOf,
	request,
	shipped,
} from '../../../support/estate.ts';
import { failedOver, onEast, returned, runOf } from '../../../support/way-back.ts';

const rebuild = await shipped('rebuild');
const run = (here: Estate, consent: Record<string, string> = {}) => runOf(here, onEast, rebuild, consent);
const discard = { 'discard-tail': 'booked by hand' };
const allowed = ({ east, west }: Estate) => [east, west].forEach((kafka) => void allow(kafka, 'User:app'));
const valuesOn = (kafka: Estate['east'], partition = 0) =>
	[...kafka.log(at(partition)).read(0n, 1_000n, 'committed')].map(({ value }) => value?.toString());
const moveRecord = ({ dns }: Estate, to: string) => dns.overwrite(recordOf([to]));
const idOf = ({ east }: Estate) => east.topics.get('orders')?.id;

test('the cluster the clients are on is never emptied', async () => {
	const here = await returned(0, allowed);
	moveRecord(here, '127.0.1.1');
	const before = idOf(here);
	await expect(run(here)).rejects.toMatchObject({ code: 'KDR_SAME_SIDE' });
	expect(idOf(here)).toBe(before);
});

test('records nobody has settled are not deleted, and with a reason they are', async () => {
	const here = await returned(3, allowed);
	await expect(run(here)).rejects.toMatchObject({ code: 'KDR_TAIL_OPEN' });
	expect((await run(here, discard)).result).toBe('done');
	here.world.clock.advance(5_000);
	for (const partition of [0, 1]) expect(valuesOn(here.east, partition)).toEqual(valuesOn(here.west, partition));
	expect((await observeSalvage(here.world, link)).run).toBeNull();
});

test('somebody who reads there still keeps it from being emptied', async () => {
	const here = await failedOver(0, allowed);
	here.world.revive('east');
	here.world.clock.advance(60_000);
	here.east.join('stranger', { topics: ['orders'], principal: 'User:kdr' });
	await expect(run(here)).rejects.toMatchObject({ code: 'KDR_GROUP_ACTIVE' });
});

test('what the active side no longer holds is counted to the record, and lost only with that number accepted', async () => {
	const here = await returned(0, allowed);
	here.west.log(at(0)).deleteBefore(7n);
	await expect(run(here, { 'accept-loss': '6' })).rejects.toMatchObject({
		code: 'KDR_LOSS_NOT_ACCEPTED',
		message: expect.stringContaining('at most 7 records: orders 0 7 (older than what is kept there)'),
	});
	await expect(run(here, { 'accept-loss': '5m' })).rejects.toMatchObject({ code: 'KDR_LOSS_NOT_ACCEPTED' });
	expect((await run(here, { 'accept-loss': '7' })).result).toBe('done');
});

test('where both sides hold all there ever was, identical records are none that only one of them holds', async () => {
	const alike = ({ east }: Estate) => {
		for (let i = 0; i < 30; i++)
			east.produce('User:app', 'payments', 0, { key: 'k', value: 'v', timestamp: 1_768_014_000_000n });
	};
	const here = await returned(0, allowed, (estate) => {
		estate.east.createTopic('payments', 1);
		alike(estate);
		estate.world.pump();
	});
	expect((await run(here)).result).toBe('done');
});

test('a topic that only the returned cluster has is named whole', async () => {
	const here = await returned(0, allowed);
	here.east.createTopic('payments', 1);
	for (let i = 0; i < 4; i++) here.east.log(at(0, 'payments')).append({ value: `p${i}` }, here.world.clock.now());
	await expect(run(here, { ...discard, 'accept-loss': '3' })).rejects.toMatchObject({
		message: expect.stringContaining('payments 0 4 (west has no such partition)'),
	});
});

test('a mirror that would not fill it keeps it from being emptied', async () => {
	for (const [key, value] of [
		['topics', 'payments'],
		['topics.exclude', 'ord.*'],
		['source.consumer.auto.offset.reset', 'latest'],
	] as const) {
		const here = await returned(0, allowed);
		const forward = here.connect.running.get('east-to-west-source');
		if (forward) forward.config = { ...forward.config, [key]: value };
		await expect(run(here), `${key}=${value}`).rejects.toMatchObject({
			code: expect.stringMatching(/^KDR_(TOPIC|CONNECTOR)_MISSING$/),
		});
	}
});

test('clients moved back in mid-run stop it right before anything is deleted', async () => {
	const here = await returned(0, allowed);
	const before = idOf(here);
	const listener: EngineEnv['listener'] = (event) => {
		if (event.type === 'step.done' && event.step === 'rebuild-loss') moveRecord(here, '127.0.1.1');
	};
	const outcome = await start(processOf(here, onEast, { listener }), request('mid-run', onEast, rebuild));
	expect(outcome.error?.message).toMatch(/rebuild|topics-delete|record points to/);
	expect(outcome.result, 'nothing was written yet').toBe('refused');
	expect(idOf(here)).toBe(before);
});

test('clients can move onto the rebuilt cluster, and the mirror out of it carries nothing a second time', async () => {
	const here = await returned(2, allowed);
	await run(here, discard);
	here.world.clock.advance(5_000);
	for (const partition of [0, 1]) produce(here.west, 5, at(partition), 'since');
	here.world.clock.advance(5_000);
	const home: Move = { link: link.name, from: 'west', to: 'east', mode: 'switchover' };
	const outcome = await runOf(here, home, await shipped('switchover'));
	expect(outcome.error?.message).toBeUndefined();
	const held = valuesOn(here.west);
	produce(here.east, 1, at(0), 'home');
	here.world.clock.advance(10_000);
	expect(valuesOn(here.west)).toEqual([...held, `home-0-${held.length}`]);
});
