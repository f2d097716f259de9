import { expect, test } from 'vitest';
import { KdrError } from '../../../../src/domain/errors/kdr-error.ts';
import { bad } from '../../../../src/domain/item.ts';
import { PartitionMap } from '../../../../src/domain/kafka/partition.ts';
import type { Move } from '../../../../src/domain/run/events.ts';
import { run } from '../../../../src/engine/execute.ts';
import { cutsUnchanged } from '../../../../src/steps/mirror/cuts-unchanged.ts';
import { recallCuts } from '../../../../src/steps/mirror/recall-cuts.ts';
import { recordCuts } from '../../../../src/steps/mirror/record-cuts.ts';
import {
	ask,
	at,
	context,
	type Estate,
	eastToWest,
	estate,
	processOf,
	produce,
	request,
	saysOf,
	shipped,
	statusOf,
} from '../../../support/estate.ts';

const unplanned: Move = { ...eastToWest, mode: 'failover' };
const home: Move = { ...eastToWest, from: 'west', to: 'east' };

test('recorded: the log ends of both sides, markers and all', async () => {
	const here = estate();
	const transaction = here.east.transaction('User:app');
	transaction.produce('orders', 0, { value: 'x' });
	transaction.commit();
	here.world.pump();
	const { output } = await ask(recordCuts, here);
	expect(output?.get(at(0))).toEqual({ from: 2n, to: 1n });
	expect(output?.get(at(1))).toEqual({ from: 0n, to: 0n });
});

test('a record that the stopped mirror did not copy blocks the cut of a switchover', async () => {
	const here = estate();
	produce(here.east, 3);
	here.world.pump();
	await here.connect.stop('east-to-west-source');
	produce(here.east, 1);
	const { checks } = await ask(recordCuts, here);
	expect(statusOf(checks, 'KDR_NOT_DRAINED')).toBe('block');
	expect(saysOf(checks, 'KDR_NOT_DRAINED')).toBe('orders 0');
});

test('a failover asks nothing of the cluster it leaves: the mirrored position is its cut there, unknown where there is none', async () => {
	const here = estate();
	produce(here.east, 3);
	here.world.pump();
	here.world.kill('east');
	const { output, stopped } = await ask(recordCuts, here, { ctx: context({ move: unplanned, fromAlive: false }) });
	expect(stopped).toBe(false);
	expect(output?.get(at(0))).toEqual({ from: 3n, to: 3n });
	expect(output?.get(at(1))).toEqual({ from: null, to: 0n });
	expect(here.world.faults.calls.filter((call) => call.startsWith('east'))).toEqual([]);
});

test('a log end on the standby that cannot be read is unknown, not left out', async () => {
	const here = estate();
	const log = here.west.log.bind(here.west);
	here.west.log = (where) => log(where.partition === 1 ? { ...where, topic: 'gone' } : where);
	await here.connect.stop('east-to-west-source');
	expect(statusOf((await ask(recordCuts, here)).checks, 'cut-readable')).toBe('unknown');
});

test('one record on the cluster we leave since its cut blocks, and names where', async () => {
	const here = estate();
	await here.connect.stop('east-to-west-source');
	const cuts = (await ask(recordCuts, here)).output ?? new PartitionMap();
	const ctx = context({}, { cuts });
	expect((await ask(cutsUnchanged, here, { ctx })).stopped).toBe(false);
	produce(here.east, 1, at(1));
	const { checks } = await ask(cutsUnchanged, here, { ctx });
	expect(statusOf(checks, 'KDR_WRITERS_NOT_STILL')).toBe('block');
	expect(saysOf(checks, 'KDR_WRITERS_NOT_STILL')).toBe('orders 1: 0 → 1');
});

test('an end that cannot be read is not "unmoved"', async () => {
	const here = estate();
	const cuts = (await ask(recordCuts, here)).output ?? new PartitionMap();
	here.east.topics.get('orders')?.logs.pop();
	const { checks } = await ask(cutsUnchanged, here, { ctx: context({}, { cuts }) });
	expect(saysOf(checks, 'KDR_WRITERS_NOT_STILL')).toBe('orders 1: 0 → unknown');
	expect(statusOf(checks, 'KDR_WRITERS_NOT_STILL')).toBe('block');
});

async function moved(here: Estate, name: string, move: Move): Promise<void> {
	const outcome = await run(processOf(here, move), request(name, move, await shipped('switchover')));
	expect(outcome.result).toBe('done');
	here.world.clock.advance(60_000);
}

const turning = (to: Move) => context({ move: { ...to, mode: 'change' } });

