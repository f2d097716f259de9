import { expect, test } from 'vitest';
import { drain } from '../../../../src/steps/mirror/drain.ts';
import { ask, at, type Estate, estate, produce, saysOf, statusOf } from '../../../support/estate.ts';

/** The mirror as it is while its position is not yet flushed: what it copied is there, what Connect tells is older. */
function stalePosition({ connect }: Estate, position: bigint, where = at()): void {
	connect.running.get('east-to-west-source')?.positions.set(where, position);
}

test('records still on their way block, with their number as a bound', async () => {
	const here = estate();
	produce(here.east, 5);
	here.connect.pump(2);
	const { checks } = await ask(drain, here);
	expect(statusOf(checks, 'KDR_NOT_DRAINED')).toBe('block');
	expect(saysOf(checks, 'KDR_NOT_DRAINED')).toBe('at most 3 in 1 partition');
});

test('log ends that always differ by markers and aborted transactions count as drained', async () => {
	const here = estate();
	produce(here.east, 3);
	for (const how of ['commit', 'abort'] as const) {
		const transaction = here.east.transaction('User:app');
		transaction.produce('orders', 0, { value: how });
		transaction[how]();
	}
	here.world.pump();
	expect(here.east.log(at()).edges().end).not.toBe(here.west.log(at()).edges().end);
	const { checks, facts } = await ask(drain, here);
	expect(statusOf(checks, 'KDR_NOT_DRAINED')).toBe('pass');
	expect(facts.get(at())).toMatchObject({ kind: 'drained', upTo: 4n });
});

test('the last record itself proves it while the mirrored position is still old', async () => {
	const here = estate();
	produce(here.east, 5);
	here.world.pump();
	stalePosition(here, 1n);
	expect((await ask(drain, here)).stopped).toBe(false);
});

test('identical records in one millisecond prove nothing: the copy may be that of an earlier one', async () => {
	const here = estate();
	for (const value of ['tick', 'other', 'tick', 'tick']) here.east.produce('User:app', 'orders', 0, { value });
	for (const copied of [1, 1, 1]) {
		here.connect.pump(copied);
		stalePosition(here, -1n);
		const { facts } = await ask(drain, here);
		expect(facts.get(at())?.kind, `${here.west.log(at()).edges().end} of 4 copied`).toBe('behind');
		here.connect.running.get('east-to-west-source')?.positions.set(at(), here.west.log(at()).edges().end - 1n);
	}
	here.connect.pump(1);
	expect((await ask(drain, here)).stopped).toBe(false);
});

test('a mirror without a position for a partition that holds records is unknown', async () => {
	const here = estate();
	here.connect.fail('east-to-west-source', 'no reader');
	produce(here.east, 1);
	const { checks } = await ask(drain, here);
	expect(statusOf(checks, 'KDR_NOT_DRAINED')).toBe('unknown');
	expect(saysOf(checks, 'KDR_NOT_DRAINED')).toContain('orders 0: the mirror has no position');
});

test('an empty partition is drained', async () => {
	expect((await ask(drain, estate())).stopped).toBe(false);
});

test('a standby log that cannot be read is unknown', async () => {
	const here = estate();
	produce(here.east, 1);
	here.world.pump();
	here.west.topics.get('orders')?.logs.pop();
	expect(statusOf((await ask(drain, here)).checks, 'KDR_NOT_DRAINED')).toBe('unknown');
});
