import { expect, test } from 'vitest';
import { KdrError } from '../../../../src/domain/errors/kdr-error.ts';
import { bad } from '../../../../src/domain/item.ts';
import { groupsSettle } from '../../../../src/steps/offsets/groups-settle.ts';
import { ask, at, context, type Estate, estate, ioOf, produce, saysOf, statusOf } from '../../../support/estate.ts';

function behind(group: string, records: number): Estate {
	const here = estate();
	produce(here.east, records);
	here.east.join(group, { topics: ['orders'] });
	here.east.commitAs(group, at(), 0n);
	return here;
}

/** Reads so many records each time time moves. */
function reads(here: Estate, group: string, rate: bigint): void {
	here.world.clock.onAdvance(() => {
		const now = here.east.group(group).committed.get(at())?.offset ?? 0n;
		const { end } = here.east.log(at()).edges();
		here.east.commitAs(group, at(), now + rate < end ? now + rate : end);
	});
}

test('a group that reads on is waited for until it has read everything', async () => {
	const here = behind('quick', 100);
	reads(here, 'quick', 10n);
	const begin = here.world.clock.now();
	const { checks } = await ask(groupsSettle, here);
	expect(statusOf(checks, 'groups-settled')).toBe('pass');
	expect(here.world.clock.now() - begin).toBe(2_500);
});

test('when no group would make it, the move continues early and names each with its bound', async () => {
	const here = behind('slow', 10_000);
	reads(here, 'slow', 1n);
	const begin = here.world.clock.now();
	const { checks, stopped } = await ask(groupsSettle, here);
	expect(here.world.clock.now() - begin).toBeLessThan(2_000);
	expect(statusOf(checks, 'groups-settled')).toBe('warn');
	expect(saysOf(checks, 'groups-settled')).toBe(
		'slow: at most 9,994 records left; the wait ended early: at their pace they need longer than 10 s',
	);
	expect(stopped).toBe(false);
});

test('one that will make it is waited for beside one that never will', async () => {
	const here = behind('stuck', 100);
	here.east.join('quick', { topics: ['orders'] });
	here.east.commitAs('quick', at(), 0n);
	reads(here, 'quick', 10n);
	const { facts } = await ask(groupsSettle, here);
	expect(facts.behind).toEqual([{ group: 'stuck', offsets: 100n }]);
	expect(here.east.group('quick').committed.get(at())?.offset).toBe(100n);
});

test('nothing is waited for when nobody is there: a group without members does not move', async () => {
	const here = behind('gone', 100);
	here.east.leave('gone', 'gone-1');
	const begin = here.world.clock.now();
	expect(statusOf((await ask(groupsSettle, here)).checks, 'groups-settled')).toBe('pass');
	expect(here.world.clock.now()).toBe(begin);
});

test('markers and aborted records after the last data record are not waited for', async () => {
	const here = behind('done', 3);
	here.east.commitAs('done', at(), 3n);
	const transaction = here.east.transaction('User:app');
	transaction.produce('orders', 0, { value: 'never' });
	transaction.abort();
	expect((await ask(groupsSettle, here)).facts.behind).toEqual([]);
});

test('the deadline ends the waiting', async () => {
	const here = behind('nearly', 100);
	reads(here, 'nearly', 3n);
	const begin = here.world.clock.now();
	await ask(groupsSettle, here, { params: { within: 1_000 } });
	expect(here.world.clock.now() - begin).toBe(1_000);
});

test('a plan shows who is behind and does not wait', async () => {
	const here = behind('slow', 7);
	const { checks, summary } = await ask(groupsSettle, here, { ctx: context({ preview: true }) });
	expect(checks.map(({ status, observed }) => [status, observed])).toEqual([['pass', 'slow: at most 7 now']]);
	expect(summary.now).toBe('1 group behind, ≤ 7');
});

test('a group whose commits, or whose log, cannot be read is never settled: it is named as unknown and counts as still reading', async () => {
	const here = estate();
	produce(here.east, 100);
	here.world.pump();
	here.east.join('eos', { topics: ['orders'] });
	here.east.commitAs('eos', at(), 100n);
	const io = ioOf(here);
	const ctx = context();
	const unstable = bad(new KdrError('KDR_KAFKA_ERROR', 'UNSTABLE_OFFSET_COMMIT'));
	const silent = bad(new KdrError('KDR_TIMEOUT', 'no answer'));
	const { groups, records } = io.from;
	const sides = [
		{
			...io.from,
			groups: { ...groups, committed: async (ids: readonly string[]) => new Map(ids.map((id) => [id, unstable])) },
		},
		{
			...io.from,
			records: { ...records, last: async (ends: Parameters<typeof records.last>[0]) => ends.map(() => silent) },
		},
	];
	for (const from of sides) {
		const facts = await groupsSettle.observe({ within: 0 }, { ...io, from }, ctx);
		expect(groupsSettle.check(facts, { within: 0 }, ctx)).toMatchObject([{ code: 'groups-settled', status: 'warn' }]);
		expect(groupsSettle.check(facts, { within: 0 }, ctx)[0]?.observed).toMatch(/^eos: unknown \(/);
		expect(groupsSettle.output?.(facts, { within: 0 }, ctx)).toEqual(['eos']);
	}
});
