import { expect, test } from 'vitest';
import { z } from 'zod';
import { KdrError } from '../../../../src/domain/errors/kdr-error.ts';
import { bad } from '../../../../src/domain/item.ts';
import { type OffsetsParams, offsetsParams } from '../../../../src/domain/offsets/params.ts';
import type { OffsetRow } from '../../../../src/domain/offsets/row.ts';
import type { Move, RunStep } from '../../../../src/domain/run/events.ts';
import { resume, run } from '../../../../src/engine/execute.ts';
import { lookAtOffsets } from '../../../../src/observe/offsets/view.ts';
import type { Side } from '../../../../src/ports/world.ts';
import { offsetsCommit } from '../../../../src/steps/offsets/offsets-commit.ts';
import { offsetsUndo } from '../../../../src/steps/offsets/offsets-undo.ts';
import { writeRows } from '../../../../src/steps/offsets/write.ts';
import {
	at,
	committed,
	context,
	type Estate,
	estate,
	ioOf,
	planOf,
	processOf,
	produce,
	request,
	statusOf,
	take,
} from '../../../support/estate.ts';

const change: Move = { link: 'orders', from: 'east', to: 'west', mode: 'change' };
const ctx = (over = {}) => context({ move: change, ...over });

/** A group at 30 of 100 on west, with its own text beside it, and one that has nothing there. */
function scene(): Estate {
	const here = estate();
	produce(here.east, 100, at(0));
	here.world.pump();
	here.west.commitAs('billing', at(0), 30n, 'its own');
	here.west.group('fresh');
	return here;
}

const step = (params: Partial<OffsetsParams>, kind = offsetsCommit.kind): RunStep => ({
	id: 'offsets',
	kind,
	params:
		kind === offsetsCommit.kind
			? (z.encode(offsetsParams, offsetsParams.parse({}) && wire(params)) as Record<string, unknown>)
			: params,
});

const wire = (params: Partial<OffsetsParams>): OffsetsParams => ({
	...offsetsParams.parse({ policy: 'none', allowRewind: false }),
	...params,
});

const go = (here: Estate, id: string, steps: RunStep[]) => run(processOf(here, change), request(id, change, steps));

test('a reset sets what kafka-consumer-groups would: named groups get named topics whole, others what they have committed', async () => {
	const here = scene();
	const named = await planOf(offsetsCommit, here, {
		params: { reset: { to: 'latest' }, groups: ['fresh'], topics: [{ topic: 'orders', partitions: null }] },
		ctx: ctx(),
	});
	expect(named.change?.rows.map(({ group, partition, offset }) => [group, partition, offset])).toEqual([
		['fresh', 0, 100n],
		['fresh', 1, 0n],
	]);
	const all = await planOf(offsetsCommit, here, { params: { reset: { to: 'latest' } }, ctx: ctx() });
	expect(all.change?.rows.map(({ group, partition, offset }) => [group, partition, offset])).toEqual([
		['billing', 0, 100n],
	]);
});

test('a file with rows of unknown groups sets the others, fails for each of those by name, and makes no group up', async () => {
	const here = scene();
	const rows: [string, string, number, bigint][] = [
		['billing', 'orders', 0, 40n],
		['billing ', 'orders', 0, 40n],
		['nobody', 'orders', 0, 40n],
	];
	const { failures } = await take(offsetsCommit, here, {
		params: z.encode(offsetsParams, wire({ reset: { to: 'rows', rows }, allowRewind: true })),
		ctx: ctx(),
	});
	expect(failures.map(({ item }) => item).toSorted()).toEqual(['group billing ', 'group nobody']);
	expect([...here.west.groups.keys()].toSorted()).toEqual(['billing', 'fresh']);
	expect(here.west.groups.get('billing')?.committed.get(at(0))?.offset).toBe(40n);
});

test('text of an application beside an offset is kept, a free place is marked with the run', async () => {
	const here = scene();
	here.west.commitAs('fresh', at(0), 1n);
	await take(offsetsCommit, here, { params: { reset: { to: 'latest' } }, ctx: ctx({ run: '0a1b2c3d' }) });
	expect(here.west.group('billing').committed.get(at(0))).toEqual({ offset: 100n, metadata: 'its own' });
	expect(here.west.group('fresh').committed.get(at(0))).toEqual({ offset: 100n, metadata: 'kdr:0a1b2c3d' });
});

