import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import type { KafkaRecord } from '../../../src/domain/kafka/record.ts';
import { salvageTotals } from '../../../src/domain/salvage/view.ts';
import { observeSalvage } from '../../../src/observe/salvage.ts';
import { at, type Estate, link, produce } from '../../support/estate.ts';
import { exported } from '../../support/salvaged.ts';
import { failedOver, onEast, paying, returned, runOf, step } from '../../support/way-back.ts';

const look = (here: Estate) => observeSalvage(here.world, link);
const fates = async (here: Estate) => salvageTotals((await look(here)).rows).fates;
const replay = (here: Estate, params: Record<string, unknown> = {}) =>
	runOf(here, onEast, [step('salvage-replay', params)]);
const valuesOn = (here: Estate, partition = 0): string[] =>
	[...here.west.log(at(partition)).read(0n, 1_000n, 'committed')].map(({ value }) => value?.toString() ?? 'null');
const headersOf = ({ headers }: KafkaRecord): string[] =>
	headers.map(([name, value]) => `${name.toString()}=${value?.toString()}`);

test('exactly the records the mirror never copied are found, with those of aborted transactions left out', async () => {
	const here = await returned(5, ({ east }) => {
		const aborted = east.transaction('User:app');
		aborted.produce('orders', 0, { key: 'k', value: 'never' });
		aborted.abort();
		produce(east, 2, at(0), 'more');
	});
	const { rows, unknown } = await look(here);
	expect(unknown).toEqual([]);
	expect(rows.map(({ partition, records, from }) => [partition, records, from])).toEqual([
		[0, 7, 20n],
		[1, 5, 20n],
	]);
});

test('identical records on both sides of the cut are distinguished: none is left out, none is written twice', async () => {
	const alike =
		(count: number) =>
		({ east }: Estate) => {
			for (let i = 0; i < count; i++)
				east.produce('User:app', 'orders', 0, { key: 'k', value: 'v', timestamp: 1_768_014_000_000n });
		};
	const here = await returned(0, alike(70), alike(200));
	expect((await look(here)).rows).toMatchObject([{ partition: 0, from: 220n, records: 70, doubtful: 0 }]);
	expect((await replay(here)).result).toBe('done');
	expect(valuesOn(here).filter((value) => value === 'v')).toHaveLength(270);
});

/** The first 20 records of each partition are mirrored, then lost with their topic on west; 3 more of each are mirrored, 2 more are not. */
const deletedOnWest = () =>
	returned(
		2,
		() => {},
		({ world, west, east }) => {
			world.pump();
			west.deleteTopic('orders');
			world.clock.advance(1_000);
			for (const partition of [0, 1]) produce(east, 3, at(partition), 'since');
		},
		'unknown',
	);

test('records that the active cluster lost before the move, with a topic that was deleted there, are part of the tail', async () => {
	const here = await deletedOnWest();
	const { rows, unknown } = await look(here);
	expect(unknown).toEqual([]);
	expect(rows.map(({ partition, records, from }) => [partition, records, from])).toEqual([
		[0, 20, 0n],
		[0, 2, 23n],
		[1, 20, 0n],
		[1, 2, 23n],
	]);
	await expect(runOf(here, onEast, [step('salvage-settled')])).rejects.toThrow('44 records only on east');
	expect((await replay(here)).result).toBe('done');
	expect(await fates(here)).toMatchObject({ free: 0, conflict: 0, replayed: 44 });
	expect(new Set(valuesOn(here)).size).toBe(25);
});

test('after a planned move, or none, there is no tail', async () => {
	const here = await returned(0);
	expect((await look(here)).rows).toEqual([]);
});

test('a replay appends each once with its origin, and a second one finds nothing to do', async () => {
	const here = await returned(3);
	expect((await replay(here)).result).toBe('done');
	expect(valuesOn(here).slice(-3)).toEqual(['tail-0-20', 'tail-0-21', 'tail-0-22']);
	const last = [...here.west.log(at(0)).read(0n, 1_000n, 'committed')].at(-1);
	expect(last && headersOf(last)).toEqual(['kdr-origin=east/orders/0/22']);
	const ends = here.west.log(at(0)).edges().end;
	const again = await replay(here);
	expect(again.state?.steps.map(({ outcome }) => outcome)).toEqual(['already']);
	expect(here.west.log(at(0)).edges().end).toBe(ends);
	expect(await fates(here)).toMatchObject({ free: 0, conflict: 0, replayed: 6 });
});

