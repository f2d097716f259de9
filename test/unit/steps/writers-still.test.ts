import { expect, test } from 'vitest';
import { writersStill } from '../../../src/steps/writers-still.ts';
import { ask, at, context, estate, produce, saysOf, statusOf } from '../../support/estate.ts';

test('ends that stand still without an open transaction pass', async () => {
	const here = estate();
	produce(here.east, 3);
	const { checks } = await ask(writersStill, here);
	expect(saysOf(checks, 'KDR_WRITERS_NOT_STILL')).toBe('2 partitions stood still for 3 s, no transaction open, no producer newer');
});

test('one record while watching blocks, and names the partition', async () => {
	const here = estate();
	here.world.clock.onAdvance(() => produce(here.east, 1, at(1)));
	const { checks } = await ask(writersStill, here);
	expect(statusOf(checks, 'KDR_WRITERS_NOT_STILL')).toBe('block');
	expect(saysOf(checks, 'KDR_WRITERS_NOT_STILL')).toBe('written: orders 1 (+1)');
});

test('an open transaction blocks although no end moves, until it is over', async () => {
	const here = estate();
	const transaction = here.east.transaction('User:app');
	transaction.produce('orders', 0, { value: 'pending' });
	const open = await ask(writersStill, here);
	expect(statusOf(open.checks, 'KDR_WRITERS_NOT_STILL')).toBe('block');
	expect(saysOf(open.checks, 'KDR_WRITERS_NOT_STILL')).toMatch(
		/^transaction open: orders 0, by producer 1, open from offset 0, last record of 20\d\d-/,
	);
	transaction.abort();
	expect((await ask(writersStill, here)).stopped).toBe(false);
});

test('whoever writes in transactions while it is watched is named by producer id and the time of its last record', async () => {
	const here = estate();
	const once = [1];
	here.world.clock.onAdvance(() => {
		if (once.pop() === undefined) return;
		const transaction = here.east.transaction('User:batch');
		transaction.produce('orders', 1, { value: 'late' });
		transaction.commit();
	});
	const { checks } = await ask(writersStill, here);
	expect(saysOf(checks, 'KDR_WRITERS_NOT_STILL')).toMatch(/^written: orders 1 \(\+2, by producer 1, last record of 20\d\d-.*Z\)$/);
});

test('a partition that cannot be read is unknown, not still', async () => {
	const here = estate();
	here.world.clock.onAdvance(() => here.east.topics.get('orders')?.logs.pop());
	const { checks } = await ask(writersStill, here);
	expect(statusOf(checks, 'KDR_WRITERS_NOT_STILL')).toBe('unknown');
	expect(saysOf(checks, 'KDR_WRITERS_NOT_STILL')).toBe('unknown: orders 1');
});

test('a plan does not wait', async () => {
	const here = estate();
	const before = here.world.clock.now();
	expect((await ask(writersStill, here, { cx: context({ preview: true }) })).checks).toEqual([]);
	expect(here.world.clock.now()).toBe(before);
});