test('recalled: the cut the last move journalled, not the log ends of now', async () => {
	const here = estate();
	produce(here.east, 5);
	here.world.pump();
	await moved(here, 'r0', eastToWest);
	produce(here.west, 4);
	const { output, stopped } = await ask(recallCuts, here, { ctx: turning(eastToWest) });
	expect(stopped).toBe(false);
	expect(output?.get(at(0))).toEqual({ from: 5n, to: 5n });
});

test('refused when the last move went elsewhere, on whichever side it was journalled', async () => {
	const here = estate();
	produce(here.east, 5);
	here.world.pump();
	await moved(here, 'r0', eastToWest);
	await moved(here, 'r1', home);
	const { checks } = await ask(recallCuts, here, { ctx: turning(eastToWest) });
	expect(statusOf(checks, 'cut-known')).toBe('block');
	expect(saysOf(checks, 'cut-known')).toBe('run r1 moved to east');
	expect((await ask(recallCuts, here, { ctx: turning(home) })).stopped).toBe(false);
});

test('a move that ended before it wrote anything moved nobody: the cut is that of the move before it', async () => {
	const here = estate();
	produce(here.east, 5);
	here.world.pump();
	await moved(here, 'r0', eastToWest);
	const open = here.west.transaction('User:app');
	open.produce('orders', 1, { value: 'pending' });
	const steps = [
		{ id: 'still', kind: 'writers-still', params: { within: 1_000 } },
		{ id: 'open-target', kind: 'open-target', params: {}, pointOfNoReturn: true },
	];
	expect((await run(processOf(here, home), request('r1', home, steps))).result).toBe('refused');
	const { output, stopped } = await ask(recallCuts, here, { ctx: turning(eastToWest) });
	expect(stopped).toBe(false);
	expect(output?.get(at(0))).toEqual({ from: 5n, to: 5n });
});

test('refused when no move is journalled, or one halted before it moved anybody', async () => {
	const here = estate();
	expect(saysOf((await ask(recallCuts, here, { ctx: turning(eastToWest) })).checks, 'cut-known')).toBe(
		'no move is journalled',
	);
	here.connect.fail('east-to-west-source', 'no reader');
	produce(here.east, 1);
	const steps = (await shipped('switchover'))
		.filter(({ kind }) => kind !== 'preflight')
		.map((step) => (step.kind === 'drain' ? { ...step, params: { within: 1_000 } } : step));
	expect((await run(processOf(here, eastToWest), request('r0', eastToWest, steps))).result).toBe('halted');
	const { checks, stopped } = await ask(recallCuts, here, { ctx: turning(eastToWest) });
	expect(stopped).toBe(true);
	expect(saysOf(checks, 'cut-known')).toBe('no move is journalled');
});

test('the old mirror that somebody resumed since the cut blocks while the move can still be undone', async () => {
	const here = estate();
	await here.connect.stop('east-to-west-source');
	const cuts = (await ask(recordCuts, here)).output ?? new PartitionMap();
	const ctx = context({}, { cuts });
	expect(statusOf((await ask(cutsUnchanged, here, { ctx })).checks, 'KDR_MIRROR_BOTH_DIRECTIONS')).toBe('pass');
	await here.connect.resume('east-to-west-source');
	const { checks } = await ask(cutsUnchanged, here, { ctx });
	expect(statusOf(checks, 'KDR_MIRROR_BOTH_DIRECTIONS')).toBe('block');
	expect(saysOf(checks, 'KDR_MIRROR_BOTH_DIRECTIONS')).toBe('east-to-west-source is RUNNING');
});

test('a broker that answers too late for a log end is asked again: that is no writer, and no halt while clients are fenced', async () => {
	const here = estate();
	const { records } = here.world.side('east');
	const real = records.edges.bind(records);
	let cut = false;
	let late = 0;
	records.edges = async (partitions) => {
		const edges = await real(partitions);
		if (cut && late < 2) {
			late++;
			edges.set(at(0), bad(new KdrError('KDR_TIMEOUT', 'no answer within 5000 ms')));
		}
		return edges;
	};
	here.world.faults.around = (call) => {
		cut ||= call === 'east mirror.seed';
	};
	produce(here.east, 3);
	here.world.pump();
	const out = await run(processOf(here, eastToWest), request('r1', eastToWest, await shipped('switchover')));
	expect([out.result, out.error?.message]).toEqual(['done', undefined]);
	expect(late).toBe(2);
});

test('a planned move onto copies that lack records, by consent, does not claim that nothing is lost', async () => {
	const here = estate();
	const ctx = context({ consent: { 'override KDR_COPY_INCOMPLETE': 'old records are not needed' } });
	const { output } = await ask(cutsUnchanged, here, { ctx });
	expect(output).toMatchObject({ recordsAtMost: null, msAtMost: null });
	expect(output?.evidence).toContain('overridden: old records are not needed');
});
