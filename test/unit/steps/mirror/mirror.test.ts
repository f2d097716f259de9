import { expect, test } from 'vitest';
import { PartitionMap } from '../../../../src/domain/kafka/partition.ts';
import type { Cut } from '../../../../src/domain/run/outputs.ts';
import { connectorsOf } from '../../../../src/observe/connectors.ts';
import type { StepContext } from '../../../../src/steps/kind.ts';
import { mirrorResume } from '../../../../src/steps/mirror/mirror-resume.ts';
import { mirrorSeed } from '../../../../src/steps/mirror/mirror-seed.ts';
import { mirrorStop } from '../../../../src/steps/mirror/mirror-stop.ts';
import {
	at,
	context,
	type Estate,
	estate,
	link,
	planOf,
	produce,
	saysOf,
	statusOf,
	take,
	undo,
	verifyNow,
} from '../../../support/estate.ts';

const both = { roles: ['source', 'checkpoint'] };
const cutsAt = (first: bigint, second: bigint): PartitionMap<Cut> =>
	PartitionMap.from([
		[at(0), { from: 0n, to: first }],
		[at(1), { from: 0n, to: second }],
	]);
const seeding = (first: bigint, second: bigint) => context({}, { cuts: cutsAt(first, second) });
const positionsOf = ({ connectEast }: Estate) =>
	Object.fromEntries(
		[...(connectEast.running.get('west-to-east-source')?.positions ?? [])].map(([{ partition }, position]) => [
			partition,
			position,
		]),
	);

test('only connectors of the named roles and of this direction are stopped', async () => {
	const here = estate();
	here.connect.add('source', 'north');
	const { change } = await take(mirrorStop, here, { params: { roles: ['checkpoint'] } });
	expect(change?.stop).toEqual(['east-to-west-checkpoint']);
	const running = (await here.connect.connectors()).filter(({ state }) => state === 'RUNNING').map(({ name }) => name);
	expect(running).toEqual(['east-to-west-heartbeat', 'east-to-west-source', 'north-to-west-source']);
});

test('what another link between the same clusters names as its own is not stopped, nor minded when it runs the other way', async () => {
	const here = estate();
	const [theirs, theirReverse] = [here.connect.add('checkpoint', 'east'), here.connectEast.add('source', 'west')];
	const minding = (foreign: string[]) =>
		context({ link: { ...link, mirror: { ...link.mirror, foreign } } }, { cuts: cutsAt(0n, 0n) });
	const ctx = minding([theirs, theirReverse]);
	const status = async (of: StepContext) =>
		statusOf((await planOf(mirrorSeed, here, { ctx: of })).checks, 'KDR_MIRROR_BOTH_DIRECTIONS');
	expect([await status(minding([])), await status(ctx)]).toEqual(['block', 'pass']);
	const { change } = await take(mirrorStop, here, { params: both, ctx });
	expect(change?.stop).toEqual(['east-to-west-source']);
});

test('stopped is: no tasks; the state must follow only while the source answers', async () => {
	const here = estate();
	here.world.freeze('east');
	const { verified } = await take(mirrorStop, here, { params: both });
	expect(saysOf(verified, 'mirror-stopped')).toBe('RUNNING, 1 task');
	expect(statusOf(verified, 'mirror-stopped')).toBe('block');
	here.world.clock.advance(7_000);
	const gone = await verifyNow(mirrorStop, here, { params: both, ctx: context({ fromAlive: false }) });
	expect(gone.map(({ status }) => status)).toEqual(['pass', 'pass']);
	expect((await verifyNow(mirrorStop, here, { params: both })).map(({ status }) => status)).toEqual(['block', 'block']);
});

test('a missing source connector blocks, a missing checkpoint connector does not', async () => {
	const here = estate();
	await here.connect.remove('east-to-west-checkpoint');
	expect((await planOf(mirrorStop, here, { params: both })).checks.map(({ status }) => status)).toEqual([
		'pass',
		'pass',
	]);
	await here.connect.remove('east-to-west-source');
	expect((await planOf(mirrorStop, here, { params: both })).checks.map(({ status }) => status)).toEqual([
		'block',
		'pass',
	]);
});

test('the undo of stopping resumes the same connectors', async () => {
	const here = estate();
	await here.connect.stop('east-to-west-checkpoint');
	const { change } = await take(mirrorStop, here, { params: both });
	if (!change) throw new Error('nothing was stopped');
	await undo(mirrorStop, here, change);
	expect(here.connect.running.get('east-to-west-source')?.target).toBe('RUNNING');
	expect(here.connect.running.get('east-to-west-checkpoint')?.target).toBe('STOPPED');
});

test('the mirror of the way back is made STOPPED, with all three connectors, and resumes right at the cut', async () => {
	const here = estate();
	produce(here.west, 5);
	const { verified } = await take(mirrorSeed, here, { ctx: seeding(5n, 0n) });
	expect(statusOf(verified, 'reverse-seeded')).toBe('pass');
	expect((await here.connectEast.connectors()).map(({ name, state }) => `${name} ${state}`)).toEqual([
		'west-to-east-checkpoint STOPPED',
		'west-to-east-heartbeat STOPPED',
		'west-to-east-source STOPPED',
	]);
	expect(positionsOf(here)).toEqual({ 0: 4n });
	await here.connect.stop('east-to-west-source');
	produce(here.west, 2);
	produce(here.west, 1, at(1));
	await here.connectEast.resume('west-to-east-source');
	here.world.pump();
	expect([0, 1].map((partition) => here.east.log(at(partition)).edges().end)).toEqual([2n, 1n]);
});