test('a running sync of group offsets refuses the command and names the flag; without the sync there is nothing to refuse', async () => {
	const here = scene();
	const params = { reset: { to: 'latest' }, syncStopped: true };
	const { checks } = await planOf(offsetsCommit, here, { params, ctx: ctx() });
	expect(checks.find(({ code }) => code === 'KDR_CHECKPOINT_RUNNING')).toMatchObject({
		status: 'block',
		hint: 'add --stop-checkpoints',
	});
	await here.connect.stop('east-to-west-checkpoint');
	expect(statusOf((await planOf(offsetsCommit, here, { params, ctx: ctx() })).checks, 'KDR_CHECKPOINT_RUNNING')).toBe(
		'pass',
	);
	here.world.faults.failNext('mirror', 'connectors', 'before', { side: 'west' });
	expect(statusOf((await planOf(offsetsCommit, here, { params, ctx: ctx() })).checks, 'KDR_CHECKPOINT_RUNNING')).toBe(
		'unknown',
	);
});

test('checkpoints of a MirrorMaker 2 that lie past what groups have read are refused; proven and chosen offsets need none', async () => {
	const here = scene();
	const codes = async (params: Partial<OffsetsParams>): Promise<(string | undefined)[]> => {
		const { checks } = await planOf(offsetsCommit, here, { params: wire(params), ctx: ctx() });
		const { blocking } = await lookAtOffsets(wire(params), ioOf(here, change), ctx({ preview: true }));
		const refused = checks.filter(({ code, status }) => code === 'checkpoints-overshoot' && status === 'block');
		return [...refused, ...blocking].map(({ code }) => code);
	};
	here.connect.release = '3.5.0';
	expect(await codes({ method: 'auto' })).toEqual([]);
	here.connect.release = '3.4.0';
	for (const method of ['auto', 'syncs', 'checkpoint'] as const)
		expect(await codes({ method }), method).toEqual(['checkpoints-overshoot', 'checkpoints-overshoot']);
	expect(await codes({ method: 'exact' })).toEqual([]);
	expect(await codes({ reset: { to: 'latest' } })).toEqual([]);
	here.world.faults.failNext('mirror', 'version', 'before', { side: 'west' });
	here.world.faults.failNext('mirror', 'version', 'before', { side: 'west' });
	expect(await codes({ method: 'auto' }), 'no answer, as in a move').toEqual([]);
});

test('a newer commit is not rewound without the flag, and a command that may set nothing does not start', async () => {
	const here = scene();
	const error = await go(here, 'r2', [step({ reset: { to: 'earliest' } })]).catch((thrown: unknown) => thrown);
	expect(error).toMatchObject({ code: 'KDR_OFFSET_REWIND', hint: '--allow-rewind' });
	expect(committed(here.west, 'billing')).toEqual({ 'orders:0': 30n });
	expect(await go(here, 'r3', [step({ reset: { to: 'earliest' }, allowRewind: true })])).toMatchObject({
		result: 'done',
	});
	expect(committed(here.west, 'billing')).toEqual({ 'orders:0': 0n });
});

test('a group with members is named and untouched, the others are set, and the run is incomplete', async () => {
	const here = scene();
	here.west.commitAs('fresh', at(0), 1n);
	here.west.join('billing', { topics: ['orders'] }, 'consumer');
	const outcome = await go(here, 'r2', [step({ reset: { to: 'latest' } })]);
	expect(outcome).toMatchObject({ result: 'incomplete', exit: 5 });
	expect(outcome.error?.message).toContain('group billing');
	expect(committed(here.west, 'billing')).toEqual({ 'orders:0': 30n });
	expect(committed(here.west, 'fresh')).toEqual({ 'orders:0': 100n });
});

test('a commit whose answer was lost is settled by reading, not made again', async () => {
	const here = scene();
	here.world.faults.failNext('groups', 'commit', 'after', { side: 'west' });
	const { failures } = await take(offsetsCommit, here, { params: { reset: { to: 'latest' } }, ctx: ctx() });
	expect(failures).toEqual([]);
	expect(here.world.faults.calls.filter((call) => call === 'west groups.commit')).toHaveLength(1);
});

