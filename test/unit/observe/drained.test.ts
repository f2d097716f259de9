import { expect, test } from 'vitest';
import { KdrError } from '../../../src/domain/errors/kdr-error.ts';
import { observeDrained } from '../../../src/observe/drained.ts';
import { observeLag } from '../../../src/observe/lag.ts';
import { drain } from '../../../src/steps/mirror/drain.ts';
import { ask, at, type Estate, estate, link, produce } from '../../support/estate.ts';

const write = (here: Estate, ...values: string[]): void => {
	for (const value of values) here.east.produce('User:app', 'orders', 0, { value });
};
const drained = async (here: Estate) =>
	(await observeDrained(here.world.side('east'), here.world.side('west'), link)).get(at());
const lag = async (here: Estate) => (await observeLag(here.world, link, 'east', 'west')).topics[0]?.behind;

test('two identical records in one millisecond, one of them mirrored, are not drained', async () => {
	const here = estate();
	write(here, 'a', 'tick', 'tick');
	here.connect.pump(2);
	expect(await drained(here)).toMatchObject({ kind: 'behind', atMost: 1n });
	const { checks } = await ask(drain, here);
	expect(checks).toMatchObject([{ code: 'KDR_NOT_DRAINED', status: 'block', observed: 'at most 1 in 1 partition' }]);
	expect(await lag(here)).toMatchObject({ kind: 'at-most', value: 1n });
	here.world.pump();
	expect(await drained(here)).toMatchObject({ kind: 'drained', upTo: 3n, targetEnd: 3n });
});

test('a record identical to the one at the mirrored position hides nothing that is missing', async () => {
	const here = estate();
	write(here, 'tick', 'tick', 'a', 'tick', 'b');
	here.connect.pump(2);
	expect(await lag(here)).toMatchObject({ kind: 'at-most', value: 3n });
});

test('acknowledged records behind an open transaction are missing, and the transaction is named', async () => {
	const here = estate();
	produce(here.east, 3);
	here.world.pump();
	const transaction = here.east.transaction('User:app');
	transaction.produce('orders', 0, { value: 'open' });
	produce(here.east, 100);
	here.world.pump();
	const behind = await drained(here);
	expect(behind).toMatchObject({ kind: 'behind', atMost: 101n });
	expect(behind?.kind === 'behind' && behind.evidence).toMatch(
		/^behind an open transaction of producer \d+ \(since offset 3\)$/,
	);
	expect(await lag(here)).toMatchObject({ kind: 'at-most', value: 101n });
	transaction.commit();
	here.world.pump();
	expect(await drained(here)).toMatchObject({ kind: 'drained' });
});

test('an open transaction whose producers cannot be read is one of somebody unknown, not of nobody', async () => {
	const here = estate();
	here.east.transaction('User:app').produce('orders', 0, { value: 'open' });
	here.east.log(at()).producers = () => {
		throw new KdrError('KDR_TIMEOUT', 'no answer');
	};
	const behind = await drained(here);
	expect(behind).not.toMatchObject({ kind: 'drained' });
	expect(JSON.stringify(behind, (_, value) => (typeof value === 'bigint' ? String(value) : value))).toContain(
		'an open transaction of an unknown producer (no answer)',
	);
});

test('offsets without data after the last record are not missing', async () => {
	const here = estate();
	const transaction = here.east.transaction('User:app');
	transaction.produce('orders', 0, { value: 'x' });
	transaction.commit();
	here.world.pump();
	expect(await drained(here)).toMatchObject({
		kind: 'drained',
		evidence: 'last data record is the same on both sides (1 offset without data after it)',
	});
});

test('a timestamp ahead of the clock, or none, says nothing about the age of what is missing', async () => {
	for (const timestamp of [BigInt(estate().world.clock.now() + 3_600_000), -1n]) {
		const here = estate();
		here.east.log(at()).append({ value: 'x', timestamp }, 0);
		here.connect.running.get('east-to-west-source')?.positions.set(at(), -1n);
		const [topic] = (await observeLag(here.world, link, 'east', 'west')).topics;
		expect(topic?.behindMs.kind).toBe('unknown');
		expect(topic?.behind).toMatchObject({ kind: 'at-most', value: 1n });
	}
});

test('an active side that is silent, and a standby that stamps append time: the age of its newest record is no bound', async () => {
	const here = estate();
	here.west.topics.delete('orders');
	here.west.createTopic('orders', 1, { timestampType: 'log-append' });
	here.west.log(at()).append({ value: 'x' }, here.world.clock.now());
	here.world.kill('east');
	expect((await observeLag(here.world, link, 'east', 'west')).behindMs.kind).toBe('unknown');
});