test("a position past the cut is the mirror's own progress: it is never lowered", async () => {
	const here = estate();
	for (const partition of [0, 1]) produce(here.west, 10, at(partition));
	await take(mirrorSeed, here, { ctx: seeding(5n, 5n) });
	here.connectEast.running.get('west-to-east-source')?.positions.set(at(0), 9n);
	const { change, verified } = await take(mirrorSeed, here, { ctx: seeding(7n, 7n) });
	expect(change?.positions.map(({ partition, offset }) => [partition, offset])).toEqual([[1, 6n]]);
	expect(positionsOf(here)).toEqual({ 0: 9n, 1: 6n });
	expect(statusOf(verified, 'reverse-seeded')).toBe('pass');
	expect((await planOf(mirrorSeed, here, { ctx: seeding(7n, 7n) })).change).toBeNull();
});

test('a seed that Connect did not take is found', async () => {
	const here = estate();
	const { verified } = await take(
		{
			...mirrorSeed,
			apply: (change, io, ctx) => mirrorSeed.apply({ ...change, positions: [] }, io, ctx),
		},
		here,
		{
			ctx: seeding(5n, 0n),
		},
	);
	expect(statusOf(verified, 'reverse-seeded')).toBe('block');
	expect(saysOf(verified, 'reverse-seeded')).toBe('orders 0');
});

test('seeding is refused while the mirror of the way back runs', async () => {
	const here = estate();
	here.connectEast.add('source', 'west');
	const { checks } = await planOf(mirrorSeed, here, { ctx: seeding(5n, 0n) });
	expect(statusOf(checks, 'KDR_MIRROR_BOTH_DIRECTIONS')).toBe('block');
});

test('without any source connector there is nothing to make the way back from', async () => {
	const here = estate();
	await here.connect.remove('east-to-west-source');
	expect(statusOf((await planOf(mirrorSeed, here, { ctx: seeding(5n, 0n) })).checks, 'KDR_CONNECTOR_MISSING')).toBe(
		'block',
	);
});

test('connectors a team made by hand keep their settings', async () => {
	const here = estate();
	const name = here.connectEast.add('source', 'west', { 'tasks.max': '7' });
	await here.connectEast.stop(name);
	await take(mirrorSeed, here, { ctx: seeding(5n, 0n) });
	expect(here.connectEast.running.get(name)?.config['tasks.max']).toBe('7');
	expect(positionsOf(here)).toEqual({ 0: 4n });
});

test('the way back is not started while the old direction runs, or still has a task', async () => {
	const here = estate();
	await take(mirrorSeed, here, { ctx: seeding(5n, 0n) });
	expect(statusOf((await planOf(mirrorResume, here)).checks, 'KDR_MIRROR_BOTH_DIRECTIONS')).toBe('block');
	here.world.freeze('east');
	await here.connect.stop('east-to-west-source');
	here.world.revive('east');
	expect(saysOf((await planOf(mirrorResume, here)).checks, 'KDR_MIRROR_BOTH_DIRECTIONS')).toBe(
		'east-to-west-source is RUNNING',
	);
	here.world.clock.advance(60_000);
	expect(statusOf((await planOf(mirrorResume, here)).checks, 'KDR_MIRROR_BOTH_DIRECTIONS')).toBe('pass');
});

test('a connector that calls itself STOPPED but still has a task still copies', async () => {
	const { world } = estate();
	const connectors = await connectorsOf(world.side('west'), world.side('east'), link);
	const source = connectors.find(({ role }) => role === 'source');
	if (!source) throw new Error('no source connector');
	const late = { ...source, state: 'STOPPED' };
	expect(mirrorResume.check({ forward: [late], reverse: [] }, {}, context())[0]?.status).toBe('block');
	expect(mirrorResume.check({ forward: [{ ...late, tasks: [] }], reverse: [] }, {}, context())[0]?.status).toBe('pass');
});

test('started is: RUNNING with all tasks; a failed task is named', async () => {
	const here = estate();
	await take(mirrorSeed, here, { ctx: seeding(5n, 0n) });
	await here.connect.stop('east-to-west-source');
	const { verified, change } = await take(mirrorResume, here);
	expect(new Set(verified.map(({ status }) => status))).toEqual(new Set(['pass']));
	expect(change?.resume.length).toBe(3);
	here.connectEast.fail('west-to-east-source', 'Exception: no reader');
	const failed = await verifyNow(mirrorResume, here);
	expect(failed.filter(({ status }) => status === 'block').map(({ what, observed }) => `${what}: ${observed}`)).toEqual(
		['west-to-east-source: RUNNING, 1 task, task 0 FAILED'],
	);
});

test('a way back without connectors is a failure, not a success with nothing to do', async () => {
	const here = estate();
	await here.connect.stop('east-to-west-source');
	const { verified } = await take(mirrorResume, here);
	expect(statusOf(verified, 'KDR_CONNECTOR_MISSING')).toBe('block');
});