test('a position of which nothing is known stays as it is and is named, unless a policy is chosen', async () => {
	const here = scene();
	await here.connect.stop('east-to-west-checkpoint');
	here.east.commitAs('lost', at(0), 40n);
	produce(here.east, 1, at(0), 'late');
	here.west.log(at(0)).append({ value: 'a stranger' }, 0);
	const rows = async (policy: string) =>
		(await planOf(offsetsCommit, here, { params: { groups: ['lost'], policy, method: 'checkpoint' }, ctx: ctx() }))
			.change;
	expect(await rows('none')).toMatchObject({
		rows: [],
		refused: [{ group: 'lost', at: 'orders 0', code: 'KDR_OFFSET_UNMAPPED' }],
	});
	expect(await rows('skip')).toBeNull();
	expect((await rows('earliest'))?.rows).toMatchObject([{ offset: 0n }]);
	expect((await rows('latest'))?.rows).toMatchObject([{ offset: here.west.log(at(0)).edges().end, proof: 'policy' }]);
});

test('an offset is copied as it is only where the records are the same at the same offsets', async () => {
	const here = scene();
	here.east.commitAs('billing', at(0), 60n);
	const copy = async () =>
		(await planOf(offsetsCommit, here, { params: { method: 'same', groups: ['billing'], policy: 'none' }, ctx: ctx() }))
			.change;
	expect((await copy())?.rows).toMatchObject([{ offset: 60n, proof: 'exact', rereadAtMost: 0n }]);
	const shifted = estate();
	produce(shifted.east, 50, at(0));
	shifted.east.log(at(0)).deleteBefore(20n);
	shifted.west.createTopic('orders', 2);
	shifted.world.pump();
	shifted.east.commitAs('billing', at(0), 40n);
	const refused = await planOf(offsetsCommit, shifted, {
		params: { method: 'same', groups: ['billing'], policy: 'none' },
		ctx: ctx(),
	});
	expect(refused.change?.refused[0]).toMatchObject({
		code: 'KDR_OFFSET_UNMAPPED',
		why: expect.stringContaining('cannot be copied'),
	});
});

test('a group or topic that was named and is not there stops the command', async () => {
	const here = scene();
	const params = { reset: { to: 'latest' }, groups: ['biling'], topics: [{ topic: 'oders', partitions: null }] };
	const { checks } = await planOf(offsetsCommit, here, { params, ctx: ctx() });
	expect(statusOf(checks, 'KDR_GROUP_UNKNOWN')).toBe('block');
	expect(statusOf(checks, 'KDR_TOPIC_MISSING')).toBe('block');
});

test('a saved plan is applied while its facts hold, also when half of it is done already, and refused once a commit moved', async () => {
	const here = scene();
	here.west.commitAs('fresh', at(0), 1n);
	const choice = wire({ reset: { to: 'latest' } });
	const { plan } = await lookAtOffsets(choice, ioOf(here, change), ctx({ preview: true }));
	const saved = [step({ ...choice, planned: plan.facts })];
	here.west.commitAs('fresh', at(0), 100n);
	expect(await go(here, 'r2', saved)).toMatchObject({ result: 'done' });
	here.west.commitAs('billing', at(0), 31n);
	expect(await go(here, 'r3', saved).catch((thrown: unknown) => thrown)).toMatchObject({
		code: 'KDR_PLAN_STALE',
		exit: 4,
	});
	here.west.commitAs('billing', at(0), 30n);
	here.west.clusterId = 'another';
	expect(await go(here, 'r4', saved).catch((thrown: unknown) => thrown)).toMatchObject({
		message: expect.stringContaining('west is cluster another'),
	});
});

test('undo restores offset, text and "none" exactly, and can itself be undone', async () => {
	const here = scene();
	const topics = [{ topic: 'orders', partitions: [0] }];
	await go(here, 'r2', [step({ reset: { to: 'latest' }, groups: ['billing', 'fresh'], topics })]);
	expect(committed(here.west, 'fresh')).toEqual({ 'orders:0': 100n });
	expect(await go(here, 'r3', [step({ run: 'r2' } as never, offsetsUndo.kind)])).toMatchObject({ result: 'done' });
	expect([...here.west.group('billing').committed]).toEqual([[at(0), { offset: 30n, metadata: 'its own' }]]);
	expect([...here.west.group('fresh').committed]).toEqual([]);
	await go(here, 'r4', [step({ run: 'r3' } as never, offsetsUndo.kind)]);
	expect([...here.west.group('fresh').committed]).toEqual([[at(0), { offset: 100n, metadata: 'kdr:r2' }]]);
});

