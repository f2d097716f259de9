import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { observeCopyGaps } from '../../../src/observe/copy-gaps.ts';
import { observeLag } from '../../../src/observe/lag.ts';
import { lossAccepted } from '../../../src/steps/loss-accepted.ts';
import { drain } from '../../../src/steps/mirror/drain.ts';
import { preflight } from '../../../src/steps/preflight.ts';
import { ask, at, context, type Estate, eastToWest, estate, link, produce } from '../../support/estate.ts';

const gaps = (here: Estate) => observeCopyGaps(here.world.side('east'), here.world.side('west'), link);
const failover = { ...eastToWest, mode: 'failover' as const };

/** 50 records mirrored, the topic deleted on west, then so many more. */
function recreated(more: number): Estate {
	const here = estate();
	produce(here.east, 50);
	here.world.pump();
	here.west.deleteTopic('orders');
	here.world.clock.advance(5_000);
	produce(here.east, more);
	here.world.pump();
	return here;
}

function compacted(...keys: string[]): Estate {
	const here = estate();
	Object.assign(here.east.topics.get('orders')?.config ?? {}, { 'cleanup.policy': 'compact' });
	for (const [index, key] of keys.entries()) here.east.produce('User:app', 'orders', 0, { key, value: `v${index}` });
	return here;
}

describe('a topic that was deleted on the standby and came back', () => {
	test('lacks what was mirrored before, to the record', async () => {
		expect((await gaps(recreated(3))).get(at())).toEqual({
			...{ kind: 'lacks', atMost: 50n, from: 0n, to: 50n },
			evidence: 'begins with offset 50 of east: deleted on west and created again, or not mirrored from the start',
		});
	});

	test('lacks everything while nothing was written since', async () => {
		expect((await gaps(recreated(0))).get(at())).toMatchObject({ kind: 'lacks', atMost: 50n, from: 0n, to: 50n });
	});

	test('is not drained: lag names it, although the last record is on both sides', async () => {
		const view = await observeLag(recreated(3).world, link, 'east', 'west');
		expect(view.topics).toMatchObject([{ behind: { kind: 'at-most', value: 50n }, trend: 'unknown' }]);
		expect(view.behind).toMatchObject({ kind: 'at-most', value: 50n });
		expect(view.behindMs.kind).toBe('unknown');
		expect(view.incomplete).toMatchObject([{ topic: 'orders', partition: 0, recordsAtMost: 50n }]);
	});

	test('blocks a planned move before the fence, by name', async () => {
		const { checks } = await ask(preflight, recreated(3));
		const found = checks.find(({ code }) => code === 'KDR_COPY_INCOMPLETE');
		expect(found).toMatchObject({ status: 'block' });
		expect(found?.observed).toContain('orders 0 lacks at most 50 records');
	});

	test('counts in the loss of a failover, and no time covers it', async () => {
		const ctx = (text: string) => context({ move: failover, consent: { 'accept-loss': text } });
		const here = recreated(3);
		const { output, stopped, checks } = await ask(lossAccepted, here, { ctx: ctx('60s') });
		expect(output).toMatchObject({ recordsAtMost: 50n, msAtMost: null, worst: 'orders 0: 50' });
		expect(stopped).toBe(true);
		expect(checks[0]?.hint).toContain('--accept-loss 50');
		expect((await ask(lossAccepted, here, { ctx: ctx('50') })).stopped).toBe(false);
	});

	test('is shown by the offset syncs when the cluster we leave is dead: then nothing but consent to an unknown loss is enough', async () => {
		const here = recreated(3);
		here.world.kill('east');
		const ctx = (text: string) => context({ move: failover, fromAlive: false, consent: { 'accept-loss': text } });
		const { output, stopped } = await ask(lossAccepted, here, { ctx: ctx('1h') });
		expect(output).toMatchObject({ recordsAtMost: null, msAtMost: null });
		expect(output?.evidence).toContain('orders 0 lacks at most 50 records');
		expect(stopped).toBe(true);
		expect((await ask(lossAccepted, here, { ctx: ctx('unknown') })).stopped).toBe(false);
	});
});