test('a replay whose answer is lost, or that stops half-way, doubles nothing when it is asked again', async () => {
	const here = await returned(3);
	here.world.faults.failNext('writer', 'append', 'after', { side: 'west' });
	await replay(here);
	await replay(here);
	for (const partition of [0, 1]) {
		const tail = valuesOn(here, partition).filter((value) => value.startsWith('tail'));
		expect(tail).toHaveLength(3);
	}
});

test('a key written since on the active cluster is a conflict, taken or left as asked', async () => {
	const here = await returned(3);
	here.west.produce('User:app', 'orders', 0, { key: 'k21', value: 'newer' });
	expect(await fates(here)).toMatchObject({ conflict: 1, free: 5 });
	await replay(here, { conflicts: false });
	expect(valuesOn(here)).not.toContain('tail-0-21');
	expect(await fates(here)).toMatchObject({ conflict: 1, free: 0, replayed: 5 });
	await replay(here);
	expect(valuesOn(here).at(-1)).toBe('tail-0-21');
});

test('on a compacted topic an older value never follows a newer one', async () => {
	const here = await returned(
		3,
		({ east }) => void Object.assign(east.topics.get('orders')?.config ?? {}, { 'cleanup.policy': 'compact' }),
	);
	here.west.produce('User:app', 'orders', 0, { key: 'k21', value: 'newer' });
	expect(await fates(here)).toMatchObject({ superseded: 1, conflict: 0 });
	await replay(here);
	expect(valuesOn(here)).not.toContain('tail-0-21');
	expect(valuesOn(here)).toContain('tail-0-22');
});

test('with a journal silent nothing is claimed: the newest move may be in it', async () => {
	const here = await returned(3);
	here.world.kill('west');
	await expect(look(here)).rejects.toMatchObject({ code: 'KDR_TAIL_UNKNOWN' });
});

test('while the fence is owed the tail may grow: it is not replayed', async () => {
	const here = await failedOver(3);
	here.world.revive('east');
	await expect(replay(here)).rejects.toMatchObject({ code: 'KDR_FENCE_OWED' });
});

test('what the mirror brought back since is no tail, because the fence recorded where the logs ended', async () => {
	const here = await returned(3);
	const turn = [step('recall-cuts'), step('mirror-seed'), step('mirror-resume')];
	expect((await runOf(here, onEast, turn)).result).toBe('done');
	produce(here.west, 4, at(0), 'since');
	here.world.clock.advance(5_000);
	expect(here.east.log(at(0)).edges().end).toBe(27n);
	expect((await look(here)).rows.map(({ records }) => records)).toEqual([3, 3]);
});

test('without a recorded end, and with records mirrored back, the tail is unknown and not replayed', async () => {
	const here = await failedOver(3);
	here.world.revive('east');
	here.world.clock.advance(60_000);
	await runOf(here, onEast, paying.slice(0, 2));
	expect((await look(here)).rows.map(({ records }) => records)).toEqual([3, 3]);
	await runOf(here, onEast, [step('recall-cuts'), step('mirror-seed'), step('mirror-resume')]);
	produce(here.west, 4, at(0), 'since');
	here.world.clock.advance(5_000);
	expect((await look(here)).unknown).toMatchObject([{ partition: 0 }]);
	await expect(replay(here)).rejects.toMatchObject({ code: 'KDR_TAIL_UNKNOWN' });
});

test('the export holds every byte: null apart from empty, and bytes that are no text', async () => {
	const odd = Buffer.from([0, 255, 254]);
	const here = await returned(0, ({ east }) => {
		east.produce('User:app', 'orders', 0, { key: odd, value: null, headers: [[Buffer.from('h'), null]] });
		east.produce('User:app', 'orders', 0, { key: null, value: '' });
	});
	const { file } = await exported(here);
	const lines = (await readFile(file, 'utf8'))
		.trimEnd()
		.split('\n')
		.map((line) => JSON.parse(line));
	expect(lines).toMatchObject([
		{
			cluster: 'east',
			topic: 'orders',
			partition: 0,
			offset: '20',
			key: odd.toString('base64'),
			value: null,
			headers: [['aA==', null]],
		},
		{ offset: '21', key: null, value: '', headers: [] },
	]);
});