test('undo skips a group that has committed since and names it, unless it may rewind', async () => {
	const here = scene();
	here.west.commitAs('fresh', at(0), 1n);
	await go(here, 'r2', [step({ reset: { to: 'offset', offset: 50n } })]);
	here.west.commitAs('billing', at(0), 70n);
	const outcome = await go(here, 'r3', [step({ run: 'r2' } as never, offsetsUndo.kind)]);
	expect(outcome).toMatchObject({ result: 'incomplete', exit: 5 });
	expect(outcome.error?.message).toContain('group billing, orders 0 (is at 70, the run had set 50');
	expect(committed(here.west, 'billing')).toEqual({ 'orders:0': 70n });
	expect(committed(here.west, 'fresh')).toEqual({ 'orders:0': 1n });
	await go(here, 'r4', [step({ run: 'r2', allowRewind: true } as never, offsetsUndo.kind)]);
	expect(committed(here.west, 'billing')).toEqual({ 'orders:0': 30n });
});

test('undo of a run that was tried twice goes back to before the first try', async () => {
	const here = scene();
	here.west.commitAs('fresh', at(0), 1n);
	here.west.join('fresh', { topics: ['orders'], memberId: 'm' });
	expect(await go(here, 'r2', [step({ reset: { to: 'offset', offset: 50n } })])).toMatchObject({ exit: 5 });
	here.west.leave('fresh', 'm');
	expect(await resume(processOf(here, change), { run: 'r2', clusterIds: {} })).toMatchObject({ result: 'done' });
	await go(here, 'r3', [step({ run: 'r2' } as never, offsetsUndo.kind)]);
	expect([committed(here.west, 'billing'), committed(here.west, 'fresh')]).toEqual([
		{ 'orders:0': 30n },
		{ 'orders:0': 1n },
	]);
});

test('undo of a run that set no offsets, or of none, is refused', async () => {
	const here = scene();
	expect(
		await go(here, 'r3', [step({ run: 'nope' } as never, offsetsUndo.kind)]).catch((thrown: unknown) => thrown),
	).toMatchObject({
		code: 'KDR_RUN_UNKNOWN',
	});
});

test('what was set is read back with one look at its groups, not by observing everything again', async () => {
	const here = scene();
	await go(here, 'r9', [step({ reset: { to: 'latest' } })]);
	const { calls } = here.world.faults;
	const after = calls.slice(calls.lastIndexOf('west groups.commit') + 1).filter((call) => !call.includes('journal'));
	expect(after).toEqual(['west groups.committed']);
});

test('writes whose outcome is not known are looked for all together, and only what is missing is written again', async () => {
	const here = scene();
	for (const group of ['a', 'b', 'c']) here.west.commitAs(group, at(0), 1n);
	here.world.faults.failNext('groups', 'commit', 'after');
	here.world.faults.failNext('groups', 'commit', 'before', { error: new KdrError('KDR_OUTCOME_UNKNOWN', 'no answer') });
	await go(here, 'ra', [step({ reset: { to: 'latest' } })]);
	const { calls } = here.world.faults;
	const writing = calls.slice(calls.indexOf('west groups.commit')).filter((call) => call.includes('groups.'));
	expect(writing).toEqual([
		...Array(4).fill('west groups.commit'),
		'west groups.committed',
		'west groups.commit',
		'west groups.committed',
	]);
	for (const group of ['a', 'b', 'c', 'billing']) expect(committed(here.west, group)).toEqual({ 'orders:0': 100n });
});

test('a group whose offset cannot be read now may have moved: its row is not put back, and is named', async () => {
	const here = scene();
	const west = here.world.side('west');
	const silent = async (groups: readonly string[]) =>
		new Map(groups.map((group) => [group, bad(new KdrError('KDR_TIMEOUT', 'no answer'))] as const));
	const to: Side = { ...west, groups: { ...west.groups, forget: west.groups.forget, committed: silent } };
	const row: OffsetRow = {
		...{ group: 'billing', ...at(0), prior: 50n, priorMetadata: '', offset: null, metadata: '' },
		...{ proof: 'restored', rereadAtMost: 0n, evidence: 'of before' },
	};
	expect(await writeRows(to, [row], ctx())).toMatchObject([
		{
			item: 'group billing, orders 0',
			code: 'KDR_OFFSET_MOVED',
			message: expect.stringContaining('cannot be read now'),
		},
	]);
	expect(committed(here.west, 'billing')).toEqual({ 'orders:0': 30n });
});
