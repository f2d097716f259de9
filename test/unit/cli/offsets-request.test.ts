import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { z } from 'zod';
import { offsetsRequest, wireParams } from '../../../src/cli/offsets-request.ts';
import { offsetsParams } from '../../../src/domain/offsets/params.ts';
import { type PlanFile, writePlan } from '../../../src/domain/offsets/plan-file.ts';
import { temporaryFolder } from '../../support/clean-up.ts';

const folder = temporaryFolder('offsets');
afterAll(() => rmSync(folder, { recursive: true }));

const file = (name: string, content: string): string => {
	const path = join(folder, name);
	writeFileSync(path, content);
	return path;
};

const plan = (over: Partial<PlanFile> = {}): string =>
	writePlan({
		...{
			schema: 'kdr.offsets-plan/1',
			createdAt: '2026-11-21T03:12:00.000Z',
			link: 'orders',
			from: 'east',
			to: 'west',
		},
		params: wireParams(offsetsRequest({ 'to-offset': '9007199254740993' }, 0)),
		facts: {
			clusterIds: { west: 'W' },
			rows: [['billing', 'orders', 0, null, 2n ** 53n + 1n, 2n ** 60n]],
			refused: [],
		},
		...over,
	});

test('a command leaves unknown positions as they are, rewinds nothing and requires the sync stopped, unless a flag says otherwise', () => {
	expect(offsetsRequest({}, 0)).toEqual({
		method: 'auto',
		conservative: false,
		readAll: false,
		policy: 'none',
		allowRewind: false,
		syncStopped: true,
	});
	const asked = offsetsRequest(
		{ policy: 'earliest', 'allow-rewind': true, 'stop-checkpoints': true, group: ['a'], topic: ['t:1'] },
		0,
	);
	expect(asked).toMatchObject({ policy: 'earliest', allowRewind: true, syncStopped: false, groups: ['a'] });
	expect(asked.topics).toEqual([{ topic: 't', partitions: [1] }]);
});

test('a place to go and a method exclude each other, but for the time that says the same twice', () => {
	expect(() => offsetsRequest({ method: 'exact', 'to-latest': true }, 0)).toThrow(
		'--method exact and an explicit offset exclude each other',
	);
	expect(offsetsRequest({ method: 'timestamp', 'to-datetime': '1970-01-01T00:00:01' }, 0).reset).toEqual({
		to: 'time',
		at: 1_000,
	});
});

test('a CSV file of three columns needs the one group, and excludes other places', () => {
	const csv = file('one.csv', 'orders,0,5\n');
	expect(offsetsRequest({ 'from-file': csv, group: ['g'] }, 0).reset).toEqual({
		to: 'rows',
		rows: [['g', 'orders', 0, 5n]],
	});
	expect(() => offsetsRequest({ 'from-file': csv, group: ['g', 'h'] }, 0)).toThrow('has no group');
	expect(() => offsetsRequest({ 'from-file': csv, 'to-latest': true, group: ['g'] }, 0)).toThrow('exclude each other');
	expect(() => offsetsRequest({ 'from-file': join(folder, 'none.csv') }, 0)).toThrow('cannot be read');
});

test('a saved plan brings back every number exactly, and says alone what is set', () => {
	const saved = file('plan.json', plan());
	const params = offsetsRequest({ plan: saved, to: 'west' }, 0);
	expect(params.reset).toEqual({ to: 'offset', offset: 9_007_199_254_740_993n });
	expect(params.planned?.rows[0]?.[4]).toBe(2n ** 53n + 1n);
	expect(z.decode(offsetsParams, JSON.parse(JSON.stringify(wireParams(params))))).toEqual(params);
	expect(() => offsetsRequest({ plan: saved, to: 'east' }, 0)).toThrow('the plan is for west');
	expect(() => offsetsRequest({ plan: saved, to: 'west', 'to-latest': true }, 0)).toThrow(
		'--to-latest and --plan exclude each other',
	);
});

test.each([
	['no JSON', '{', 'not JSON'],
	['another file', '{}', 'the plan file: schema'],
	['a plan of a later kdr', plan().replace('plan/1', 'plan/2'), 'the plan file: schema'],
	['parameters that are none', plan({ params: { method: 'magic' } }), 'the plan file'],
])('%s is refused as a plan', (_name, content, why) => {
	expect(() => offsetsRequest({ plan: file('bad.json', content), to: 'west' }, 0)).toThrow(why);
});
