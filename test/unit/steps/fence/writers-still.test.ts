import { describe, expect, test } from 'vitest';
import { KdrError } from '../../../../src/domain/errors/kdr-error.ts';
import { bad } from '../../../../src/domain/item.ts';
import { fenceWriters } from '../../../../src/steps/fence/fence-writers.ts';
import { writersStill } from '../../../../src/steps/fence/writers-still.ts';
import {
	ask,
	at,
	context,
	type Estate,
	estate,
	link,
	produce,
	saysOf,
	statusOf,
	take,
} from '../../../support/estate.ts';
import { fencedBy } from '../../../support/fences.ts';

test('ends that do not move without an open transaction pass', async () => {
	const here = estate();
	produce(here.east, 3);
	const { checks } = await ask(writersStill, here);
	expect(saysOf(checks, 'KDR_WRITERS_NOT_STILL')).toBe(
		'2 partitions did not move for 10 s, no transaction open, no producer newer',
	);
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
		/^transaction open: orders 0, by producer 1 \(app-tx\), open from offset 0, last record of 20\d\d-/,
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
	expect(saysOf(checks, 'KDR_WRITERS_NOT_STILL')).toMatch(
		/^written: orders 1 \(\+2, by producer 1, last record of 20\d\d-.*Z\)$/,
	);
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
	expect((await ask(writersStill, here, { ctx: context({ preview: true }) })).checks).toEqual([]);
	expect(here.world.clock.now()).toBe(before);
});

test('whoever writes is seen at once, and the time starts again', async () => {
	const here = estate();
	const started = here.world.clock.now();
	here.world.clock.onAdvance(() => produce(here.east, 1, at(1)));
	await ask(writersStill, here);
	expect(here.world.clock.now() - started).toBeLessThanOrEqual(1_000);
});

test('the link says for how long they must not move, a runbook may say otherwise', async () => {
	const here = estate();
	const patient = context({ link: { ...link, fence: { ...link.fence, still: 20_000 } } });
	expect(saysOf((await ask(writersStill, here, { ctx: patient })).checks, 'KDR_WRITERS_NOT_STILL')).toContain(
		'did not move for 20 s',
	);
	const { checks } = await ask(writersStill, here, { ctx: patient, params: { stillFor: 2_000 } });
	expect(saysOf(checks, 'KDR_WRITERS_NOT_STILL')).toContain('did not move for 2 s');
});

test('a transaction that was begun and has written nothing yet is open too, and named', async () => {
	const here = estate();
	here.east.open.add({
		transactionalId: 'app-7',
		producerId: 9n,
		state: 'Ongoing',
		startedAt: 0n,
		timeoutMs: 60_000,
		topics: ['orders'],
	});
	here.east.open.add({
		transactionalId: 'else',
		producerId: 8n,
		state: 'Ongoing',
		startedAt: 0n,
		timeoutMs: 60_000,
		topics: ['invoices'],
	});
	const { checks } = await ask(writersStill, here);
	expect(saysOf(checks, 'KDR_WRITERS_NOT_STILL')).toBe(
		'transaction open: orders, app-7 (producer 9), begun 1970-01-01T00:00:00.000Z, aborted by the broker after 60 s',
	);
});

describe('the canary', () => {
	const fenced = async (): Promise<Estate> => {
		const here = estate();
		here.east.application = 'User:app';
		await take(fenceWriters, here);
		return here;
	};
	const canaryOf = async (here: Estate, ctx = context()) =>
		(await ask(writersStill, here, { ctx })).checks.find(({ code }) => code === 'KDR_FENCE_LEAKS');

	test('whose write is refused proves the fence, and leaves nothing behind', async () => {
		const here = await fenced();
		const { end } = here.east.log(at()).edges();
		expect(await canaryOf(here)).toMatchObject({ status: 'pass', observed: 'refused by 1 broker' });
		expect(here.east.log(at()).edges().end).toBe(end);
	});

	test('whose write is let through blocks although no log moves', async () => {
		const here = await fenced();
		here.east.acls = here.east.acls.filter(({ permission }) => permission === 'allow');
		expect(await canaryOf(here)).toMatchObject({ status: 'block', observed: 'let through by broker 1: orders' });
	});

	test('whose login is refused counts as fenced; of one that gets no answer nothing is known', async () => {
		const here = await fenced();
		const { facts } = await ask(writersStill, here);
		const answer = (code: 'KDR_AUTH_FAILED' | 'KDR_TIMEOUT', ctx = context()) => {
			const canary = new Map([[1, bad(new KdrError(code, 'no'))]]);
			return statusOf(writersStill.check({ ...facts, canary }, writersStill.params.parse({}), ctx), 'KDR_FENCE_LEAKS');
		};
		expect(answer('KDR_AUTH_FAILED')).toBe('pass');
		expect(answer('KDR_TIMEOUT')).toBe('unknown');
		expect(answer('KDR_TIMEOUT', context({ link: fencedBy(['exec']) }))).toBe('warn');
	});

	test('that kdr has no login for is said not to have been checked', async () => {
		const check = await canaryOf(estate());
		expect(check).toMatchObject({
			status: 'warn',
			observed: expect.stringContaining('not checked: kdr.yaml gives no credentials'),
		});
	});

	test('is not asked of a brake, which refuses nobody', async () => {
		const here = await fenced();
		expect(await canaryOf(here, context({ link: fencedBy(['quota']) }))).toMatchObject({
			status: 'warn',
			observed: expect.stringContaining('quota'),
		});
	});
});
