import { expect, test } from 'vitest';
import { salvageTotals } from '../../../../src/domain/salvage/view.ts';
import { observeSalvage } from '../../../../src/observe/salvage.ts';
import { salvageSettled } from '../../../../src/steps/salvage/salvage-settled.ts';
import { ask, at, context, type Estate, eastToWest, link } from '../../../support/estate.ts';
import { exported } from '../../../support/salvaged.ts';
import { onEast, returned, runOf, step } from '../../../support/way-back.ts';

const replay = (here: Estate, params: Record<string, unknown> = {}) =>
	runOf(here, onEast, [step('salvage-replay', params)]);
const valuesOn = (here: Estate, topic: string, partition = 0): string[] =>
	[...here.west.log(at(partition, topic)).read(0n, 1_000n, 'committed')].map(
		({ value }) => value?.toString() ?? 'null',
	);
const totals = async (here: Estate) => salvageTotals((await observeSalvage(here.world, link)).rows);
const settled = async (here: Estate) =>
	!(await ask(salvageSettled, here, { ctx: context({ move: eastToWest }) })).stopped;

test('a quarantine topic gets the whole tail, each record once, and that settles the tail', async () => {
	const here = await returned(3);
	expect(await settled(here)).toBe(false);
	expect((await replay(here, { toTopic: 'parked' })).result).toBe('done');
	expect([...valuesOn(here, 'parked', 0), ...valuesOn(here, 'parked', 1)].sort()).toEqual(
		[0, 1].flatMap((partition) => [20, 21, 22].map((offset) => `tail-${partition}-${offset}`)),
	);
	expect(here.west.topics.get('parked')?.config).toMatchObject({ 'retention.ms': '-1' });
	expect(await settled(here)).toBe(true);
	const again = await replay(here, { toTopic: 'parked' });
	expect(again.state?.steps.map(({ outcome }) => outcome)).toEqual(['already']);
	expect(here.west.log(at(0)).edges().end, 'nothing went to the topics themselves').toBe(20n);
});

test('what lies in quarantine can be replayed later all the same', async () => {
	const here = await returned(2);
	await replay(here, { toTopic: 'parked' });
	await replay(here);
	expect(valuesOn(here, 'orders').slice(-2)).toEqual(['tail-0-20', 'tail-0-21']);
	expect(await totals(here)).toMatchObject({ open: 0, fates: { replayed: 4 } });
});

test('a quarantine topic among those of the link is refused: its records would be taken for new ones', async () => {
	const here = await returned(2);
	await expect(replay(here, { toTopic: 'payments' })).rejects.toMatchObject({ code: 'KDR_CHECK_FAILED' });
});

test('older values of a compacted topic go to quarantine, and never onto the topic', async () => {
	const compacted = { 'cleanup.policy': 'compact' };
	const here = await returned(2, ({ east }) => void Object.assign(east.topics.get('orders')?.config ?? {}, compacted));
	here.west.produce('User:app', 'orders', 0, { key: 'k21', value: 'newer' });
	await replay(here, { toTopic: 'parked' });
	expect(valuesOn(here, 'parked')).toContain('tail-0-21');
	expect((await totals(here)).quarantined.superseded).toBe(1);
});

test('only the keys asked for are taken, as text or as base64', async () => {
	const here = await returned(3);
	await replay(here, { keys: ['k20'] });
	await replay(here, { keys: [`base64:${Buffer.from('k22').toString('base64')}`] });
	expect(valuesOn(here, 'orders').slice(20)).toEqual(['tail-0-20', 'tail-0-22']);
	expect(await totals(here)).toMatchObject({ open: 2 });
});

test('a rate is kept over all partitions', async () => {
	const here = await returned(20);
	const begun = here.world.clock.monotonic();
	await replay(here, { rate: 10 });
	const seconds = (here.world.clock.monotonic() - begun) / 1_000;
	expect(await totals(here)).toMatchObject({ open: 0 });
	// 40 records, the last batch of three not waited for after.
	expect(seconds).toBeGreaterThanOrEqual(3.5);
	expect(seconds).toBeLessThan(12);
});

test('a binary export is replayed once, also when the cluster it came from is gone', async () => {
	const here = await returned(3);
	const { file, records } = await exported(here, { binary: true });
	expect(records).toBe(6);
	await replay(here, { keys: ['k21'] });
	here.east.topics.delete('orders');
	expect((await replay(here, { file })).result).toBe('done');
	expect(valuesOn(here, 'orders').slice(20)).toEqual(['tail-0-21', 'tail-0-20', 'tail-0-22']);
	const again = await replay(here, { file });
	expect(again.state?.steps.map(({ outcome }) => outcome)).toEqual(['already']);
});