describe('a copy that lacks nothing is not named', () => {
	test('while records are on their way, after a move, and when it is empty', async () => {
		const here = estate();
		expect((await gaps(here)).size).toBe(0);
		produce(here.east, 20);
		here.connect.pump(7);
		expect((await gaps(here)).size).toBe(0);
		expect((await ask(drain, here)).stopped).toBe(true);
	});

	test('whatever retention took on either side', async () => {
		const here = estate();
		produce(here.east, 50);
		here.world.pump();
		here.east.log(at()).deleteBefore(20n);
		expect((await gaps(here)).size).toBe(0);
		here.west.log(at()).deleteBefore(30n);
		expect((await gaps(here)).size).toBe(0);
	});

	test('when a clock that ran ahead leads the look-up by time to another record', async () => {
		const here = estate();
		here.east.produce('User:app', 'orders', 0, { value: 'early', timestamp: 9_999_999_999_999n });
		produce(here.east, 20_100);
		here.world.pump();
		here.east.log(at()).deleteBefore(20_050n);
		expect((await gaps(here)).size).toBe(0);
	});

	test('where each side keeps only the newest record of a key, and was cleaned at another time', async () => {
		const here = compacted('a', 'b', 'a');
		here.world.pump();
		here.east.log(at()).deleteBefore(1n);
		expect((await gaps(here)).size).toBe(0);
	});
});

test('a compacted topic that was deleted on the standby lacks each key that did not come since', async () => {
	const here = compacted('a', 'b', 'c');
	here.world.pump();
	here.west.deleteTopic('orders');
	here.east.produce('User:app', 'orders', 0, { key: 'a', value: 'new' });
	here.world.pump();
	expect((await gaps(here)).get(at())).toMatchObject({ kind: 'lacks', atMost: 2n });
});

test('a topic created again on the active cluster, of which the mirror skips the beginning, is not known to be complete, and stops a planned move', async () => {
	const here = estate();
	produce(here.east, 50);
	here.world.pump();
	here.east.deleteTopic('orders');
	here.east.createTopic('orders', 2);
	here.world.clock.advance(5_000);
	// More than the position: MirrorMaker 2 does not notice, and continues behind it.
	produce(here.east, 80, at(), 'second');
	here.world.pump();
	expect((await gaps(here)).get(at())).toEqual({
		...{ kind: 'unknown', why: 'its first record on east, offset 0, was not found on west' },
	});
	const { checks } = await ask(preflight, here);
	expect(checks.find(({ code }) => code === 'KDR_COPY_INCOMPLETE')).toMatchObject({ status: 'block' });
	const { output } = await ask(lossAccepted, here, { ctx: context({ move: failover }) });
	expect(output).toMatchObject({ recordsAtMost: null, msAtMost: null });
});

test('whatever happened to both logs, nothing missing is left out and nothing that is there is named', async () => {
	const act = fc.oneof(
		{ weight: 6, arbitrary: fc.record({ kind: fc.constant('produce' as const), n: fc.integer({ min: 1, max: 9 }) }) },
		{ weight: 3, arbitrary: fc.record({ kind: fc.constant('transact' as const), n: fc.integer({ min: 1, max: 3 }) }) },
		{ weight: 6, arbitrary: fc.record({ kind: fc.constant('pump' as const), n: fc.integer({ min: 1, max: 20 }) }) },
		{ weight: 1, arbitrary: fc.record({ kind: fc.constant('expire' as const), n: fc.integer({ min: 0, max: 9 }) }) },
		{ weight: 1, arbitrary: fc.record({ kind: fc.constant('delete' as const), n: fc.constant(0) }) },
	);
	await fc.assert(
		fc.asyncProperty(fc.array(act, { maxLength: 25 }), async (acts) => {
			const here = estate();
			for (const { kind, n } of acts) {
				here.world.clock.advance(10);
				if (kind === 'produce') produce(here.east, n);
				if (kind === 'transact') {
					const transaction = here.east.transaction('User:app');
					for (let i = 0; i < n; i++)
						transaction.produce('orders', 0, { value: `t${here.east.log(at()).edges().end}` });
					transaction.commit();
				}
				if (kind === 'pump') here.connect.pump(n);
				const { logStart, end } = here.east.log(at()).edges();
				if (kind === 'expire' && logStart + BigInt(n) <= end) here.east.log(at()).deleteBefore(logStart + BigInt(n));
				if (kind === 'delete') here.west.deleteTopic('orders');
			}
			here.world.pump();
			const values = (kafka: Estate['east']) =>
				[...kafka.log(at()).read(0n, kafka.log(at()).edges().end, 'committed')].map(({ value }) => String(value));
			const copied = new Set(values(here.west));
			const missing = BigInt(values(here.east).filter((value) => !copied.has(value)).length);
			const gap = (await gaps(here)).get(at());
			if (missing === 0n) expect(gap).toBeUndefined();
			else expect(gap?.kind === 'lacks' && gap.atMost >= missing).toBe(true);
		}),
		{ numRuns: 300 },
	);
});
