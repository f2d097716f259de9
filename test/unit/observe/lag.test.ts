import { expect, test } from 'vitest';
import { KdrError } from '../../../src/domain/errors/kdr-error.ts';
import { observeLag } from '../../../src/observe/lag.ts';
import { type Estate, estate, link, produce } from '../../support/estate.ts';

const look = ({ world }: Estate) => observeLag(world, link, 'east', 'west');

test('a topic that the standby does not have at all is not left out: how far it is behind is unknown, and so is the sum', async () => {
	const here = estate();
	await here.connect.stop('east-to-west-source');
	here.east.createTopic('payments', 1);
	const view = await look(here);
	expect(view.topics.find(({ topic }) => topic === 'payments')).toMatchObject({
		behind: { kind: 'unknown', reason: 'west does not have it: is it mirrored?' },
		trend: 'unknown',
	});
	expect(view.behind.kind).toBe('unknown');
});

test('a record that cannot be read makes its partition unknown and leaves the others what they are', async () => {
	const here = estate();
	here.world.pump();
	await here.connect.stop('east-to-west-source');
	produce(here.east, 3);
	here.world.faults.failNext('records', 'read', 'before', { side: 'east' });
	const view = await look(here);
	expect(view.fromAnswers).toBe(true);
	expect(view.topics).toMatchObject([{ topic: 'orders', partitions: 2, behind: { kind: 'unknown' } }]);
});

test('a cluster that does not answer is asked once; only the standby is reported', async () => {
	const here = estate();
	produce(here.east, 3);
	here.world.pump();
	here.world.kill('east');
	const view = await look(here);
	expect(view.fromAnswers).toBe(false);
	expect(view.topics).toMatchObject([{ topic: 'orders', behind: { kind: 'unknown', reason: 'east does not answer' } }]);
	expect(here.world.faults.calls.filter((call) => call.startsWith('east'))).toHaveLength(1);
});

test('Connect that does not answer leaves the logs to tell: that everything has arrived is still known, and what has not is not', async () => {
	const here = estate();
	produce(here.east, 5);
	here.world.pump();
	Object.assign(here.connect, {
		connectors: () => Promise.reject(new KdrError('KDR_CONNECT_UNREACHABLE', 'no worker answered')),
	});
	expect(await look(here)).toMatchObject({ behind: { value: 0n }, mirror: 'unknown: no worker answered' });
	produce(here.east, 2);
	expect((await look(here)).behind.kind).toBe('unknown');
});

test('backlogs that take too long to read are bounded by the mirrored position, and in time by the first record after it', async () => {
	const here = estate();
	produce(here.east, 10);
	here.world.pump();
	await here.connect.stop('east-to-west-source');
	here.world.clock.advance(5_000);
	produce(here.east, 600);
	here.world.clock.advance(7_000);
	let calls = 0;
	Object.assign(here.world.clock, { monotonic: () => calls++ * 20_000 });
	const { topics } = await look(here);
	expect(topics).toMatchObject([
		{
			behind: { kind: 'at-most', value: 600n, evidence: expect.stringMatching(/not read$/) },
			behindMs: { kind: 'at-most', value: 7_000, evidence: 'age of the first record after the mirrored position' },
		},
	]);
});
