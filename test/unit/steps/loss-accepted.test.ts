import { expect, test } from 'vitest';
import { acceptedSince } from '../../../src/domain/plan/loss.ts';
import { lossAccepted } from '../../../src/steps/loss-accepted.ts';
import { ask, at, context, type Estate, eastToWest, estate, produce, saysOf, statusOf } from '../../support/estate.ts';

const move = { ...eastToWest, mode: 'failover' as const };
const accepting = (text?: string, over = {}) =>
	context({ move, consent: text === undefined ? {} : { 'accept-loss': text }, ...over });

/** Five records are mirrored, three more are not; the mirror has ended. */
function withTail(): Estate {
	const here = estate();
	for (const partition of [0, 1]) produce(here.east, 5, at(partition));
	here.world.pump();
	here.connect.fail('east-to-west-source', 'no reader');
	produce(here.east, 3);
	return here;
}

function dead(afterMs: number): Estate {
	const here = withTail();
	here.world.kill('east');
	here.world.clock.advance(afterMs);
	return here;
}

const verdict = async (here: Estate, text: string, over = {}) =>
	statusOf((await ask(lossAccepted, here, { ctx: accepting(text, over) })).checks, 'KDR_LOSS_NOT_ACCEPTED');

test('records are counted while the cluster we leave answers, and exactly that many must be accepted', async () => {
	expect(await verdict(withTail(), '3')).toBe('pass');
	expect(await verdict(withTail(), '2')).toBe('block');
});

test('what is written on a cluster whose clients were not evicted is no part of the bound, which says so', async () => {
	const says = async (ctx: ReturnType<typeof context>) =>
		(await ask(lossAccepted, withTail(), { ctx })).output?.evidence;
	const accepted = { move, consent: { 'accept-loss': '3' } };
	expect(await says(context(accepted))).toContain('what they wrote since comes on top');
	expect(await says(context(accepted, { sourceCommits: [] }))).not.toContain('comes on top');
});

test('nothing to lose needs no consent', async () => {
	const here = estate();
	produce(here.east, 2);
	here.world.pump();
	expect((await ask(lossAccepted, here, { ctx: accepting() })).stopped).toBe(false);
});

test('with a dead cluster the loss is a time, and a number of records accepts none of it', async () => {
	const silent = { fromAlive: false };
	expect(await verdict(dead(4_000), '4s', silent)).toBe('pass');
	expect(await verdict(dead(4_001), '4s', silent)).toBe('block');
	expect(await verdict(dead(4_000), '1000000', silent)).toBe('block');
});

test('the bound is the age of the oldest of the last records, not of the youngest', async () => {
	const here = estate();
	produce(here.east, 1, at(0));
	here.world.clock.advance(7_000);
	produce(here.east, 1, at(1));
	here.world.pump();
	here.world.kill('east');
	const { output } = await ask(lossAccepted, here, { ctx: accepting('1h', { fromAlive: false }) });
	expect(output).toMatchObject({ recordsAtMost: null, msAtMost: 7_000, worst: 'orders 0' });
});

test('a partition of the standby that cannot be read leaves the loss unknown, which nothing accepts', async () => {
	const here = dead(1_000);
	const log = here.west.log.bind(here.west);
	let asked = 0;
	here.west.log = (where) => log(where.partition === 1 && ++asked > 1 ? { ...where, topic: 'gone' } : where);
	const { checks, output } = await ask(lossAccepted, here, { ctx: accepting('999h', { fromAlive: false }) });
	expect(output).toMatchObject({ recordsAtMost: null, msAtMost: null });
	expect(statusOf(checks, 'KDR_LOSS_NOT_ACCEPTED')).toBe('block');
});

test('what is unknown is not offered to be accepted: the plan is refused before anybody is asked, and names the flag', async () => {
	const here = estate();
	here.world.kill('east');
	const { checks } = await ask(lossAccepted, here, { ctx: accepting(undefined, { fromAlive: false, preview: true }) });
	expect(checks).toMatchObject([
		{ status: 'block', hint: 'nothing bounds it: nothing was ever mirrored; to move anyway: --accept-loss unknown' },
	]);
});

test('a run that halts because more may be lost says that a new one must be started: a resume accepts no more', async () => {
	const { checks } = await ask(lossAccepted, dead(10_000), { ctx: accepting('4s', { fromAlive: false }) });
	expect(checks[0]?.hint).toBe(
		'a resumed run cannot accept more; start again: kdr failover --to west --accept-loss 40s',
	);
});

test('what time adds while a person reads the plan is part of what they agree to; records are as many as were shown', () => {
	expect(acceptedSince('45s', 61_500)).toBe('107s');
	expect(acceptedSince('1907', 61_500)).toBe('1907');
});

test('nothing ever mirrored is unknown too', async () => {
	const here = estate();
	here.world.kill('east');
	expect(await verdict(here, '999h', { fromAlive: false })).toBe('block');
});

test('a cluster that died since is not waited for: the bound in time takes over', async () => {
	const here = withTail();
	here.world.kill('east');
	const { checks } = await ask(lossAccepted, here, { ctx: accepting('10s') });
	expect(saysOf(checks, 'KDR_LOSS_NOT_ACCEPTED')).toBe('at most 0.0 s of writes, records unknown');
});

test('a plan without consent warns and says what to type; one with too little is refused at once', async () => {
	const open = await ask(lossAccepted, withTail(), { ctx: accepting(undefined, { preview: true }) });
	expect(open.checks[0]).toMatchObject({ status: 'warn', consent: { name: 'accept-loss', value: '30s' } });
	expect(open.checks[0]?.hint, 'a number far above the measured one is explained').toContain(
		'30 s for what is written until the move',
	);
	expect(await verdict(withTail(), '2', { preview: true })).toBe('block');
});

test('what is no loss anybody could mean is a mistake in the command', async () => {
	await expect(ask(lossAccepted, withTail(), { ctx: accepting('a few') })).rejects.toMatchObject({ code: 'KDR_USAGE' });
});
